package dev.parley.server.config;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The effective values of all settings, validated. */
public record Settings(
        boolean guests,
        Duration guestAge,
        int guestCount,
        List<String> origins,
        boolean originRequired,
        boolean credentialRequired,
        boolean endpointRoot,
        boolean refusalsExplained,
        List<String> forwardedTrusted,
        Optional<String> tokenSecret,
        Optional<URI> tokenJwks,
        Duration tokenSkew,
        Optional<String> tokenIssuer,
        Optional<String> tokenAudience,
        String tokenUser,
        String tokenRoles,
        String datasource,
        int datasourceThreads,
        Optional<String> nodeName,
        boolean backplaneRedis,
        String redisUri,
        String redisPrefix,
        int rateMessages,
        int rateBytes,
        int rateChannels,
        int rateGuests,
        int sessionsNode,
        int sessionsUser,
        int sessionsUnsigned,
        int admissionRate,
        Duration drainDelay,
        int drainRate,
        Duration drainMax,
        int balancePercent,
        Duration dedupeAge,
        int retentionCount,
        Duration retentionAge,
        int retentionInboxCount,
        Duration retentionInboxAge,
        Duration heartbeatInterval,
        Duration heartbeatTimeout,
        Duration loginTimeout,
        int frameMax,
        Duration frameTimeout,
        int messageMax,
        int binaryMax,
        int binaryRate,
        boolean binaryGuests,
        int attachmentMax,
        long attachmentUser,
        long attachmentGuests,
        long attachmentTotal,
        long attachmentFree,
        int outboxMax,
        long outboxTotal,
        long recentTotal) {

    /** RFC 7518 section 3.2: a key is at least as long as the hash, so 256 bits for HS256. */
    private static final int SECRET_MIN_BYTES = 32;

    private static final int SECRET_MIN_DISTINCT = 8;

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern BYTES = Pattern.compile("(\\d{1,10})(|KiB|MiB)");
    private static final Map<String, Long> UNITS = Map.of(
            "ms",
            1L,
            "s",
            1_000L,
            "m",
            60_000L,
            "h",
            3_600_000L,
            "d",
            86_400_000L,
            "",
            1L,
            "KiB",
            1024L,
            "MiB",
            1024L * 1024L);

    /** @throws InvalidSettings that names every invalid value at once */
    public static Settings read(SettingSource source) {
        Reader reader = new Reader(source);
        Settings settings = new Settings(
                reader.flag(Setting.GUESTS),
                reader.duration(Setting.GUEST_AGE),
                reader.number(Setting.GUEST_COUNT),
                reader.words(Setting.ORIGINS),
                reader.flag(Setting.ORIGIN_REQUIRED),
                reader.need(Setting.HANDSHAKE_CREDENTIAL),
                reader.flag(Setting.ENDPOINT_ROOT),
                reader.flag(Setting.HANDSHAKE_REFUSALS_EXPLAINED),
                reader.optionalWords(Setting.FORWARDED_TRUSTED),
                reader.optional(Setting.TOKEN_SECRET),
                reader.jwks(),
                reader.duration(Setting.TOKEN_SKEW),
                reader.optional(Setting.TOKEN_ISSUER),
                reader.optional(Setting.TOKEN_AUDIENCE),
                reader.text(Setting.TOKEN_USER),
                reader.text(Setting.TOKEN_ROLES),
                reader.text(Setting.DATASOURCE),
                reader.number(Setting.DATASOURCE_THREADS),
                reader.optional(Setting.NODE_NAME),
                reader.isRedis(),
                reader.text(Setting.REDIS_URI),
                reader.text(Setting.REDIS_PREFIX),
                reader.number(Setting.RATE_MESSAGES),
                reader.bytes(Setting.RATE_BYTES),
                reader.number(Setting.RATE_CHANNELS),
                reader.number(Setting.RATE_GUESTS),
                reader.number(Setting.SESSIONS_NODE),
                reader.number(Setting.SESSIONS_USER),
                reader.number(Setting.SESSIONS_UNSIGNED),
                reader.number(Setting.ADMISSION_RATE),
                reader.duration(Setting.DRAIN_DELAY),
                reader.number(Setting.DRAIN_RATE),
                reader.duration(Setting.DRAIN_MAX),
                reader.number(Setting.BALANCE_PERCENT),
                reader.duration(Setting.DEDUPE_AGE),
                reader.number(Setting.RETENTION_COUNT),
                reader.duration(Setting.RETENTION_AGE),
                reader.number(Setting.RETENTION_INBOX_COUNT),
                reader.duration(Setting.RETENTION_INBOX_AGE),
                reader.duration(Setting.HEARTBEAT_INTERVAL),
                reader.duration(Setting.HEARTBEAT_TIMEOUT),
                reader.duration(Setting.LOGIN_TIMEOUT),
                reader.bytes(Setting.FRAME_MAX),
                reader.duration(Setting.FRAME_TIMEOUT),
                reader.bytes(Setting.MESSAGE_MAX),
                reader.bytes(Setting.BINARY_MAX),
                reader.bytes(Setting.BINARY_RATE),
                reader.flag(Setting.BINARY_GUESTS),
                reader.bytes(Setting.ATTACHMENT_MAX),
                reader.longBytes(Setting.ATTACHMENT_USER),
                reader.longBytes(Setting.ATTACHMENT_GUESTS),
                reader.longBytes(Setting.ATTACHMENT_TOTAL),
                reader.longBytes(Setting.ATTACHMENT_FREE),
                reader.bytes(Setting.OUTBOX_MAX),
                reader.outboxTotal(),
                reader.longBytes(Setting.RECENT_TOTAL));
        settings.weaknessesOfTokens().forEach(reader.problems::add);
        if (!reader.problems.isEmpty()) {
            throw new InvalidSettings(reader.problems);
        }
        return settings;
    }

    private List<String> weaknessesOfTokens() {
        List<String> weak = new ArrayList<>();
        tokenSecret.ifPresent(secret -> {
            int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
            if (bytes < SECRET_MIN_BYTES) {
                weak.add(Setting.TOKEN_SECRET.property() + " has " + bytes + " bytes, but needs at least "
                        + SECRET_MIN_BYTES + ".");
            } else if (secret.chars().distinct().count() < SECRET_MIN_DISTINCT) {
                weak.add(Setting.TOKEN_SECRET.property() + " repeats a few characters and can be guessed: take a random"
                        + " one, such as that of 'openssl rand -base64 48'.");
            }
        });
        if (tokenSecret.isPresent() && tokenJwks.isPresent()) {
            weak.add("parley.token.secret and parley.token.jwks are both set, but tokens come from one of them: leave"
                    + " the other one empty.");
        }
        tokenJwks.ifPresent(address -> {
            boolean isSafe = "https".equals(address.getScheme())
                    || ("http".equals(address.getScheme()) && isLoopback(address.getHost()));
            if (!isSafe || address.getHost() == null) {
                weak.add("parley.token.jwks is " + shown(address.toString())
                        + ", but must be an https address, because an attacker who changes the keys can sign any"
                        + " token; http is for loopback hosts.");
            }
            if (address.getRawUserInfo() != null) {
                weak.add("parley.token.jwks holds a user or a password, but keys are public: take it out.");
            }
            if (tokenIssuer.isEmpty()) {
                weak.add("parley.token.issuer is empty, but parley.token.jwks needs it: the same keys may sign for"
                        + " others.");
            }
            if (tokenAudience.isEmpty()) {
                weak.add("parley.token.audience is empty, but parley.token.jwks needs it: otherwise a token for any"
                        + " other application of this identity provider lets its bearer in.");
            }
        });
        return weak;
    }

    /** The address for a message, without a possible password. */
    private static String shown(String address) {
        return address.contains("@") ? "an address with a user in it" : "'" + address + "'";
    }

    private static boolean isLoopback(String host) {
        return host != null
                && (host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d{1,3}){3}"));
    }

    /**
     * Parses values and collects the errors. An invalid value is replaced by a placeholder, because {@link #read} fails
     * at the end.
     */
    private static final class Reader {
        private final Map<Setting, String> values = new EnumMap<>(Setting.class);
        private final List<String> problems = new ArrayList<>();

        Reader(SettingSource source) {
            for (Setting setting : Setting.values()) {
                values.put(setting, source.value(setting).orElse(setting.defaultValue()));
            }
        }

        boolean flag(Setting setting) {
            return either(setting, "true", "false");
        }

        boolean need(Setting setting) {
            return either(setting, "required", "optional");
        }

        boolean isRedis() {
            return either(Setting.BACKPLANE, "redis", "local");
        }

        /** Whether the value is the first one. */
        private boolean either(Setting setting, String yes, String no) {
            String value = values.get(setting);
            if (!value.equals(yes) && !value.equals(no)) {
                wrong(setting);
            }
            return value.equals(yes);
        }

        String text(Setting setting) {
            if (values.get(setting).isEmpty()) {
                wrong(setting);
            }
            return values.get(setting);
        }

        Optional<String> optional(Setting setting) {
            return Optional.of(values.get(setting)).filter(value -> !value.isEmpty());
        }

        Optional<URI> jwks() {
            try {
                return optional(Setting.TOKEN_JWKS).map(URI::create);
            } catch (IllegalArgumentException e) {
                problems.add(Setting.TOKEN_JWKS.property() + " is " + shown(text(Setting.TOKEN_JWKS))
                        + ", but must be an address.");
                return Optional.empty();
            }
        }

        List<String> words(Setting setting) {
            return words(text(setting));
        }

        List<String> optionalWords(Setting setting) {
            return words(values.get(setting));
        }

        private static List<String> words(String list) {
            return Arrays.stream(list.split(","))
                    .map(String::strip)
                    .filter(word -> !word.isEmpty())
                    .toList();
        }

        int number(Setting setting) {
            return (int) scaled(setting, Pattern.compile("(\\d{1,9})()"));
        }

        int bytes(Setting setting) {
            return (int) scaled(setting, BYTES);
        }

        long longBytes(Setting setting) {
            return scaled(setting, BYTES);
        }

        long outboxTotal() {
            long value = longBytes(Setting.OUTBOX_TOTAL);
            return value == 0 ? Runtime.getRuntime().maxMemory() / 4 : value;
        }

        Duration duration(Setting setting) {
            return Duration.ofMillis(scaled(setting, DURATION));
        }

        private long scaled(Setting setting, Pattern pattern) {
            Matcher matcher = pattern.matcher(values.get(setting));
            if (matcher.matches()) {
                long value = Long.parseLong(matcher.group(1)) * UNITS.get(matcher.group(2));
                if (setting.allows(value)) {
                    return value;
                }
            }
            wrong(setting);
            return 0;
        }

        private void wrong(Setting setting) {
            String range = setting.range().isEmpty() ? "" : " from " + setting.range();
            problems.add(setting.property() + " must be " + setting.kind().words() + range + ", but is '"
                    + values.get(setting) + "'.");
        }
    }
}
