package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
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
    void anEmptyDatabaseGetsTheTables() {
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

    @Test
    void migratingAgainChangesNothing() {
        Schema.migrate(database);
        Jdbi.create(database)
                .useHandle(
                        sql -> sql.execute("insert into parley_channel (name, epoch, head) values ('room:a', 'e', 7)"));

        Schema.migrate(database);

        assertThat(heads()).containsExactly(7L);
    }

    static Stream<Arguments> databases() {
        return Stream.of(
                Arguments.of(Named.of("H2", TestDatabase.h2())),
                Arguments.of(Named.of("PostgreSQL", TestDatabase.postgres())));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatTheFirstVersionStoredIsKept(DataSource database) {
        Jdbi jdbi = Jdbi.create(database);
        try (Handle sql = jdbi.open()) {
            run(sql, "V1__channels.sql");
            sql.execute("insert into parley_channel (name, epoch, head) values ('room:a', 'e', 3), ('room:b', 'e', 2),"
                    + " ('room:c', 'e', 0)");
            sql.execute(
                    "insert into parley_message values (1, 2, 'héé', current_timestamp), (1, 3, 'x', current_timestamp)");
            run(sql, "V2__groups_and_retention.sql");
            run(sql, "V3__attachments.sql");
            run(sql, "V4__no_check_for_each_row.sql");
            run(sql, "V5__unused_files.sql");
            run(sql, "V6__private_rooms.sql");
            run(sql, "V7__revocations.sql");
            run(sql, "V8__one_name_whatever_its_case.sql");

            assertThat(sql.createQuery("select oldest from parley_channel order by name")
                            .mapTo(Long.class)
                            .list())
                    .containsExactly(2L, 3L, 1L);
            assertThat(sql.createQuery("select bytes from parley_message order by seq")
                            .mapTo(Integer.class)
                            .list())
                    .containsExactly(5, 1);
        }
    }

    private static void run(Handle sql, String script) {
        try (InputStream text = Schema.class.getResourceAsStream(script)) {
            sql.createScript(new String(text.readAllBytes(), StandardCharsets.UTF_8))
                    .execute();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void tablesOfOtherApplicationsAreLeftAlone() {
        Jdbi.create(database).useHandle(sql -> {
            sql.execute("create table message (id int)");
            sql.execute("insert into message values (1)");
        });

        Schema.migrate(database);

        assertThat(tables()).contains("message", "parley_message");
        assertThat(heads()).isEmpty();
    }

    private List<String> tables() {
        return Jdbi.create(database).withHandle(sql -> sql.createQuery(
                        "select lower(table_name) from information_schema.tables where table_schema = 'PUBLIC'")
                .mapTo(String.class)
                .list());
    }

    private List<Long> heads() {
        return Jdbi.create(database).withHandle(sql -> sql.createQuery("select head from parley_channel")
                .mapTo(Long.class)
                .list());
    }
}
