package dev.parley.server.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseRequirementsTest {
    private static final Path TEMPORARY = Path.of("/var/tmp");

    @ParameterizedTest
    @CsvSource({
        "H2, 2.2.220 (2023-07-04)",
        "H2, 2.3.232 (2024-08-11)",
        "H2, 3.0.0",
        "PostgreSQL, 15.0",
        "PostgreSQL, 16beta1",
        "PostgreSQL, 18.1 (Debian 18.1-1.pgdg13+2)",
    })
    void databaseWithAllThatTheStatementsNeedIsSupported(String product, String version) {
        assertThat(DatabaseRequirements.refusal(product, version)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "H2, 2.1.214 (2022-06-13), needs H2 2.2 or newer",
        "H2, 1.4.200, needs H2 2.2 or newer",
        "H2, unknown, needs H2 2.2 or newer",
        "PostgreSQL, 14.12, needs PostgreSQL 15 or newer",
        "PostgreSQL, 9.6.24, needs PostgreSQL 15 or newer",
        "MySQL, 8.4.0, runs on PostgreSQL 15 or newer and on H2 2.2 or newer",
        "Apache Derby, 10.15.2.0 - (1873585), GlassFish's own default DataSource",
    })
    void otherDatabaseIsRefusedWithTheRemedy(String product, String version, String text) {
        assertThat(DatabaseRequirements.refusal(product, version)).hasValueSatisfying(refusal -> assertThat(refusal)
                .contains(text)
                .contains("leads to " + product + " " + version)
                .contains("set parley.datasource to its JNDI name"));
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:h2:file:/srv/parley/parley, WRITE_DELAY, 0",
        "jdbc:h2:/var/tmporary/parley, WRITE_DELAY, 0",
        "jdbc:h2:file:/srv/parley/parley, MAX_COMPACT_TIME, 0",
        "jdbc:h2:~/parley, WRITE_DELAY, 0",
        "jdbc:h2:tcp://db.example/parley, WRITE_DELAY, 0",
        "jdbc:postgresql://db.example/mem:, synchronous_commit, on",
        "jdbc:postgresql://db.example/parley, synchronous_commit, remote_write",
        "jdbc:postgresql://db.example/parley, fsync, on",
    })
    void durableDatabaseIsNotWarnedOf(String url, String setting, String value) {
        assertThat(DatabaseRequirements.durabilityWarnings(url, Map.of(setting, value), TEMPORARY))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:h2:mem:test;PASSWORD=hush, WRITE_DELAY, 0, database jdbc:h2:mem:test is in memory, parley.datasource",
        "jdbc:h2:mem:test, WRITE_DELAY, 500, is in memory, parley.datasource",
        "jdbc:h2:nioMemLZ:test, WRITE_DELAY, 0, is in memory, parley.datasource",
        "jdbc:h2:tcp://db.example:9092/mem:test, WRITE_DELAY, 0, is in memory, parley.datasource",
        "jdbc:h2:/var/tmp/a/db;PASSWORD=hush, WRITE_DELAY, 0, file /var/tmp/a/db is in the folder, parley.datasource",
        "jdbc:h2:file:/srv/../var/tmp/db, WRITE_DELAY, 0, file /var/tmp/db is in the folder, parley.datasource",
        "jdbc:h2:file:/srv/db;PASSWORD=hush, WRITE_DELAY, 500, jdbc:h2:file:/srv/db writes, ;WRITE_DELAY=0 to the URL",
        "jdbc:h2:tcp://db.example/db, WRITE_DELAY, 10, up to 10 ms later, ;WRITE_DELAY=0 to the URL",
        "jdbc:h2:/srv/db;PASSWORD=hush, MAX_COMPACT_TIME, 200, /srv/db compacts its file, ;RETENTION_TIME=0 to the URL",
        "jdbc:postgresql://db/p?password=hush, fsync, off, jdbc:postgresql://db/p runs with fsync=off, Set fsync=on",
        "jdbc:postgresql://db/p, synchronous_commit, off, with synchronous_commit=off, Set synchronous_commit=on",
    })
    void databaseThatMayLoseMessagesIsNamedWithTheRemedy(
            String url, String setting, String value, String problem, String remedy) {
        assertThat(DatabaseRequirements.durabilityWarnings(url, Map.of(setting, value), TEMPORARY))
                .singleElement()
                .asString()
                .contains(problem, remedy)
                .doesNotContain("hush");
    }

    @Test
    void everyReasonIsNamed() {
        assertThat(DatabaseRequirements.durabilityWarnings(
                        "jdbc:h2:file:/var/tmp/db", Map.of("WRITE_DELAY", "500"), TEMPORARY))
                .hasSize(2);
    }

    @Test
    void settingsAreReadFromTheDatabaseItself(@TempDir Path folder) {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL("jdbc:h2:file:" + folder.resolve("default"));
        assertThat(warnings(h2))
                .hasSize(3)
                .anyMatch(warning -> warning.contains("up to 500 ms"))
                .anyMatch(warning -> warning.contains("compacts its file"));
        h2.setURL("jdbc:h2:file:" + folder.resolve("durable") + ";WRITE_DELAY=0;MAX_COMPACT_TIME=0");
        assertThat(warnings(h2)).singleElement().asString().contains(folder.resolve("durable") + " is in the folder");
        assertThat(warnings(TestDatabase.h2())).singleElement().asString().contains("in memory");
        assertThat(warnings(TestDatabase.postgres()))
                .as("the tests' PostgreSQL runs without fsync")
                .anyMatch(warning -> warning.contains("fsync=off"));
    }

    private static List<String> warnings(DataSource source) {
        try (Database database = new Database(source, Thread::new)) {
            return database.durabilityWarnings();
        }
    }
}
