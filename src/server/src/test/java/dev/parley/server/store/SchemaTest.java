package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
