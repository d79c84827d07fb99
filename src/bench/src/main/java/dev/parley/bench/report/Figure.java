package dev.parley.bench.report;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** One number that a measurement finds. Its name in lower case is its name in a record. */
public enum Figure {
    ASKED_PER_S("asked", "/s", 0),
    DELIVERED_PER_S("delivered", "/s", 0),
    ACKED_PER_S("acked", "/s", 0),
    P50_MS("p50", " ms", 2),
    P99_MS("p99", " ms", 2),
    MAX_MS("max", " ms", 1),
    /** Processor time of the server, without its database, for each thing that was done. */
    SERVER_CPU_US("server CPU", " us each", 2),
    SERVER_CPUS("server", " CPUs", 2),
    DATABASE_CPUS("database", " CPUs", 2),
    GENERATOR_CPUS("generator", " CPUs", 2),
    /** Processor time that the host of this virtual machine gave to others while this one wanted it. */
    STOLEN_CPUS("stolen", " CPUs", 2),
    SERVER_MB("server memory", " MB", 0),
    SERVER_HEAP_KB("heap each", " KB", 1),
    SERVER_MEMORY_KB("resident each", " KB", 1),
    REDIS_MEMORY_KB("Redis each", " KB", 2),
    SIGN_INS_PER_S("sign-ins", "/s", 0),
    FRAMES_PER_S("frames", "/s", 1),
    /** The part of the time in which a page's main thread runs tasks, so that it draws no frame. */
    BUSY_PERCENT("busy", " %", 1),
    /** Delays of what was missed, from the time when the reader's line was back. */
    BACK_P50_MS("p50 after the line is back", " ms", 1),
    BACK_P99_MS("p99 after the line is back", " ms", 1),
    /** From the time when a restarted server was ready until a client was signed in again. */
    SIGNED_IN_P99_MS("p99 until signed in again", " ms", 0),
    /** From the loss of all lines until clients were signed in again and had every message. */
    CAUGHT_UP_P99_S("99 % caught up after", " s", 2),
    CAUGHT_UP_MAX_S("all after", " s", 2),
    QUERIES_PER_CLIENT("queries", " each", 2),
    /** Delays of readers on the node that the sender is not on, and how far they are above those on the sender's. */
    FAR_P50_MS("other node p50", " ms", 2),
    FAR_P99_MS("other node p99", " ms", 2),
    ADDED_P50_MS("added at p50", " ms", 2),
    ADDED_P99_MS("added at p99", " ms", 2),
    READY_S("ready after", " s", 1),
    CUTS("cuts", "", 0),
    /** Messages that a reader should have received. */
    EXPECTED("expected", "", 0),
    MISSING("missing", "", 0),
    REPEATED("repeated", "", 0),
    /** Readers whose connection the server ended. */
    LOST_CLIENTS("lost clients", "", 0),
    REFUSED("refused", "", 0),
    COMMITS_PER_S("commits", "/s", 0),
    COMMIT_P50_MS("bare commit p50", " ms", 2),
    COMMIT_P99_MS("bare commit p99", " ms", 2),
    BYTES_PER_MESSAGE("bytes a message", "", 0),
    REQUESTS_PER_MESSAGE("requests a message", "", 2),
    /** What retention has not deleted yet, beyond its limits. */
    OVERDUE_IDS("overdue ids", "", 0),
    OVERDUE_MESSAGES("overdue messages", "", 0),
    DEAD_IDS("dead rows of ids", "", 0),
    DEAD_MESSAGES("dead rows of messages", "", 0),
    IDS_MB("ids", " MB", 0),
    MESSAGES_MB("messages", " MB", 0),
    LOG_BYTES_PER_MESSAGE("write-ahead log a message", " bytes", 0),
    NANOS_PER_OPERATION("time", " ns", 0),
    /** Parts of the server's processor time, of which the first two are in the kernel. */
    SHARE_SEND("writing to sockets", " %", 0),
    SHARE_RECEIVE("reading from sockets, and waiting for them", " %", 0),
    SHARE_SERVER("application server", " %", 0),
    SHARE_PARLEY("Parley", " %", 0),
    /** H2, or the driver of PostgreSQL. */
    SHARE_DATABASE("database", " %", 0),
    SHARE_COLLECTOR("collecting garbage", " %", 0),
    SHARE_COMPILER("compiler of the JVM", " %", 0),
    SHARE_OTHER("other", " %", 0);

    /** The shares of all parts of a server in its processor time, in percent. */
    static final Set<Figure> SHARES = EnumSet.range(SHARE_SEND, SHARE_OTHER);

    private static final Set<Figure> STAND_ALONE = EnumSet.of(
            ASKED_PER_S,
            MAX_MS,
            SERVER_CPUS,
            DATABASE_CPUS,
            GENERATOR_CPUS,
            STOLEN_CPUS,
            CUTS,
            EXPECTED,
            MISSING,
            REPEATED,
            LOST_CLIENTS,
            REFUSED,
            COMMITS_PER_S,
            REQUESTS_PER_MESSAGE,
            OVERDUE_IDS,
            OVERDUE_MESSAGES,
            DEAD_IDS,
            DEAD_MESSAGES,
            IDS_MB,
            MESSAGES_MB);

    private final String label;
    private final String unit;
    private final int decimals;

    Figure(String label, String unit, int decimals) {
        this.label = label;
        this.unit = unit;
        this.decimals = decimals;
    }

    /** The name in a record. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Figure ofKey(String key) {
        return valueOf(key.toUpperCase(Locale.ROOT));
    }

    /** The head of a column. */
    String heading() {
        return label + unit.replace(" each", "");
    }

    /** Whether a reader must know how far two runs agree. A count, and what explains another figure, stands alone. */
    boolean isMeasuredTwice() {
        return !STAND_ALONE.contains(this) && !SHARES.contains(this);
    }

    /** The number for people, without its unit: {@code 12,345.67}. */
    public String format(double value) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** The number with label and unit. */
    String describe(double value) {
        return label + " " + format(value) + unit;
    }
}
