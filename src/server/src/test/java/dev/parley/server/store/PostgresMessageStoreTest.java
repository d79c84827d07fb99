package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import java.time.Duration;
import java.time.InstantSource;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** On a real PostgreSQL. */
class PostgresMessageStoreTest extends MessageStoreContract {
    @Override
    DataSource empty() {
        return TestDatabase.postgres();
    }

    @Test
    void aReadOnlyServerIsSeenBeforeTheFirstMessage() {
        DataSource server = empty();
        Schema.migrate(server);
        Jdbi.create(server)
                .useHandle(sql -> sql.execute("do $$ begin execute format('alter database %I"
                        + " set default_transaction_read_only = on', current_database()); end $$"));
        try (MessageStore store = new MessageStore(
                new Database(server, Thread::new), KEEPS_ALL, Thread::new, InstantSource.system(), () -> "epoch")) {
            assertThat(store.ping()).failsWithin(Duration.ofSeconds(20));

            assertThat(store.problem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains("read-only"));
            assertThat(store.after(Channel.LOBBY, "user:anna", 0, 10, 1_000))
                    .as("readers go on")
                    .succeedsWithin(Duration.ofSeconds(20));
        }
    }
}
