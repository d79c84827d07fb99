package dev.parley.server.store.jdbc;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.Location;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;

/**
 * Creates and migrates the tables. Migrations are listed one by one, because Flyway's scan of the class path has missed
 * them inside WildFly's virtual file system (flyway/flyway#3667).
 */
public final class Schema {
    /**
     * From the first release on, migrations are only added. From the fourth on, with which several nodes share a
     * database, they never rewrite what older nodes still read: they add tables, indexes, and columns that may be left
     * out of an insert. What replaces a column comes one version before the column goes.
     */
    private static final List<String> MIGRATIONS = List.of(
            "V1__schema.sql",
            "V2__file_usage.sql",
            "V3__guests.sql",
            "V4__cluster.sql",
            "V5__revocation_numbers.sql",
            "V6__compared_logs.sql");

    private static final int BEFORE_CLUSTERS = 3;

    private static final String HISTORY_TABLE = "parley_schema";

    /** The advisory lock of PostgreSQL that a node holds while it migrates: the letters of "parley". */
    private static final long TURN = 0x7061_726c_6579L;

    private static final Duration TURN_MAX = Duration.ofMinutes(2);

    private Schema() {}

    /** The migrations that come while nodes of the version before use the tables. */
    static List<String> stepsOfRollingUpgrades() {
        return MIGRATIONS.subList(BEFORE_CLUSTERS, MIGRATIONS.size());
    }

    /**
     * Brings the tables up to date. Blocks, up to {@link #TURN_MAX} for another node that does the same; called once,
     * at the start.
     *
     * @throws IllegalStateException if Parley cannot run on the database; the text says what to do
     */
    public static void migrate(DataSource dataSource) {
        if (!check(dataSource)) {
            migrateAlone(dataSource);
            return;
        }
        // Flyway locks its table, but creates it and makes the first entry without a lock: of nodes that start at the
        // same time on an empty database, all but one would fail.
        try (Connection connection = dataSource.getConnection();
                Turn turn = new Turn(connection)) {
            turn.await();
            migrateAlone(dataSource);
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "Parley cannot start. It did not get its turn to create or migrate its tables within "
                            + TURN_MAX.toSeconds() + " s (" + e.getMessage()
                            + "). Perhaps another node is migrating a big database; start this one again when that"
                            + " node is ready.",
                    e);
        }
    }

    /** The time for which this node alone migrates: a transaction of another connection than Flyway's. */
    private record Turn(Connection connection) implements AutoCloseable {
        void await() throws SQLException {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("set local lock_timeout = " + TURN_MAX.toMillis());
                statement.execute("select pg_advisory_xact_lock(" + TURN + ")");
            }
        }

        @Override
        public void close() throws SQLException {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static void migrateAlone(DataSource dataSource) {
        Flyway.configure(new UnscannedLoader())
                .dataSource(dataSource)
                .table(HISTORY_TABLE)
                // The database may be shared with other applications.
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .resourceProvider(new Listed())
                // Otherwise Flyway scans the class path for db/migration too.
                .locations(new Location[0])
                .load()
                .migrate();
    }

    /**
     * @return whether several nodes may use the database
     * @throws IllegalStateException if Parley cannot run on the database; the text says what to do
     */
    private static boolean check(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            DatabaseMetaData database = connection.getMetaData();
            Optional<String> refusal = DatabaseRequirements.refusal(
                    database.getDatabaseProductName(), database.getDatabaseProductVersion());
            if (refusal.isPresent()) {
                throw new IllegalStateException("Parley cannot start. " + refusal.get());
            }
            if (isOfEarlierBuild(connection)) {
                throw new IllegalStateException(
                        "Parley cannot start. The database holds tables of an earlier build of Parley, from before"
                                + " its first release; this build cannot read them. " + remedy(database.getURL()));
            }
            return Transactions.isPostgres(database);
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "Parley cannot start. The database of the DataSource does not answer (" + e.getMessage()
                            + "). Start the database, or define another DataSource and set parley.datasource to its"
                            + " JNDI name; GlassFish's own default DataSource leads to an Apache Derby that does not"
                            + " run by itself.",
                    e);
        }
    }

    /** Earlier builds had tables of channels without kinds. */
    private static boolean isOfEarlierBuild(Connection connection) throws SQLException {
        return hasColumn(connection, "name") && !hasColumn(connection, "kind");
    }

    /** Whether the table of channels exists in the connection's schema and has this column. */
    private static boolean hasColumn(Connection connection, String column) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("""
                select 1 from information_schema.columns
                where table_schema = current_schema
                and table_name in ('PARLEY_CHANNEL', 'parley_channel') and column_name in (?, ?)
                """)) {
            // Both spellings: the lower() of H2 depends on the locale of the JVM.
            query.setString(1, column);
            query.setString(2, column.toUpperCase(Locale.ROOT));
            try (ResultSet found = query.executeQuery()) {
                return found.next();
            }
        }
    }

    /** @param url the database, as {@code jdbc:h2:file:/FOLDER/NAME;OPTIONS} or {@code jdbc:postgresql://...} */
    private static String remedy(String url) {
        return DatabaseRequirements.h2File(url)
                .map(file -> "Stop the server, remove the file '" + file + ".mv.db' and start again.")
                .orElseGet(() -> "Drop the tables whose names begin with 'parley_' in the database "
                        + DatabaseRequirements.withoutOptions(url) + " and start again.");
    }

    /**
     * The class loader of Parley without the folder that Flyway scans whatever its configuration is. Under Open Liberty
     * the folder would have to hold a file for Flyway, which otherwise logs an error.
     */
    private static final class UnscannedLoader extends ClassLoader {
        private static final String SCANNED = "db/callback";

        UnscannedLoader() {
            super(Schema.class.getClassLoader());
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            return name.equals(SCANNED) ? Collections.emptyEnumeration() : super.getResources(name);
        }
    }

    private static final class Listed implements ResourceProvider {
        @Override
        public LoadableResource getResource(String name) {
            return MIGRATIONS.contains(name) ? new Migration(name) : null;
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            return MIGRATIONS.stream()
                    .filter(name ->
                            name.startsWith(prefix) && Arrays.stream(suffixes).anyMatch(name::endsWith))
                    .<LoadableResource>map(Migration::new)
                    .toList();
        }
    }

    private static final class Migration extends LoadableResource {
        private final String name;

        Migration(String name) {
            this.name = name;
        }

        @Override
        public Reader read() {
            return new InputStreamReader(
                    Objects.requireNonNull(Schema.class.getResourceAsStream(name), name), StandardCharsets.UTF_8);
        }

        @Override
        public String getAbsolutePath() {
            return name;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return name;
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }
}
