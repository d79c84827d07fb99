package dev.parley.server.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
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

    @Test
    void migratingAgainChangesNothing() {
        Schema.migrate(database);
        Jdbi.create(database)
                .useHandle(
                        sql -> sql.execute("insert into parley_channel (name, epoch, head) values ('room:a', 'e', 7)"));

        Schema.migrate(database);

        assertThat(heads()).containsExactly(7L);
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
    void dataOfTheFirstVersionIsKept(DataSource database) {
        Jdbi jdbi = Jdbi.create(database);
        try (Handle sql = jdbi.open()) {
            run(sql, "V1__channels.sql");
            sql.execute("insert into parley_channel (name, epoch, head) values ('room:a', 'e', 3), ('room:b', 'e', 2),"
                    + " ('room:c', 'e', 0)");
            sql.execute("insert into parley_message values (1, 2, 'héé', current_timestamp),"
                    + " (1, 3, 'x', current_timestamp)");
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

    @ParameterizedTest
    @MethodSource("databases")
    void keysFromBeforeTheFoldingAreKept(DataSource database) {
        try (Handle sql = Jdbi.create(database).open()) {
            for (String script : List.of(
                    "V1__channels.sql",
                    "V2__groups_and_retention.sql",
                    "V3__attachments.sql",
                    "V4__no_check_for_each_row.sql",
                    "V5__unused_files.sql",
                    "V6__private_rooms.sql",
                    "V7__revocations.sql")) {
                run(sql, script);
            }
            sql.execute("insert into parley_token_user values ('Ben'), ('ben'), ('Straße'), ('STRASSE'), ('anna')");
            sql.execute("insert into parley_channel (name, epoch, head) values ('room:_a', 'e', 0),"
                    + " ('inbox:user:Ben', 'e', 7), ('inbox:user:ben', 'e', 1), ('inbox:guest:Gus', 'e', 2),"
                    + " ('inbox:user:anna', 'e', 3)");
            sql.execute("insert into parley_member values (1, 'user:Ben', true), (1, 'user:ben', false),"
                    + " (1, 'user:Straße', false)");
            sql.execute("insert into parley_read_mark values ('user:Ben', 1, 1), ('user:ben', 1, 2)");
            sql.execute("insert into parley_sent values ('guest:Gus', 'a', 1, current_timestamp, 'd')");
            sql.execute("insert into parley_attachment"
                    + " values ('f', 1, 'user:Ben', 'a', 'b', 1, true, current_timestamp, 1)");
            sql.execute("insert into parley_revocation values"
                    + " ('user:Ben', timestamp with time zone '2031-07-01 00:00:00Z'),"
                    + " ('user:ben', timestamp with time zone '2030-01-01 00:00:00Z')");
            run(sql, "V8__one_name_whatever_its_case.sql");
            FoldedKeys.fold(sql);

            assertThat(strings(sql, "select name || '=' || folded from parley_token_user order by name"))
                    .containsExactlyInAnyOrder("Ben=ben", "STRASSE=strasse", "anna=anna");
            assertThat(strings(sql, "select name || ' ' || head from parley_channel where name like 'inbox:%'"))
                    .containsExactlyInAnyOrder(
                            "inbox:user:ben 7", "inbox:former:3 1", "inbox:guest:gus 2", "inbox:user:anna 3");
            assertThat(strings(sql, "select member || ' ' || is_owner from parley_member"))
                    .extracting(String::toLowerCase)
                    .containsExactlyInAnyOrder("user:ben true", "user:strasse false");
            assertThat(strings(sql, "select reader from parley_read_mark")).containsExactly("user:ben");
            assertThat(strings(sql, "select sender from parley_sent")).containsExactly("guest:gus");
            assertThat(strings(sql, "select uploader from parley_attachment")).containsExactly("user:ben");
            assertThat(sql.createQuery("select revoked_at from parley_revocation where identity = 'user:ben'")
                            .mapTo(OffsetDateTime.class)
                            .one()
                            .getYear())
                    .isEqualTo(2031);
            assertThat(strings(sql, "select identity from parley_revocation")).containsExactly("user:ben");
        }
    }

    private static List<String> strings(Handle sql, String query) {
        return sql.createQuery(query).mapTo(String.class).list();
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
    void tablesOfOtherApplicationsAreUntouched() {
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
