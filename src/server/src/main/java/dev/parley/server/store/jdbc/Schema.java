package dev.parley.server.store.jdbc;

import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;

/**
 * Creates and migrates the tables. Migrations are listed one by one, because Flyway's scan of the class path has missed
 * them inside WildFly's virtual file system (flyway/flyway#3667).
 */
public final class Schema {
    private static final List<String> MIGRATIONS = List.of(
            "V1__channels.sql",
            "V2__groups_and_retention.sql",
            "V3__attachments.sql",
            "V4__no_check_for_each_row.sql",
            "V5__unused_files.sql",
            "V6__private_rooms.sql",
            "V7__revocations.sql",
            "V8__one_name_whatever_its_case.sql",
            "V10__nodes.sql");
    private static final int POSTGRES_MIN = 15;
    private static final String HISTORY_TABLE = "parley_schema";

    private Schema() {}

    /** Brings the tables up to date. Blocks; called once, at the start. */
    public static void migrate(DataSource dataSource) {
        checkVersion(dataSource);
        Flyway.configure(Schema.class.getClassLoader())
                .dataSource(dataSource)
                .table(HISTORY_TABLE)
                // The database may be shared with other applications.
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .resourceProvider(new Listed())
                .javaMigrations(new FoldedKeys())
                .load()
                .migrate();
    }

    /** @throws IllegalStateException if the database is too old to run Parley's statements */
    private static void checkVersion(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            DatabaseMetaData database = connection.getMetaData();
            if (Transactions.isPostgres(database) && database.getDatabaseMajorVersion() < POSTGRES_MIN) {
                throw new IllegalStateException("Parley needs PostgreSQL " + POSTGRES_MIN
                        + " or newer, which has MERGE; the DataSource leads to PostgreSQL "
                        + database.getDatabaseProductVersion() + ".");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("The database of the DataSource does not answer.", e);
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
