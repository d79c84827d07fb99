package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class MessageCodecPropertyTest {
    private static final int MARK = '\u00a4';
    private static final int SHOWN_MAX = 40;
    private static final String TIME = "2026-01-31T12:00:00.000Z";

    @Property
    void anyTextIsAnswered(@ForAll String text) {
        assertAnswered(text);
    }

    @Property(tries = 3000)
    void anyMutationOfAVectorIsAnswered(@ForAll("mutations") String text) {
        assertAnswered(text);
    }

    @Property(tries = 2000)
    void anyJsonIsAnswered(@ForAll("json") String text) {
        assertAnswered(text);
    }

    @Property(tries = 2000)
    void anyValueInAnyFieldIsAnswered(@ForAll("misfits") String text) {
        assertAnswered(text);
    }

    @Property(tries = 5000)
    void errorsContainLittleInputAndNoControlCharacters(
            @ForAll("hostile") String hostile, @ForAll("places") String place) {
        String text = place.replace("HERE", quoted(hostile).replaceAll("^\"|\"$", ""));
        for (Decoded decoded : MessageCodec.decode(text)) {
            if (decoded instanceof Decoded.Malformed malformed) {
                assertThat(malformed.reason().codePoints().filter(point -> point == MARK))
                        .hasSizeLessThanOrEqualTo(SHOWN_MAX);
                assertThat(malformed.reason().codePoints()).noneMatch(MessageCodecPropertyTest::isObeyed);
            }
        }
    }

    @Property
    void arrayIsAnsweredLikeItsElementsAlone(@ForAll("frames") List<String> frames) {
        assertThat(MessageCodec.decode("[" + String.join(" , ", frames) + "]"))
                .isEqualTo(frames.stream()
                        .map(frame -> MessageCodec.decode(frame).get(0))
                        .toList());
    }

    @Property
    void storedMessageIsReadBackUnchanged(@ForAll("stored") ServerMessage.Stored message) {
        assertThat(MessageCodec.decodeStored(MessageCodec.encode(message))).isEqualTo(message);
    }

    @Property
    void contentIsUnchangedFromClientToReader(@ForAll("content") String content) {
        String stored = MessageCodec.encode(chat(content));
        // For the decoder of client messages, a stored chat is a chat with unknown fields, which are ignored.
        Decoded decoded = MessageCodec.decode(stored).get(0);

        assertThat(MessageCodec.decodeStored(stored).content()).isEqualTo(content);
        assertThat(decoded).isInstanceOfSatisfying(Decoded.Valid.class, valid -> assertThat(
                        ((ClientMessage.Chat) valid.message()).content())
                .isEqualTo(content));
    }

    @Property
    void normalizingAUsernameIsIdempotent(@ForAll String text) {
        try {
            String name = Field.username("username", text);
            assertThat(Field.username("username", name)).isEqualTo(name);
        } catch (InvalidMessage refused) {
            assertThat(refused).hasMessageStartingWith("'username'");
        }
    }

    /**
     * Characters with an effect on a terminal, a log or the layout of a line: controls, bidirectional controls and
     * invisible characters.
     */
    private static boolean isObeyed(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }

    /** Texts of mostly combining marks. Parley's own sentences contain none, so they can be counted in an error. */
    @Provide
    Arbitrary<String> hostile() {
        Arbitrary<String> piece = Arbitraries.of(
                Character.toString(MARK).repeat(50),
                Character.toString(MARK).repeat(50),
                "\u202e",
                "\u2066",
                "\u200b",
                "\ufeff",
                "\u0007",
                "\u009b",
                "\u2028",
                "\r\n",
                "\u001b[2J",
                "\u0000",
                "\ud83d",
                "'",
                "*");
        return piece.list().ofMinSize(1).ofMaxSize(8).map(pieces -> String.join("", pieces));
    }

    /** Valid vectors with one string or field name replaced by another text. */
    @Provide
    Arbitrary<String> places() {
        List<String> places = new ArrayList<>(List.of(
                "HERE",
                "{HERE}",
                "[HERE]",
                "\"HERE\"",
                "{\"type\":\"HERE\"}",
                "{\"type\":\"ping\",\"HERE\":1,\"HERE\":2}",
                "{\"type\":\"ping\",\"x\":{\"HERE\":[{\"HERE\":\"HERE\"}]}}",
                "{\"type\":\"login\",\"positions\":{\"HERE\":5}}",
                "{\"type\":\"login\",\"positions\":{\"HERE\":{\"epoch\":\"HERE\",\"seq\":-1}}}"));
        Vectors.clientValid().map(Vectors.ClientVector::text).forEach(text -> {
            Matcher string = Pattern.compile("\"[^\"\\\\]+\"").matcher(text);
            while (string.find()) {
                places.add(text.substring(0, string.start()) + "\"HERE\"" + text.substring(string.end()));
            }
        });
        return Arbitraries.of(places);
    }

    private static void assertAnswered(String text) {
        assertThat(MessageCodec.decode(text)).isNotEmpty().allSatisfy(decoded -> {
            if (decoded instanceof Decoded.Malformed malformed) {
                assertThat(malformed.reason()).isNotBlank().doesNotContain("java.", "Exception");
                assertThat(malformed.reason().codePoints()).noneMatch(MessageCodecPropertyTest::isObeyed);
                malformed.id().ifPresent(id -> assertThat(id).matches("[A-Za-z0-9_-]{1,64}"));
            }
        });
    }

    /** A vector with up to three random deletions, replacements and insertions. */
    @Provide
    Arbitrary<String> mutations() {
        Arbitrary<String> mutation = Arbitraries.of(
                "", "", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "null", "-1", "1e999", "1.5",
                "{}", "[]", "\u0000", "\ud800", " ");
        Arbitrary<String> vector =
                Arbitraries.of(Vectors.client().map(Vectors.ClientVector::text).toList());
        return Combinators.combine(
                        vector,
                        mutation.list().ofMinSize(1).ofMaxSize(3),
                        Arbitraries.integers().between(0, 200).list().ofSize(3),
                        Arbitraries.integers().between(0, 3).list().ofSize(3))
                .as((text, pieces, places, lengths) -> {
                    StringBuilder mutant = new StringBuilder(text);
                    for (int i = 0; i < pieces.size(); i++) {
                        int from = Math.min(places.get(i), mutant.length());
                        int to = Math.min(from + lengths.get(i), mutant.length());
                        mutant.replace(from, to, pieces.get(i));
                    }
                    return mutant.toString();
                });
    }

    @Provide
    Arbitrary<String> json() {
        Arbitrary<String> leaf = Arbitraries.oneOf(
                Arbitraries.of(
                        "null", "true", "false", "0", "-0", "1.5", "1e999", "-1e400000000", "9223372036854775808"),
                Arbitraries.strings().map(MessageCodecPropertyTest::quoted),
                Arbitraries.integers().map(String::valueOf),
                Arbitraries.doubles().map(String::valueOf));
        return Arbitraries.lazyOf(
                () -> leaf,
                () -> leaf,
                () -> json().list().ofMaxSize(3).map(elements -> "[" + String.join(",", elements) + "]"),
                () -> fields().map(fields -> "{" + String.join(",", fields) + "}"));
    }

    /** Each type, with any known field names and any JSON values. */
    @Provide
    Arbitrary<String> misfits() {
        Arbitrary<String> type = Arbitraries.of(Vectors.clientValid()
                .map(vector -> vector.answers().get(0).message().orElseThrow().getString("type"))
                .distinct()
                .toList());
        return Combinators.combine(type, fields())
                .as((name, fields) ->
                        "{\"type\":\"" + name + "\"" + (fields.isEmpty() ? "" : ",") + String.join(",", fields) + "}");
    }

    @Provide
    Arbitrary<List<String>> frames() {
        return Arbitraries.of(Vectors.client()
                        .filter(vector -> vector.answers().stream().noneMatch(MessageCodecPropertyTest::isBadJson))
                        .filter(vector -> vector.text().strip().startsWith("{"))
                        .map(Vectors.ClientVector::text)
                        .toList())
                .list()
                .ofMinSize(1)
                .ofMaxSize(MessageCodec.BATCH_MAX);
    }

    @Provide
    Arbitrary<ServerMessage.Stored> stored() {
        Arbitrary<Channel> channels =
                Arbitraries.of(Channel.Room.LOBBY, new Channel.Room("_a-b.c"), new Channel.Inbox(UserKey.user("anna")));
        Arbitrary<Optional<String>> optional = content().optional();
        return Combinators.combine(
                        Arbitraries.integers().between(0, 2),
                        channels,
                        Arbitraries.longs().greaterOrEqual(1),
                        content(),
                        optional,
                        optional)
                .as((kind, channel, seq, content, first, second) -> switch (kind) {
                    case 0 ->
                        new ServerMessage.Chat(
                                "lobby",
                                seq,
                                "m1",
                                "anna",
                                Optional.empty(),
                                content,
                                TIME,
                                first.map(MessageCodecPropertyTest::attachment));
                    case 1 ->
                        ServerMessage.Message.in(
                                channel, seq, "m1", "anna", Optional.empty(), content, TIME, first, Optional.empty());
                    default ->
                        ServerMessage.Notification.in(
                                channel, seq, "m1", "anna", Optional.empty(), content, TIME, first, second);
                });
    }

    /** Any text without U+0000 and lone surrogates. */
    @Provide
    Arbitrary<String> content() {
        return Arbitraries.integers()
                .between(1, Character.MAX_CODE_POINT)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                .map(Character::toString)
                .list()
                .ofMaxSize(50)
                .map(points -> String.join("", points));
    }

    private Arbitrary<List<String>> fields() {
        Arbitrary<String> name = Arbitraries.of(
                "type",
                "id",
                "content",
                "room",
                "to",
                "toGuest",
                "attachment",
                "username",
                "positions",
                "position",
                "members",
                "name",
                "inbox",
                "before",
                "limit",
                "seq",
                "epoch",
                "value",
                "at",
                "size",
                "index",
                "count",
                "data",
                "__proto__");
        return Combinators.combine(name, json())
                .as((field, value) -> quoted(field) + ":" + value)
                .list()
                .ofMaxSize(4);
    }

    private static boolean isBadJson(Vectors.Answer answer) {
        return answer.error().filter(error -> error.code().equals("bad_json")).isPresent();
    }

    private static ServerMessage.Stored chat(String content) {
        return new ServerMessage.Chat("lobby", 1, "m1", "anna", Optional.empty(), content, TIME, Optional.empty());
    }

    private static Attachment attachment(String name) {
        return new Attachment("f1", name, "image/png", 5, "files/f1");
    }

    private static String quoted(String text) {
        return JsonScan.PROVIDER.createValue(text).toString();
    }
}
