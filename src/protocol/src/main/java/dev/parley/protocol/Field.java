package dev.parley.protocol;

import dev.parley.protocol.names.NameFolding;
import java.text.Normalizer;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Validation of fields. Each check returns the value, or throws {@link InvalidMessage} with the value in its text. */
public final class Field {
    static final int EPOCH_MAX = 64;
    /** In bytes of UTF-8, like frames. */
    static final int CONTENT_MAX = 1024 * 1024;

    static final int TITLE_MAX = 200;
    static final int FILE_NAME_MAX = 255;
    /** A file name in it may be percent-encoded, with up to nine characters for one. */
    static final int HREF_MAX = 4096;

    static final int GUEST_SECRET_MAX = 128;
    /** As the store's column. */
    private static final int GUEST_TAG_MAX = 64;

    static final int METRIC_ID_MAX = 128;
    /** Also the limit of the {@link #folded} name. */
    public static final int USERNAME_MAX = 64;
    /** In characters; one beyond U+FFFF counts once. */
    static final int ROOM_MAX = 64;
    /**
     * In bytes of UTF-8. With {@link #ROOM_MAX}, a name has 96 UTF-16 units at most, which the store's column holds.
     */
    static final int ROOM_BYTES_MAX = 160;
    /** The server adds {@code _} and a suffix of 13 characters to the name of a private room. */
    private static final int PRIVATE_ROOM_AFFIXES = 14;

    static final int PRIVATE_NAME_MAX = ROOM_MAX - PRIVATE_ROOM_AFFIXES;
    static final int PRIVATE_NAME_BYTES_MAX = ROOM_BYTES_MAX - PRIVATE_ROOM_AFFIXES;

    /** NFKC may compose up to eight UTF-16 units into one (four characters, each a surrogate pair). */
    private static final int RAW_FACTOR = 8;

    private static final int USERNAME_RAW_MAX = RAW_FACTOR * USERNAME_MAX;
    private static final int ROOM_RAW_MAX = RAW_FACTOR * ROOM_MAX;

