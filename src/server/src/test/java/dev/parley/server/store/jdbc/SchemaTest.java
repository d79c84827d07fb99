package dev.parley.server.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.server.auth.RecordingLog;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.time.Duration;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaTest {
    private final JdbcDataSource database = new JdbcDataSource();

    @BeforeEach
    void create() {
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    }

    @Test
    void emptyDatabaseGetsTheTables() {
        Schema.migrate(database);

        assertThat(tables())
                .contains(
                        "parley_channel",
                        "parley_message",
                        "parley_sent",
                        "parley_read_mark",
                        "parley_token_user",
                        "parley_schema");
    }

    /**
     * Each message changes the head of its channel, and retention the oldest. PostgreSQL updates a row within its page
     * (HOT) if no index has a changed column; otherwise each message would write to all indexes of the channel, and
     * leave behind in them what must be vacuumed.
     */
    @Test
    void noIndexHasWhatMessagesChangeOfTheirChannel() {
        DataSource postgres = TestDatabase.postgres();
        Schema.migrate(postgres);

        List<String> indexes = Jdbi.create(postgres)
                .withHandle(sql -> sql.createQuery("select indexdef from pg_indexes where tablename = 'parley_channel'")
                        .mapTo(String.class)
                        .list());
        assertThat(indexes).anyMatch(index -> index.endsWith(" (kind, name)")).allSatisfy(index -> assertThat(index)
                .doesNotContainPattern("\\b(head|oldest)\\b"));
    }

    @Test
    void migratingAgainChangesNothing() {
        Schema.migrate(database);
        Jdbi.create(database)
                .useHandle(sql -> sql.execute(
                        "insert into parley_channel (kind, name, epoch, head) values ('ROOM', 'a', 'e', 7)"));

        Schema.migrate(database);

        assertThat(heads(database)).containsExactly(7L);
    }

    @Test
    void nodesThatStartAtTheSameTimeOnAnEmptyDatabaseAllStart() {
        DataSource shared = TestDatabase.postgres();
        ExecutorService nodes = Executors.newFixedThreadPool(8);
        try {
            List<CompletableFuture<Void>> starts = Stream.generate(
                            () -> CompletableFuture.runAsync(() -> Schema.migrate(shared), nodes))
                    .limit(8)
                    .toList();
            assertThat(starts).allSatisfy(start -> assertThat(start).succeedsWithin(Duration.ofMinutes(1)));
        } finally {
            nodes.shutdownNow();
        }
    }

    /** Nodes of the version before run beside a newer one while the nodes of a cluster are upgraded one by one. */
    @Test
    void stepsSinceTheFirstClusterOnlyAdd() throws IOException {
        for (String step : Schema.stepsOfRollingUpgrades()) {
            for (String statement : statements(step)) {
                assertThat(statement)
                        .as("A statement of %s must leave what older nodes read and write as it is", step)
                        .matches("(create (table|(unique )?index) \\w+ .*)"
                                + "|(alter table \\w+ add column (?!.*(not null|unique|references)).*)"
                                + "|(alter table \\w+ add column \\w+ [^,]* default [^,]* not null)"
                                + "|(insert into .*)");
            }
        }
    }

    private static List<String> statements(String step) throws IOException {
        try (InputStream text = Objects.requireNonNull(Schema.class.getResourceAsStream(step), step)) {
            return Arrays.stream(new String(text.readAllBytes(), StandardCharsets.UTF_8)
                            .replaceAll("(?m)--.*$", "")
                            .split(";"))
                    .map(statement -> statement.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT))
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        }
    }

    @Test
    void localeWithItsOwnLowerCaseChangesNothing() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try {
            Schema.migrate(database);
            Schema.migrate(database);
            assertThat(heads(database)).isEmpty();
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void postgresWithoutMergeIsRefused() {
        DatabaseMetaData old = answering(
                DatabaseMetaData.class,
                Map.of(
                        "getDatabaseProductName", "PostgreSQL",
                        "getDatabaseMajorVersion", 14,
                        "getDatabaseProductVersion", "14.12"));
        Connection connection = answering(Connection.class, Map.of("getMetaData", old));

        assertThatThrownBy(() -> Schema.migrate(answering(DataSource.class, Map.of("getConnection", connection))))
                .hasMessageContaining("PostgreSQL 15 or newer")
                .hasMessageContaining("14.12");
    }

    @Test
    void dataSourceWithoutItsDatabaseIsNamedWithTheRemedy() {
        SwitchedDatabase away = new SwitchedDatabase(database);
        away.goDown();

        assertThatThrownBy(() -> Schema.migrate(away))
                .hasMessageContaining("Parley cannot start. The database of the DataSource does not answer (")
                .hasMessageContaining("The database is down.")
                .hasMessageContaining("set parley.datasource to its JNDI name");
    }

    @Test
    void migrationLogsNoProblem() {
        try (RecordingLog log = RecordingLog.ofPackage("org.flywaydb")) {
            Schema.migrate(database);
            Schema.migrate(database);

            assertThat(log.lines())
                    .anyMatch(line -> line.contains("Successfully applied"))
                    .noneMatch(line -> line.startsWith("WARNING") || line.startsWith("SEVERE"));
        }
    }

    /** Flyway logs an error for each folder that Open Liberty's class loader does not list. */
    @Test
    void migrationScansNoFolderOfTheClassPath() throws ReflectiveOperationException {
        RecordingLoader loader = new RecordingLoader();
        loader.loadClass(Schema.class.getName())
                .getMethod("migrate", DataSource.class)
                .invoke(null, database);

        assertThat(heads(database)).isEmpty();
        assertThat(loader.asked)
                .anyMatch(name -> name.endsWith("V1__schema.sql"))
                .noneMatch(name -> name.startsWith("db/"));
    }

    /** Defines the classes of the package anew, and records the names of the resources that are looked for. */
    private static final class RecordingLoader extends ClassLoader {
        private final List<String> asked = new CopyOnWriteArrayList<>();

        RecordingLoader() {
            super(Schema.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            boolean isOwn = name.startsWith(Schema.class.getPackageName() + ".");
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null || !isOwn ? super.loadClass(name, resolve) : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream in = Objects.requireNonNull(getResourceAsStream(name.replace('.', '/') + ".class"))) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        @Override
        public URL getResource(String name) {
            asked.add(name);
            return super.getResource(name);
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            asked.add(name);
            return super.getResources(name);
        }
    }

    /** @param answers results by method name; all other methods return null */
    private static <T> T answering(Class<T> type, Map<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.get(method.getName())));
    }

    static Stream<Arguments> databases() {
        return Stream.of(
                Arguments.of(Named.of("H2", TestDatabase.h2())),
                Arguments.of(Named.of("PostgreSQL", TestDatabase.postgres())));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void databaseOfAnEarlierBuildIsRefusedAndUntouched(DataSource old) {
        Jdbi.create(old).useHandle(sql -> {
            sql.execute("create table parley_channel (id bigint primary key, name varchar(200), head bigint)");
            sql.execute("insert into parley_channel values (1, 'room:a', 7)");
        });

        assertThatThrownBy(() -> Schema.migrate(old))
                .hasMessageContaining("earlier build of Parley")
                .hasMessageContaining("Drop the tables whose names begin with 'parley_' in the database jdbc:");

        assertThat(heads(old)).containsExactly(7L);
    }

    @Test
    void fileOfAnEarlierBuildIsNamed(@TempDir Path folder) {
        database.setURL("jdbc:h2:file:" + folder.resolve("parley") + ";WRITE_DELAY=0");
        Jdbi.create(database).useHandle(sql -> sql.execute("create table parley_channel (name varchar(200))"));

        assertThatThrownBy(() -> Schema.migrate(database))
                .hasMessageContaining("remove the file '" + folder.resolve("parley.mv.db") + "'");
    }

    /** The second step counts the files of a database that was made by the first one. */
    @ParameterizedTest
    @MethodSource("databases")
    void filesFromBeforeTheirUsageWasCountedAreCounted(DataSource old) {
        Schema.migrate(old);
        Jdbi.create(old).useHandle(sql -> {
            undoGuests(sql);
            sql.execute("delete from \"parley_schema\" where \"version\" = '2'");
            sql.execute("drop table parley_file_usage");
            sql.execute("alter table parley_attachment drop column guest_address");
            sql.execute("insert into parley_channel (kind, name, epoch, head) values ('ROOM', 'a', 'e', 0)");
            for (String file : List.of("'1', id, 'user:ana'", "'2', id, 'user:ana'", "'3', id, 'user:ben'")) {
                sql.execute("insert into parley_attachment"
                        + " (id, channel_id, uploader, name, media_type, bytes, is_complete, created_at) select " + file
                        + ", 'n', 't', 5, true, current_timestamp from parley_channel");
            }
        });

        Schema.migrate(old);

        Map<String, Long> usage = Jdbi.create(old)
                .withHandle(sql -> sql.createQuery("select owner, bytes from parley_file_usage")
                        .map((row, context) -> Map.entry(row.getString("owner"), row.getLong("bytes")))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        assertThat(usage).isEqualTo(Map.of("all", 15L, "key:user:ana", 10L, "key:user:ben", 5L));
    }

    private static void undoGuests(Handle sql) {
        sql.execute("delete from \"parley_schema\" where \"version\" = '6'");
        sql.execute("drop table parley_compared");
        sql.execute("delete from \"parley_schema\" where \"version\" = '5'");
        sql.execute("drop table parley_last_revocation");
        sql.execute("drop index parley_revocation_by_number");
        sql.execute("alter table parley_revocation drop column number");
        sql.execute("delete from \"parley_schema\" where \"version\" = '4'");
        sql.execute("drop table parley_growth");
        sql.execute("drop table parley_change");
        sql.execute("drop table parley_ticket_key");
        sql.execute("drop table parley_cluster");
        for (String column : List.of("backplane", "version", "sessions", "is_draining", "problem")) {
            sql.execute("alter table parley_node drop column " + column);
        }
        sql.execute("drop table parley_ticket_use");
        sql.execute("delete from \"parley_schema\" where \"version\" = '3'");
        sql.execute("drop table parley_guest");
        sql.execute("drop index parley_read_mark_by_channel");
    }

    /** The third step deletes the inboxes of guests whose keys were their names. */
    @ParameterizedTest
    @MethodSource("databases")
    void inboxesOfGuestsFromBeforeTheyHadIdsAreDeleted(DataSource old) {
        Schema.migrate(old);
        Jdbi.create(old).useHandle(sql -> {
            undoGuests(sql);
            for (String owner : List.of("guest:ana", "user:ana")) {
                sql.execute("insert into parley_channel (kind, name, epoch, head) values ('INBOX', ?, 'e', 1)", owner);
                sql.execute(
                        "insert into parley_message (channel_id, seq, body, sent_at, bytes)"
                                + " select id, 1, 'x', current_timestamp, 1 from parley_channel where name = ?",
                        owner);
                sql.execute(
                        "insert into parley_read_mark (reader, channel_id, seq)"
                                + " select name, id, 1 from parley_channel where name = ?",
                        owner);
            }
        });

        Schema.migrate(old);

        List<String> left = Jdbi.create(old)
                .withHandle(sql -> sql.createQuery("""
                        select name from parley_channel
                        union all select c.name from parley_message m join parley_channel c on c.id = m.channel_id
                        union all select reader from parley_read_mark
                        """).mapTo(String.class).list());
        assertThat(left).containsOnly("user:ana").hasSize(3);
        int messages = Jdbi.create(old).withHandle(sql -> sql.createQuery("select count(*) from parley_message")
                .mapTo(Integer.class)
                .one());
        assertThat(messages).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void tablesInAnotherSchemaDoNotMatter(DataSource shared) {
        Jdbi.create(shared).useHandle(sql -> {
            sql.execute("create schema other_application");
            sql.execute("create table other_application.parley_channel (name varchar(200))");
        });

        Schema.migrate(shared);

        assertThat(heads(shared)).isEmpty();
    }

    @Test
    void tablesOfOtherApplicationsAreUntouched() {
        Jdbi.create(database).useHandle(sql -> {
            sql.execute("create table message (id int)");
            sql.execute("insert into message values (1)");
        });

        Schema.migrate(database);

        assertThat(tables()).contains("message", "parley_message");
        assertThat(heads(database)).isEmpty();
    }

    private List<String> tables() {
        return Jdbi.create(database).withHandle(sql -> sql.createQuery(
                        "select lower(table_name) from information_schema.tables where table_schema = 'PUBLIC'")
                .mapTo(String.class)
                .list());
    }

    private static List<Long> heads(DataSource database) {
        return Jdbi.create(database).withHandle(sql -> sql.createQuery("select head from parley_channel")
                .mapTo(Long.class)
                .list());
    }
}
