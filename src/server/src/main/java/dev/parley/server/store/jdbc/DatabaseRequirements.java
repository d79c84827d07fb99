package dev.parley.server.store.jdbc;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Parley requires of a database: a product and version that its statements run on, and commits that are durable.
 * The texts are for administrators and hold no password. Pure functions.
 */
final class DatabaseRequirements {
    private static final String WRITE_DELAY = "WRITE_DELAY";
    private static final String MAX_COMPACT_TIME = "MAX_COMPACT_TIME";
    private static final String FSYNC = "fsync";
    private static final String SYNCHRONOUS_COMMIT = "synchronous_commit";

    private static final String DERBY = "Apache Derby";

    /** A database of H2 in memory, of this process or of an H2 server. */
    private static final Pattern H2_MEMORY =
            Pattern.compile("jdbc:h2:(?:(?:tcp|ssl)://[^/]*/)?(?:mem|memFS|memLZ|nioMemFS|nioMemLZ):.*");

    /** A database of H2 in a file; the group is its path without the ending. */
    private static final Pattern H2_FILE =
            Pattern.compile("jdbc:h2:(?:file:)?((?:[A-Za-z]:)?[^;:]*[/\\\\][^;]*)(?:;.*)?");

    private static final String REMEDY =
            "Define a DataSource of PostgreSQL, or of H2 in a file, and set parley.datasource to its JNDI name.";

    private DatabaseRequirements() {}

    /** The products with the oldest version that Parley runs on. */
    private enum Supported {
        POSTGRESQL("PostgreSQL", new Version(15, 0), "15", "MERGE"),
        H2("H2", new Version(2, 2), "2.2", "FOR UPDATE SKIP LOCKED");

        private final String product;
        private final Version oldest;
        private final String shownVersion;
        /** The newest part of SQL that Parley uses. */
        private final String feature;

        Supported(String product, Version oldest, String shownVersion, String feature) {
            this.product = product;
            this.oldest = oldest;
            this.shownVersion = shownVersion;
            this.feature = feature;
        }

        @Override
        public String toString() {
            return product + " " + shownVersion + " or newer";
        }
    }

    private record Version(int major, int minor) {
        private static final Pattern BEGIN = Pattern.compile("(\\d{1,9})(?:\\.(\\d{1,9}))?.*", Pattern.DOTALL);

        /** @param text such as {@code 2.2.224 (2023-09-17)}; anything else is older than every version */
        static Version of(String text) {
            Matcher begin = BEGIN.matcher(text);
            return begin.matches()
                    ? new Version(
                            Integer.parseInt(begin.group(1)),
                            Optional.ofNullable(begin.group(2))
                                    .map(Integer::parseInt)
                                    .orElse(0))
                    : new Version(0, 0);
        }

        boolean isOlderThan(Version other) {
            return major < other.major || major == other.major && minor < other.minor;
        }
    }

    /**
     * Why Parley cannot run on this database, and the remedy; empty if it can.
     *
     * @param product the name of the product, as JDBC gives it
     * @param version such as {@code 2.2.224 (2023-09-17)}
     */
    static Optional<String> refusal(String product, String version) {
        for (Supported supported : Supported.values()) {
            if (supported.product.equals(product)) {
                return Version.of(version).isOlderThan(supported.oldest)
                        ? Optional.of("Parley needs " + supported + ", which has " + supported.feature
                                + "; the DataSource leads to " + product + " " + version + ". " + REMEDY)
                        : Optional.empty();
            }
        }
        String own = product.equals(DERBY) ? ", as GlassFish's own default DataSource does" : "";
        return Optional.of("Parley runs on " + Supported.POSTGRESQL + " and on " + Supported.H2
                + "; the DataSource leads to " + product + " " + version + own + ". " + REMEDY);
    }

    /**
     * Why this database may lose what was acknowledged, each reason with its remedy.
     *
     * @param url the database; options after a semicolon or question mark are not looked at
     * @param settings the settings of the database that decide whether a commit is durable: {@code WRITE_DELAY} and
     *     {@code MAX_COMPACT_TIME} of H2 in milliseconds, {@code fsync} and {@code synchronous_commit} of PostgreSQL
     * @param temporary the folder for temporary files, absolute
     */
    static List<String> durabilityWarnings(String url, Map<String, String> settings, Path temporary) {
        String shown = withoutOptions(url);
        if (H2_MEMORY.matcher(url).matches()) {
            return List.of(
                    "The database " + shown + " is in memory, as that of WildFly's own default DataSource is: when"
                            + " the server ends, it loses every message, acknowledged or not. " + REMEDY);
        }
        List<String> warnings = new ArrayList<>();
        h2File(url)
                // H2 puts the home folder in this place.
                .filter(path -> !path.startsWith("~"))
                .map(path -> Path.of(path).toAbsolutePath().normalize())
                .filter(path -> path.startsWith(temporary.normalize()))
                .ifPresent(path -> warnings.add("The database file " + path + " is in the folder for temporary files, "
                        + temporary + ", as that of Payara Micro's own default DataSource is: when the server or the"
                        + " system empties the folder, every message is lost, acknowledged or not. " + REMEDY));
        String writeDelay = settings.getOrDefault(WRITE_DELAY, "0");
        if (!writeDelay.equals("0")) {
            warnings.add("The database " + shown + " writes a commit to its file up to " + writeDelay
                    + " ms later: if the server is killed meanwhile, acknowledged messages are lost. Add"
                    + " ;WRITE_DELAY=0 to the URL of the DataSource.");
        }
        if (!settings.getOrDefault(MAX_COMPACT_TIME, "0").equals("0")) {
            // https://github.com/h2database/h2database/issues/4247; 2.2.224 fails at about one of 200 restarts. Without
            // compaction it fails where a thread was interrupted in a write, unless RETENTION_TIME is 0.
            warnings.add("The database " + shown + " compacts its file whenever it is closed: H2 makes the file"
                    + " unreadable with that at times, and every message in it is lost. Add"
                    + " ;MAX_COMPACT_TIME=0;RETENTION_TIME=0 to the URL of the DataSource.");
        }
        if (settings.getOrDefault(FSYNC, "on").equals("off")) {
            warnings.add("The database " + shown + " runs with fsync=off: if its machine crashes, acknowledged messages"
                    + " are lost. Set fsync=on in the configuration of PostgreSQL.");
        }
        if (settings.getOrDefault(SYNCHRONOUS_COMMIT, "on").equals("off")) {
            warnings.add("The database " + shown + " runs with synchronous_commit=off: if PostgreSQL is killed,"
                    + " acknowledged messages are lost. Set synchronous_commit=on in the configuration of PostgreSQL,"
                    + " or for Parley's user.");
        }
        return List.copyOf(warnings);
    }

    /** The path of an H2 database in a file, without the ending of the file; empty for any other database. */
    static Optional<String> h2File(String url) {
        Matcher file = H2_FILE.matcher(url);
        return file.matches() ? Optional.of(file.group(1)) : Optional.empty();
    }

    /** The URL without its options, which may hold a password. */
    static String withoutOptions(String url) {
        return url.split("[?;]", 2)[0];
    }
}