    private static final Set<String> LEVELS = Set.of("info", "warning", "critical");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Pattern GUEST_TAG = Pattern.compile("[2-9a-z]{4," + GUEST_TAG_MAX + "}");
    private static final Pattern MEDIA_TYPE =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}");
    /** RFC 9110 section 5.6.6. Possessive, so that no text is read twice. */
    private static final Pattern PARAMETERS = Pattern.compile(
            "(?: *+; *+[A-Za-z0-9!#$&^_.+-]++=(?:[A-Za-z0-9!#$%&'*+.^_`|~-]++|\"[ !#-\\[\\]-~]*+\"))*+");
    /** Names that need no folding, found fast: every message to a room names one. */
    private static final Pattern PLAIN_ROOM = Pattern.compile("[a-z0-9._-]{1,64}");

    /**
     * Invisible letters, marks and symbols: Default_Ignorable_Code_Point without category Cf, and the Braille blank.
     */
    private static final Pattern BLANK = Pattern.compile("[\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F"
            + "\\u2800\\u3164\\uFE00-\\uFE0F\\uFFA0\\x{E0100}-\\x{E01EF}]");

    private static final int SHOWN_MAX = 40;

    private Field() {}

    static <T> T required(String field, T value) {
        if (value == null) {
            throw new InvalidMessage(ErrorCode.MISSING_FIELD, "'" + field + "' is missing.");
        }
        return value;
    }

    static Optional<String> id(Optional<String> id) {
        return id.map(value -> id("id", value));
    }

    /** Checks an id: 1-64 characters of {@code A-Za-z0-9_-}. */
    public static String id(String field, String value) {
        required(field, value);
        if (!ID.matcher(value).matches()) {
            throw bad(field, value, "1-64 characters of A-Z, a-z, 0-9, _ and -");
        }
        return value;
    }

    /** Checks the tag of a guest. New ones have six characters; guests from before have tags of four. */
    static String guestTag(String field, String value) {
        if (!GUEST_TAG.matcher(value).matches()) {
            throw bad(field, value, "a guest's tag, 4-" + GUEST_TAG_MAX + " characters of 2-9 and a-z");
        }
        return value;
    }

    /** Checks a text that every store and every peer can hold: bounded, without U+0000, surrogates only in pairs. */
    static String text(String field, String value, int max) {
        if (value.length() > max) {
            throw new InvalidMessage(
                    ErrorCode.TOO_LONG,
                    "'" + field + "' may hold " + max + " characters, but holds " + value.length() + ".");
        }
        return whole(field, value, 0, value.length());
    }

    /** Checks a part of a text that may have been cut within a surrogate pair. */
    static String part(String field, String value) {
        int length = value.length();
        int begin = length > 0 && Character.isLowSurrogate(value.charAt(0)) ? 1 : 0;
        int end = length > begin && Character.isHighSurrogate(value.charAt(length - 1)) ? length - 1 : length;
        return whole(field, value, begin, end);
    }

    private static String whole(String field, String value, int begin, int end) {
        flaw(value, begin, end).ifPresent(flaw -> {
            throw new InvalidMessage(ErrorCode.BAD_MESSAGE, "'" + field + "' holds " + flaw + ".");
        });
        return value;
    }

    /**
     * Finds the first character that stores and peers cannot hold: U+0000 or half a surrogate pair. Empty if there is
     * none.
     */
    static Optional<String> flaw(String value) {
        return flaw(value, 0, value.length());
    }

    private static Optional<String> flaw(String value, int begin, int end) {
        for (int i = begin; i < end; i++) {
            char c = value.charAt(i);
            if (c == 0) {
                return Optional.of("the character U+0000 at " + i);
            }
            if (Character.isHighSurrogate(c) && i + 1 < end && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return Optional.of("half a surrogate pair at " + i);
            }
        }
        return Optional.empty();
    }

    static void atLeast(String field, long value, long min) {
        within(field, value, min, Long.MAX_VALUE);
    }

    static void within(String field, long value, long min, long max) {
        if (value < min || value > max) {
            String allowed = max == Long.MAX_VALUE ? min + " or more" : "from " + min + " to " + max;
            throw bad(field, Long.toString(value), allowed);
        }
    }

    static String content(String value) {
        required("content", value);
        int bytes = Utf8.length(value);
        if (bytes > CONTENT_MAX) {
            throw new InvalidMessage(
                    ErrorCode.TOO_LONG, "'content' may hold " + CONTENT_MAX + " bytes, but holds " + bytes + ".");
        }
        return text("content", value, CONTENT_MAX);
    }

    /**
     * Folds a room's name to the form that Parley uses everywhere, and checks it: 1-64 characters and at most 160 bytes
     * of {@code XID_Continue}, {@code .}, {@code _} and {@code -} after {@code NFKC_Casefold}.
     */
    public static String room(String value) {
        return room("room", value);
    }

    static String room(String field, String value) {
        String name = foldedRoom(required(field, value));
        roomFlaw(name, ROOM_MAX, ROOM_BYTES_MAX).ifPresent(allowed -> {
            throw bad(field, value, allowed);
        });
        return name;
    }

    /** Folds and checks the given name of a private room. The server adds a prefix and a random suffix. */
    static String privateName(String value) {
        String name = foldedRoom(required("name", value));
        roomFlaw(name, PRIVATE_NAME_MAX, PRIVATE_NAME_BYTES_MAX).ifPresent(allowed -> {
            throw bad("name", value, allowed);
        });
        return name;
    }

    /** The folded name of a room; empty if the text is no name of a room. */
    static Optional<String> findRoom(String value) {
        return Optional.of(foldedRoom(value))
                .filter(name -> roomFlaw(name, ROOM_MAX, ROOM_BYTES_MAX).isEmpty());
    }

    /** A text that is too long for a name stays as it is, see {@link #username}. */
    private static String foldedRoom(String value) {
        boolean isDone =
                value.length() > ROOM_RAW_MAX || PLAIN_ROOM.matcher(value).matches();
        return isDone ? value : NameFolding.nfkcCaseFolded(value);
    }

    /** What a room's name must be and this folded one is not; empty if it is one. */
    private static Optional<String> roomFlaw(String name, int max, int maxBytes) {
        if (name.codePointCount(0, name.length()) > max || Utf8.length(name) > maxBytes) {
            return Optional.of("at most " + max + " characters and " + maxBytes + " bytes of UTF-8");
        }
        String allowed = "1-" + max + " letters, digits, '.', '_' and '-'";
        if (name.isEmpty()) {
            return Optional.of(allowed);
        }
        return name.codePoints()
                .filter(point -> !isOfRoom(point))
                // By its number: a sentence quotes a peer's text once.
                .mapToObj(point -> "%s, so without U+%04X".formatted(allowed, point))
                .findFirst();
    }

    private static boolean isOfRoom(int point) {
        return point == '.' || point == '-' || NameFolding.isXidContinue(point);
    }

    /** Checks a map of positions, and names each channel as the server does. */
    static Map<String, Position> positions(Map<String, Position> values) {
        Map<String, Position> byChannel = new HashMap<>();
        values.forEach((key, position) -> {
            String wireKey = Channel.parse(key)
                    .orElseThrow(() -> bad("positions", key, "named room:NAME, inbox or broadcast"))
                    .wireKey();
            if (byChannel.putIfAbsent(wireKey, position) != null) {
                throw new InvalidMessage(
                        ErrorCode.BAD_MESSAGE, "'positions' names the channel '" + wireKey + "' twice.");
            }
        });
        return Map.copyOf(byChannel);
    }

    static String level(String value) {
        if (!LEVELS.contains(value)) {
            throw bad("level", value, "info, warning or critical");
        }
        return value;
    }

    /** Checks an ISO 8601 instant, and returns it in the format of the wire. */
    static String timestamp(String value) {
        try {
            return Timestamp.of(OffsetDateTime.parse(value).toInstant());
        } catch (DateTimeException e) {
            throw bad("at", value, "an ISO 8601 time such as 2026-01-31T12:00:00.000Z");
        }
    }

    static String metricId(String value) {
        text("metricId", required("metricId", value), METRIC_ID_MAX);
        if (value.isBlank()) {
            throw bad("metricId", value, "1-128 characters");
        }
        return value;
    }

    /**
     * Normalizes a user name to the form that Parley uses everywhere: NFKC, 1-64 characters, no invisible characters
     * and no bidirectional controls (Unicode TR 36), no white space at the ends.
     */
    public static String username(String field, String value) {
        required(field, value);
        // Normalization of long runs of combining marks takes quadratic time: a megabyte kept a core busy for four
        // minutes.
        String name = value.length() > USERNAME_RAW_MAX ? value : Normalizer.normalize(value, Normalizer.Form.NFKC);
        if (name.isBlank() || name.length() > USERNAME_MAX || !name.strip().equals(name)) {
            throw bad(field, value, "1-" + USERNAME_MAX + " characters without white space at the ends");
        }
        text(field, name, USERNAME_MAX);
        name.codePoints().filter(Field::isInvisible).findFirst().ifPresent(point -> {
            throw bad(field, value, "visible characters only, so not U+%04X".formatted(point));
        });
        if (folded(name).length() > USERNAME_MAX) {
            // The store holds the folded form: 48 of ß fold to 96 letters, more than the column holds.
            throw bad(field, value, "1-" + USERNAME_MAX + " characters also in upper case, where ß is two letters");
        }
        return name;
    }

    /**
     * The case-folded form of a name, equal for names that differ only in case, so that nobody can impersonate another
     * user (Unicode TR 36 section 2.10).
     */
    public static String folded(String username) {
        return NameFolding.caseFolded(username);
    }

    private static boolean isInvisible(int point) {
        if (BLANK.matcher(Character.toString(point)).matches()) {
            return true;
        }
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }

    /** Checks a file name: visible characters, without a path. */
    static String fileName(String value) {
        text("name", required("name", value), FILE_NAME_MAX);
        boolean isPath = value.indexOf('/') >= 0 || value.indexOf('\\') >= 0;
        if (value.isBlank() || isPath || value.codePoints().anyMatch(Field::isInvisible)) {
            throw bad("name", value, "a file's name, of visible characters and without a path");
        }
        return value;
    }

    /** Checks a media type (RFC 6838 section 4.2) without parameters, and returns it in lower case. */
    static String mediaType(String value) {
        text("mediaType", required("mediaType", value), FILE_NAME_MAX);
        if (!MEDIA_TYPE.matcher(value).matches()) {
            throw bad("mediaType", value, "a type and a subtype such as image/png");
        }
        return value.toLowerCase(Locale.ROOT);
    }

    /**
     * Checks a media type that may have parameters, such as {@code audio/webm;codecs=opus}, and returns it with type
     * and subtype in lower case.
     */
    public static String mediaTypeWithParameters(String value) {
        text("mediaType", required("mediaType", value), FILE_NAME_MAX);
        int semicolon = value.indexOf(';');
        String type = (semicolon < 0 ? value : value.substring(0, semicolon)).stripTrailing();
        String parameters = value.substring(type.length());
        if (!MEDIA_TYPE.matcher(type).matches()
                || !PARAMETERS.matcher(parameters).matches()) {
            throw bad("mediaType", value, "a type and a subtype such as image/png, perhaps with parameters");
        }
        return type.toLowerCase(Locale.ROOT) + parameters;
    }

    static InvalidMessage bad(String field, String value, String allowed) {
        return new InvalidMessage(
                ErrorCode.BAD_MESSAGE, "'" + field + "' must be " + allowed + ", but is '" + shown(value) + "'.");
    }

    /**
     * Makes a peer's text safe for an error message or a log line: at most 40 characters, then an ellipsis, with U+FFFD
     * in place of invisible characters and bidirectional controls. Every text of a peer goes through it, except
     * validated ids and room names, which are short and hold none of these.
     */
    public static String shown(String value) {
        String printable = value.codePoints()
                .limit(SHOWN_MAX)
                .map(point -> isInvisible(point) || Character.getType(point) == Character.SURROGATE ? '\uFFFD' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return value.codePointCount(0, value.length()) > SHOWN_MAX ? printable + "…" : printable;
    }
}
