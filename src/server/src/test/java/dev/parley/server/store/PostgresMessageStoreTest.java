package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.MessageTables;
import dev.parley.server.store.jdbc.RecordedStatements;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.TestDatabase;
import dev.parley.server.store.jdbc.connections.BoundedConnections;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Rules of the store that hold on PostgreSQL only. */
class PostgresMessageStoreTest {
    @Test
    void readOnlyServerIsDetectedBeforeTheFirstMessage() {
        DataSource server = TestDatabase.postgres();
        Schema.migrate(server);
        Jdbi.create(server)
                .useHandle(sql -> sql.execute("do $$ begin execute format('alter database %I"
                        + " set default_transaction_read_only = on', current_database()); end $$"));
        try (MessageStore store = MessageStoreContract.keepingAll(server)) {
            assertThat(store.ping()).failsWithin(Duration.ofSeconds(20));

            assertThat(store.problem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains("read-only"));
            assertThat(store.after(Channel.Room.LOBBY, Set.of(UserKey.user("anna")), 0, 10, 1_000))
                    .as("readers go on")
                    .succeedsWithin(Duration.ofSeconds(20));
        }
    }

    @Test
    void statementHasTheSettingsOfATransactionAndLeavesNone() throws SQLException {
        String settings = "select current_setting('enable_seqscan') || current_setting('statement_timeout')";
        try (Connection only = TestDatabase.postgres().getConnection();
                Database database = new Database(new OneConnection(only), Thread::new)) {
            // More often than it takes until the driver prepares the statements on the server.
            for (int i = 0; i < 20; i++) {
                assertThat(database.statements(sql ->
                                sql.createQuery(settings).mapTo(String.class).one()))
                        .succeedsWithin(Duration.ofSeconds(20))
                        .isEqualTo("off10s");
            }
            try (Statement plain = only.createStatement();
                    ResultSet left = plain.executeQuery(settings)) {
                left.next();
                assertThat(left.getString(1)).isEqualTo("on0");
            }
        }
    }

    /** A standby took over before this node heard of it, and another node has gone on from there. */
    @Test
    void pageOfAnotherServerProcessDoesNotHideWhatWasLost() {
        DataSource server = TestDatabase.postgres();
        Schema.migrate(server);
        Jdbi admin = Jdbi.create(server);
        CompletableFuture<Channel> lost = new CompletableFuture<>();
        try (MessageStore one = MessageStoreContract.keepingAll(server, Optional.of("one"));
                MessageStore two = MessageStoreContract.keepingAll(server, Optional.of("two"))) {
            one.onLost(lost::complete);
            assertThat(appendToLobby(one, "a")).succeedsWithin(Duration.ofSeconds(20));
            assertThat(appendToLobby(one, "b")).succeedsWithin(Duration.ofSeconds(20));
            admin.useHandle(sql -> {
                sql.execute("delete from parley_message where seq = 2");
                sql.execute("update parley_channel set head = 1 where name = 'lobby'");
                actAsAnotherProcess(sql);
            });
            assertThat(appendToLobby(two, "c")).succeedsWithin(Duration.ofSeconds(20));
            assertThat(appendToLobby(two, "d")).succeedsWithin(Duration.ofSeconds(20));
            assertThat(one.after(Channel.Room.LOBBY, Set.of(UserKey.user("anna")), 2, 10, 1_000))
                    .succeedsWithin(Duration.ofSeconds(20))
                    .satisfies(page -> assertThat(page.head().seq()).isEqualTo(3));
            one.checkLog("the other process");
            assertThat(lost).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(Channel.Room.LOBBY);
        }
    }

    /** A standby took over that lacks what one node has acked, and the other node knows nothing of it. */
    @Test
    void nothingIsAppendedAfterAFailOverBeforeAllNodesHaveCompared() {
        DataSource server = TestDatabase.postgres();
        Schema.migrate(server);
        AtomicInteger epochs = new AtomicInteger();
        Supplier<String> epoch = () -> "epoch-" + epochs.incrementAndGet();
        try (MessageStore one = MessageStoreContract.keepingAll(server, Optional.of("one"), epoch);
                MessageStore two = MessageStoreContract.keepingAll(server, Optional.of("two"), epoch)) {
            Position acked = position(appendToLobby(one, "a"));
            Position lost = position(appendToLobby(one, "b"));
            Jdbi.create(server).useHandle(sql -> {
                sql.execute("delete from parley_message where seq = 2");
                sql.execute("update parley_channel set head = 1 where name = 'lobby'");
                actAsAnotherProcess(sql);
            });
            // Later than the writer of the other node could have appended.
            two.waitFor(() -> {
                one.checkLog("the other process");
                return Set.of("one");
            });

            Position next = position(appendToLobby(two, "c"));
            assertThat(next.seq()).isEqualTo(lost.seq());
            assertThat(next.epoch()).isNotEqualTo(acked.epoch());
        }
    }

    private static Position position(CompletableFuture<Appended> outcome) {
        Appended.Stored stored = (Appended.Stored) MessageStoreContract.get(outcome);
        return stored.copies().get(0).position();
    }

