package dev.parley.server.config;

import java.time.Duration;
import java.util.Locale;

/**
 * The settings of the server. Each has a name (system property; as environment variable in capitals with {@code _}), a
 * kind of value with its unit, a default, a range and a meaning. src/docs/settings.md shows the same list; a test
 * compares the two.
 */
public enum Setting {
    GUESTS("parley.guests", Kind.FLAG, "false", "Whether people without a token may take part as guests."),
    GUEST_AGE(
            "parley.guest.age",
            Kind.DURATION,
            "30d",
            3_600_000,
            36_500 * 86_400_000L,
            "How long a guest may be away and come back as the same guest, with its inbox. After it the guest is"
                    + " forgotten."),
    GUEST_COUNT(
            "parley.guest.count",
            Kind.NUMBER,
            "100000",
            1,
            10_000_000,
            "Guests that are remembered, connected or not. Of more, those that were away longest are forgotten."),
    ORIGINS(
            "parley.origins",
            Kind.TEXT,
            "self",
            "Origins whose pages may connect, separated by commas: `self` is the host that serves the page, `null` a"
                    + " page from a file; others as scheme://host:port."),
    ORIGIN_REQUIRED(
            "parley.origin.required", Kind.FLAG, "false", "Whether connections without an Origin header are refused."),
    HANDSHAKE_CREDENTIAL(
            "parley.handshake.credential",
            Kind.NEED,
            "optional",
            "Whether a WebSocket opens only with a valid credential in its handshake; without one it is answered 401."
                    + " On Open Liberty before 26.0.0.7: `required`."),
    ENDPOINT_ROOT(
            "parley.endpoint.root",
            Kind.FLAG,
            "true",
            "Whether the context root opens WebSockets too, `ws://HOST/`: for hand-written clients that send JSON or"
                    + " plain lines and know no path."),
    HANDSHAKE_REFUSALS_EXPLAINED(
            "parley.handshake.refusals.explained",
            Kind.FLAG,
            "true",
            "Whether a page learns why its credential is refused: its WebSocket opens, tells it and closes. Otherwise,"
                    + " and where `parley.handshake.credential` is `required`, the handshake is answered 401, which"
                    + " browsers tell no page."),
    FORWARDED_TRUSTED(
            "parley.forwarded.trusted",
            Kind.TEXT,
            "",
            "Proxies in front whose `X-Forwarded-For`, `-Proto` and `-Host` are believed: IP addresses and networks"
                    + " such as 10.0.0.0/8, none of /0, separated by commas. Empty: nobody's."),
    TOKEN_SECRET(
            "parley.token.secret",
            Kind.TEXT,
            "",
            "Secret that signs tokens: HS256 needs 32 bytes of UTF-8, HS384 48, HS512 64. The same on all nodes. Empty:"
                    + " none."),
    TOKEN_JWKS(
            "parley.token.jwks",
            Kind.TEXT,
            "",
            "Address of the identity provider's keys (JWKS), https; needs issuer and audience. Empty: none."),
    TOKEN_SKEW(
            "parley.token.skew",
            Kind.DURATION,
            "60s",
            0,
            60_000,
            "How far the clocks of this node and of the identity provider may differ."),
    TOKEN_ISSUER("parley.token.issuer", Kind.TEXT, "", "What `iss` of a token must be. Empty: not checked."),
    TOKEN_AUDIENCE("parley.token.audience", Kind.TEXT, "", "What `aud` of a token must hold. Empty: not checked."),
    TOKEN_USER("parley.token.user", Kind.TEXT, "sub", "Claim that holds the user name."),
    TOKEN_ROLES("parley.token.roles", Kind.TEXT, "roles", "Claim that holds the roles, as an array or words."),
    DATASOURCE(
            "parley.datasource", Kind.TEXT, "java:comp/DefaultDataSource", "JNDI name of the DataSource of the store."),
    DATASOURCE_THREADS(
            "parley.datasource.threads",
            Kind.NUMBER,
            "3",
            2,
            200,
            "Threads that wait for the database, for sign-ins and reads; each has a connection while it works. The"
                    + " thread that stores messages has up to two more."),
    NODE_NAME(
            "parley.node.name",
            Kind.TEXT,
            "",
            "Name of this node in a cluster, for its own metrics (`parley.NAME.sessions`) and for administrators. Empty:"
                    + " its process and host."),
    BACKPLANE(
            "parley.backplane",
            Kind.BACKPLANE,
            "local",
            "How this node learns what other nodes store: `local` if it is the only one, `redis` over Redis or Valkey."
                    + " All nodes on one database need the same value, and PostgreSQL."),
    REDIS_URI(
            "parley.redis.uri",
            Kind.TEXT,
            "redis://localhost:6379",
            "Where Redis is, for `parley.backplane=redis`: as Lettuce takes it, such as rediss://:PASSWORD@HOST:6380"
                    + " or redis-sentinel://HOST,HOST#NAME."),
    REDIS_PREFIX(
            "parley.redis.prefix",
            Kind.TEXT,
            "parley",
            "What the names of all channels in Redis begin with; the id of the cluster follows, which its database"
                    + " holds. All nodes of a cluster need the same value. Clusters with a database each may share a"
                    + " Redis and a value, unless one database is a copy of the other."),
    RATE_MESSAGES(
            "parley.rate.messages",
            Kind.NUMBER,
            "20",
            0,
            1_000_000,
            "Messages a second that a user may store; three times as many in a burst. 0: no limit, also for metrics"
                    + " and queries."),
    RATE_BYTES(
            "parley.rate.bytes",
            Kind.BYTES,
            "1MiB",
            0,
            1024 * 1024 * 1024,
            "What a user may send a second, files too; two files and eight messages of the longest length in a burst."
                    + " 0: no limit."),
    RATE_CHANNELS(
            "parley.rate.channels",
            Kind.NUMBER,
            "30",
            0,
            1_000_000,
            "New rooms and inboxes a minute that a user may make by naming them: by joining or writing to a room, or to"
                    + " a user who was never here; a hundred more in a burst. 0: no limit."),
    RATE_GUESTS(
            "parley.rate.guests",
            Kind.NUMBER,
            "10",
            0,
            1_000_000,
            "How many users' rates the guests of one address (IPv6: one /64) share, beside the rates of each. 0: no"
                    + " shared rates."),
    SESSIONS_NODE(
            "parley.sessions.node",
            Kind.NUMBER,
            "20000",
            0,
            1_000_000,
            "Connections of this node, with the requests that wait and the streams over HTTP. 0: no limit."),
    SESSIONS_USER(
            "parley.sessions.user",
            Kind.NUMBER,
            "20",
            0,
            1_000_000,
            "Connections of one user on all nodes together, signed in or about to; one more closes the oldest. Requests"
                    + " that wait and streams over HTTP count apart, on each node for itself, with the same limit. 0: no"
                    + " limit."),
    SESSIONS_UNSIGNED(
            "parley.sessions.unsigned",
            Kind.NUMBER,
            "1000",
            0,
            1_000_000,
            "Connections from one address (IPv6: one /64) that have not signed in with a credential, guests too. 0: no"
                    + " limit."),
    ADMISSION_RATE(
            "parley.admission.rate",
            Kind.NUMBER,
            "1000",
            0,
            1_000_000,
            "Connections a second that this node takes; as many more at once. What is above it is answered 503 and told"
                    + " when to come back, so that the clients of a node that failed do not bring down the next one."
                    + " 0: no limit."),
    DRAIN_DELAY(
            "parley.drain.delay",
            Kind.DURATION,
            "5s",
            0,
            600_000,
            "How long a node of several that stops, or is drained, is not ready before it sends its clients away: the"
                    + " time in which your load balancer notices. A node without clients does not wait."),
    DRAIN_RATE(
            "parley.drain.rate",
            Kind.NUMBER,
            "250",
            1,
            1_000_000,
            "Clients a second that a node of several sends away which stops, is drained, or has too many: not more than"
                    + " the other nodes take (`parley.admission.rate`), also when they have just started. A"
                    + " node on its own sends 1,000 a second away."),
    DRAIN_MAX(
            "parley.drain.max",
            Kind.DURATION,
            "20s",
            1_000,
            3_600_000,
            "Within which all clients are sent away; where `parley.drain.rate` would take longer, it is raised. A stop"
                    + " takes `parley.drain.delay`, this and 9 s at most: what ends your servers must wait as long."),
    BALANCE_PERCENT(
            "parley.balance.percent",
            Kind.NUMBER,
            "5",
            0,
            50,
            "Per cent of its clients that a node of several hands on to the others at a time, twice a minute, while it"
                    + " has over a tenth more than the mean of all nodes, and over a hundred. 0: none."),
    DEDUPE_AGE(
            "parley.dedupe.age",
            Kind.DURATION,
            "24h",
            60_000,
            30 * 86_400_000L,
            "How long the id of a stored message is remembered, so that sending it again is safe."),
    RETENTION_COUNT(
            "parley.retention.count",
            Kind.NUMBER,
            "10000",
            1,
            10_000_000,
            "Newest messages that a room keeps, and the broadcast. Older ones are not shown and are deleted some"
                    + " seconds later."),
    RETENTION_AGE(
            "parley.retention.age",
            Kind.DURATION,
            "30d",
            1_000,
            36_500 * 86_400_000L,
            "How long a room keeps a message, and the broadcast. It is deleted some seconds after, one more for each"
                    + " 1,000 rooms."),
    RETENTION_INBOX_COUNT(
            "parley.retention.inbox.count",
            Kind.NUMBER,
            "10000",
            1,
            10_000_000,
            "Newest messages that a user's inbox keeps, read or not. Older ones are not shown and are deleted"
                    + " some seconds later."),
    RETENTION_INBOX_AGE(
            "parley.retention.inbox.age",
            Kind.DURATION,
            "90d",
            1_000,
            36_500 * 86_400_000L,
            "How long a user's inbox keeps a message, read or not. It is deleted some seconds after, one more for each"
                    + " 1,000 inboxes."),
    HEARTBEAT_INTERVAL(
            "parley.heartbeat.interval", Kind.DURATION, "30s", 100, 3_600_000, "Silence after which the server pings."),
    HEARTBEAT_TIMEOUT(
            "parley.heartbeat.timeout",
            Kind.DURATION,
            "10s",
            100,
            600_000,
            "Time for the answer to a ping, and for one send, before the connection counts as dead."),
    LOGIN_TIMEOUT(
            "parley.login.timeout", Kind.DURATION, "10s", 100, 600_000, "Time within which a connection signs in."),
    FRAME_MAX(
            "parley.frame.max",
            Kind.BYTES,
            "64KiB",
            1024,
            16 * 1024 * 1024,
            "Longest WebSocket message from a client, whatever its fragments. More than 192 KiB on GlassFish and"
                    + " Payara: set the context parameter `org.glassfish.tyrus.servlet.incoming-buffer-size` too,"
                    + " 64 KiB above this."),
    FRAME_TIMEOUT(
            "parley.frame.timeout",
            Kind.DURATION,
            "15s",
            100,
            600_000,
            "Time within which a fragmented frame and a message in chunks are complete, and an upload goes on."),
    MESSAGE_MAX(
            "parley.message.max",
            Kind.BYTES,
            "1MiB",
            1024,
            1024 * 1024,
            "Longest content of a message, in UTF-8; it comes in chunks where it is longer than a frame."),
    BINARY_MAX(
            "parley.binary.max",
            Kind.BYTES,
            "32KiB",
            0,
            64 * 1024,
            "Longest payload of a binary frame to a room; the whole frame fits into `parley.frame.max` too. 0: none."),
    BINARY_RATE(
            "parley.binary.rate",
            Kind.BYTES,
            "8MiB",
            0,
            1024 * 1024 * 1024,
            "What the binary frames of one room may take a second on a node, each counted once for every session that"
                    + " receives it there; twice as much in a burst. 0: no limit."),
    BINARY_GUESTS(
            "parley.binary.guests",
            Kind.FLAG,
            "false",
            "Whether guests may send binary frames to rooms; they may receive them."),
    ATTACHMENT_MAX(
            "parley.attachment.max",
            Kind.BYTES,
            "8MiB",
            0,
            256 * 1024 * 1024,
            "Longest file that may be uploaded. 0: none."),
    ATTACHMENT_USER(
            "parley.attachment.user",
            Kind.BYTES,
            "1024MiB",
            0,
            1024L * 1024 * 1024 * 1024,
            "What the files of one user may take, until they go with their messages. 0: no limit."),
    ATTACHMENT_GUESTS(
            "parley.attachment.guests",
            Kind.BYTES,
            "256MiB",
            0,
            1024L * 1024 * 1024 * 1024,
            "What the files of all guests of one address (IPv6: one /64) may take. 0: no limit."),
    ATTACHMENT_TOTAL(
            "parley.attachment.total",
            Kind.BYTES,
            "16384MiB",
            0,
            1024L * 1024 * 1024 * 1024,
            "What all files together may take. 0: no limit."),
    ATTACHMENT_FREE(
            "parley.attachment.free",
            Kind.BYTES,
            "512MiB",
            0,
            1024L * 1024 * 1024 * 1024,
            "What stays free on the disk of an embedded H2: no file is taken that would leave less. Messages go on. 0:"
                    + " no limit."),
    OUTBOX_MAX(
            "parley.outbox.max",
            Kind.BYTES,
            "4MiB",
            256 * 1024,
            1024 * 1024 * 1024,
            "What may wait for one session before it is closed as a slow consumer."),
    OUTBOX_TOTAL(
            "parley.outbox.total",
            Kind.BYTES,
            "0",
            0,
            1024L * 1024 * 1024 * 1024,
            "What may wait for all sessions together before those that hold most are closed. 0: a quarter of the"
                    + " heap."),
    RECENT_TOTAL(
            "parley.recent.total",
            Kind.BYTES,
            "32MiB",
            0,
            16L * 1024 * 1024 * 1024,
            "What is kept in memory of the newest messages of all channels that somebody reads, so that who missed a"
                    + " few needs no query. 0: nothing.");