    /** Its messages are of the time before its last start. */
    @Test
    void nodeOnItsOwnMissesWhatItHasReadOnly() {
        DataSource server = TestDatabase.postgres();
        Schema.migrate(server);
        try (MessageStore before = MessageStoreContract.keepingAll(server)) {
            assertThat(appendToLobby(before, "a")).succeedsWithin(Duration.ofSeconds(20));
            assertThat(appendToLobby(before, "b")).succeedsWithin(Duration.ofSeconds(20));
        }
        CompletableFuture<Channel> lost = new CompletableFuture<>();
        try (MessageStore store = MessageStoreContract.keepingAll(server)) {
            store.onLost(lost::complete);
            store.checkLog("its process");
            assertThat(store.after(Channel.Room.LOBBY, Set.of(UserKey.user("anna")), 0, 10, 1_000))
                    .succeedsWithin(Duration.ofSeconds(20));
            Jdbi.create(server).useHandle(sql -> {
                sql.execute("delete from parley_message where seq = 2");
                sql.execute("update parley_channel set head = 1 where name = 'lobby'");
                actAsAnotherProcess(sql);
            });
            store.checkLog("the other process");
            assertThat(lost).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(Channel.Room.LOBBY);
        }
    }

    /** New connections see a server that was started at another time. */
    private static void actAsAnotherProcess(Handle sql) {
        sql.execute("create schema another");
        sql.execute("create function another.pg_postmaster_start_time() returns timestamptz language sql"
                + " as 'select timestamptz ''2000-01-01'''");
        sql.execute("do $$ begin execute format('alter database %I"
                + " set search_path = another, public, pg_catalog', current_database()); end $$");
    }

    @Test
    void firstMarkAndOwnMessageDoNotDeadlock() {
        RecordedStatements server = new RecordedStatements(TestDatabase.postgres());
        Schema.migrate(server);
        Jdbi admin = Jdbi.create(server);
        // Longer than the deadline of a statement, so that a deadlock fails one of the two.
        admin.useHandle(sql -> sql.execute("do $$ begin execute format('alter database %I"
                + " set deadlock_timeout = ''60s''', current_database()); end $$"));
        MessageTables tables = new MessageTables(MessageStoreContract.KEEPS_ALL);
        try (Database database = new Database(server, Thread::new);
                MessageStore store = new MessageStore(
                        database,
                        MessageStoreContract.KEEPS_ALL,
                        Thread::new,
                        InstantSource.system(),
                        () -> "epoch",
                        MessageCodec::encode,
                        Optional.empty())) {
            store.open(UserKey.user("anna"), List.of(Channel.Room.LOBBY))
                    .toCompletableFuture()
                    .join();
            CompletableFuture<CompletableFuture<Optional<Long>>> mark = new CompletableFuture<>();
            // The channel is locked then, and the marks are about to be written.
            server.before("insert into parley_message", () -> {
                mark.complete(database.query(sql -> tables.mark(sql, Channel.Room.LOBBY, UserKey.user("anna"), 1)));
                Awaitility.await().until(() -> isSomebodyWaitingForALock(admin));
            });
            CompletableFuture<Appended> outcome = new CompletableFuture<>();
            List<Channel> channels = List.of(Channel.Room.LOBBY);
            ContentDigest content = ContentDigest.of("chat", channels, List.of(Optional.of("x")));
            store.append(
                    new Append(
                            UserKey.user("anna"),
                            new MessageId("a"),
                            channels,
                            content,
                            (channel, seq, sentAt) -> new ServerMessage.Chat(
                                    "lobby", seq, "a", "anna", Optional.empty(), "x", sentAt, Optional.empty())),
                    () -> true,
                    outcome::complete);

            assertThat(outcome).succeedsWithin(Duration.ofSeconds(20)).isInstanceOf(Appended.Stored.class);
            assertThat(mark.thenCompose(asked -> asked))
                    .succeedsWithin(Duration.ofSeconds(20))
                    .isEqualTo(Optional.of(1L));
        }
    }

    /** Without a timeout of the driver, and without an end of the line: nothing but Parley ends the wait. */
    @Test
    void silentLineToTheDatabaseIsGivenUp() {
        PGSimpleDataSource server = (PGSimpleDataSource) TestDatabase.postgres();
        Schema.migrate(server);
        try (SilentLine line = SilentLine.to(server.getPortNumbers()[0])) {
            server.setServerNames(new String[] {"127.0.0.1"});
            server.setPortNumbers(new int[] {line.port()});
            assertThat(server.getSocketTimeout()).as("of the driver").isZero();
            RecordedStatements recorded = new RecordedStatements(server);
            try (MessageStore store = MessageStoreContract.keepingAll(recorded)) {
                // On a connection that works, so that the driver waits for no handshake.
                recorded.before("insert into parley_message", () -> line.beSilent(true));
                assertThat(appendToLobby(store, "a"))
                        .as("twice the time, because this machine may be slow")
                        .succeedsWithin(BoundedConnections.ANSWER_MAX.multipliedBy(2))
                        .isEqualTo(new Appended.Unavailable());

                line.beSilent(false);
                Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                                MessageStoreContract.get(appendToLobby(store, "a")))
                        .isInstanceOfAny(Appended.Stored.class, Appended.Duplicate.class));
            }
        }
    }

    private static CompletableFuture<Appended> appendToLobby(MessageStore store, String id) {
        return MessageStoreContract.later(
                store, MessageStoreContract.message(UserKey.user("anna"), id, List.of(Channel.Room.LOBBY), "content"));
    }

    private static boolean isSomebodyWaitingForALock(Jdbi admin) {
        return admin.withHandle(sql -> sql.createQuery("select count(*) > 0 from pg_stat_activity"
                        + " where datname = current_database() and wait_event_type = 'Lock'")
                .mapTo(Boolean.class)
                .one());
    }

    /** A pool of one connection, which is never closed. */
    private static final class OneConnection extends PGSimpleDataSource {
        private static final long serialVersionUID = 1L;

        private final transient Connection only;

        OneConnection(Connection only) {
            this.only = only;
        }

        @Override
        public Connection getConnection() {
            return (Connection) Proxy.newProxyInstance(
                    OneConnection.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    (self, method, arguments) ->
                            method.getName().equals("close") ? null : method.invoke(only, arguments));
        }
    }
}