    /** The syntax of a value. */
    public enum Kind {
        FLAG("true or false"),
        NEED("optional or required"),
        BACKPLANE("local or redis"),
        TEXT("text"),
        NUMBER("a whole number"),
        DURATION("a number with ms, s, m, h or d"),
        BYTES("bytes, or a number with KiB or MiB");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    private final String property;
    private final Kind kind;
    private final String defaultValue;
    private final long min;
    private final long max;
    private final String meaning;

    Setting(String property, Kind kind, String defaultValue, String meaning) {
        this(property, kind, defaultValue, 0, 0, meaning);
    }

    /** @param min lower bound, as {@code max} in the unit of the value: milliseconds, bytes, or none */
    Setting(String property, Kind kind, String defaultValue, long min, long max, String meaning) {
        this.property = property;
        this.kind = kind;
        this.defaultValue = defaultValue;
        this.min = min;
        this.max = max;
        this.meaning = meaning;
    }

    /** Name of the system property, such as {@code parley.rate.messages}. */
    public String property() {
        return property;
    }

    /** Name of the environment variable, such as {@code PARLEY_RATE_MESSAGES}. */
    public String environment() {
        return property.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    public Kind kind() {
        return kind;
    }

    public String defaultValue() {
        return defaultValue;
    }

    /** The smallest and the largest value, for people; empty if there is no range. */
    public String range() {
        return max == 0 ? "" : shown(min) + " to " + shown(max);
    }

    public String meaning() {
        return meaning;
    }

    boolean allows(long value) {
        return value >= min && value <= max;
    }

    private String shown(long value) {
        return switch (kind) {
            case DURATION -> shown(Duration.ofMillis(value));
            case BYTES -> value % (1024 * 1024) == 0 ? value / (1024 * 1024) + "MiB" : value / 1024 + "KiB";
            default -> Long.toString(value);
        };
    }

    private static String shown(Duration value) {
        if (value.toMillis() % 1000 != 0) {
            return value.toMillis() + "ms";
        }
        if (value.toDaysPart() > 0 && value.equals(Duration.ofDays(value.toDays()))) {
            return value.toDays() + "d";
        }
        return value.toMinutes() * 60 == value.toSeconds() ? value.toMinutes() + "m" : value.toSeconds() + "s";
    }
}
