package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.DatabaseState;
import dev.parley.server.store.model.Appended;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Outages of the database, and the threads that query it. */
class StoreOutageTest extends MessageStoreContract {
    @Test
    void databaseOutageIsReportedAndRecoversByItself() {
        database.goDown();
        assertThat(append("a", "one")).isEqualTo(new Appended.Unavailable());
        assertUnavailable(store.open(ANNA, List.of(LOBBY)));
        assertUnavailable(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 1, MAX_BYTES));
        assertUnavailable(store.history(LOBBY, UserKey.user("anna"), 1, 1, 1));
        assertUnavailable(store.mark(LOBBY, ANNA, 1));
        assertUnavailable(store.rooms(ANNA, 1));
        assertUnavailable(guests.holder("anna"));
        assertUnavailable(store.rememberTokenUser("anna"));
        assertUnavailable(store.exists(LOBBY, UserKey.user("anna")));

        database.comeBack();
        assertThat(seq(append("a", "one"))).isEqualTo(1);
        assertThat(contents(LOBBY)).containsExactly("one");
    }

    @Test
    void eachChangeOfAvailabilityIsLoggedOnce() {
        try (Recorder log = new Recorder(DatabaseState.class)) {
            append("a", "one");
            for (int i = 0; i < 2; i++) {
                database.goDown();
                append("b", "two");
                append("c", "three");
                database.comeBack();
                // Stored behind the writer's last look at the database that was down, which may still be running.
                append("back-" + i, "three and a half");
                uptime.addAndGet(DatabaseState.QUIET_BEFORE_OVER.toNanos());
                append("d-" + i, "four");
                append("e-" + i, "five");
            }
            assertThat(log.levels()).containsExactly("WARNING", "INFO", "WARNING", "INFO");
        }
    }

    @Test
    void databaseThatReadsButDoesNotStoreIsLoggedOnce() {
        append("a", "one");
        try (Recorder log = new Recorder(DatabaseState.class)) {
            for (int i = 0; i < 5; i++) {
                database.failWith("53100");
                assertThat(append("full-" + i, "x")).isEqualTo(new Appended.Unavailable());
                database.comeBack();
                assertThat(contents(LOBBY)).containsExactly("one");
            }

            assertThat(store.problem()).isPresent();
            assertThat(log.levels()).containsExactly("WARNING");
        }
    }

    @Test
    void readersWaitForTheRepairOfARefusingDatabase() {
        append("a", "one");
        rename("parley_message", "parley_elsewhere");
        try {
            assertThat(store.after(LOBBY, Set.of(ANNA), 0, 10, MAX_BYTES).handle((page, failure) -> failure))
                    .succeedsWithin(Duration.ofSeconds(20))
                    .satisfies(
                            failure -> assertThat(store.isUnavailable(failure)).isTrue());
        } finally {
            rename("parley_elsewhere", "parley_message");
        }
        assertThat(store.isUnavailable(new IllegalStateException("a bug"))).isFalse();
    }

    @Test
    void refusedStatementIsReportedOnce() {
        append("a", "one");
        try (Recorder log = new Recorder(DatabaseState.class);
                Recorder writersLog = new Recorder(GroupCommit.class)) {
            rename("parley_sent", "parley_elsewhere");
            List<CompletableFuture<Appended>> refused = IntStream.range(0, 20)
                    .mapToObj(i -> later(ANNA, "id-" + i, List.of(LOBBY), "x"))
                    .toList();

            assertThat(refused).allSatisfy(outcome -> assertThat(get(outcome)).isEqualTo(new Appended.Failed()));
            assertThat(contents(LOBBY)).as("readers go on").containsExactly("one");
            assertThat(store.problem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains("refuses a statement"));
            assertThat(log.levels()).containsExactly("WARNING");
            assertThat(writersLog.levels()).isEmpty();

            rename("parley_elsewhere", "parley_sent");
            assertThat(append("id-0", "x")).isInstanceOf(Appended.Stored.class);
            assertThat(store.problem())
                    .as("beside others it may be refused still")
                    .isPresent();
            uptime.addAndGet(Duration.ofSeconds(10).toNanos());
            assertThat(append("id-1", "x")).isInstanceOf(Appended.Stored.class);
            assertThat(store.problem()).isEmpty();
            assertThat(log.levels()).containsExactly("WARNING", "INFO");
        }
    }

    @Test
    void readOnlyDatabaseIsReportedAndRetried() {
        append("a", "one");
        try (Recorder log = new Recorder(DatabaseState.class)) {
            database.failWith("25006");
            assertThat(append("b", "two")).isEqualTo(new Appended.Unavailable());
            assertThat(append("c", "three")).isEqualTo(new Appended.Unavailable());
            assertThat(store.problem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains("read-only"));
            database.comeBack();
            assertThat(seq(append("b", "two"))).isEqualTo(2);
            uptime.addAndGet(Duration.ofSeconds(10).toNanos());
            settle();
            assertThat(store.problem()).isEmpty();
            assertThat(log.levels()).containsExactly("WARNING", "INFO");
        }
    }

    @Test
    void pingReportsWhetherTheDatabaseAnswers() {
        assertThat(store.ping()).succeedsWithin(Duration.ofSeconds(5));

        database.goDown();
        assertThat(store.ping()).failsWithin(Duration.ofSeconds(5));

        database.comeBack();
        assertThat(store.ping()).succeedsWithin(Duration.ofSeconds(5));

        database.hold();
        assertThat(store.ping().toCompletableFuture()).isNotDone();
    }

    @Test
    void transactionsAreAlwaysReadCommitted() {
        database.isolateBy(Connection.TRANSACTION_SERIALIZABLE);
        Database threads = new Database(database, Thread::new);
        try {
            int isolation = get(threads.query(sql -> {
                try {
                    return sql.getConnection().getTransactionIsolation();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }));
            assertThat(isolation).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
        } finally {
            threads.close();
        }
    }

    @Test
    void closeLetsRunningTransactionsEnd() throws InterruptedException {
        Database threads = new Database(database, Thread::new);
        database.hold();
        int before = database.transactions();
        AtomicInteger done = new AtomicInteger();
        CompletableFuture<Boolean> underWay = threads.run(() -> {
            threads.transactions().run(sql -> done.incrementAndGet());
            // A second transaction, as trimming has.
            threads.transactions().run(sql -> done.incrementAndGet());
            return true;
        });
        List<CompletableFuture<Integer>> others =
                IntStream.range(0, 5).mapToObj(i -> threads.query(sql -> i)).toList();
        Awaitility.await().until(() -> database.transactions() - before == 3);
        Thread closing = new Thread(threads::close);
        closing.start();
        Awaitility.await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        database.release();
        closing.join();

        assertUnavailable(underWay);
        assertThat(done)
                .as("the transaction under way ended, no other one began")
                .hasValue(1);
        assertThat(others.subList(0, 2)).as("under way").allSatisfy(MessageStoreContract::get);
        assertThat(others.subList(2, 5)).as("waiting").allSatisfy(MessageStoreContract::assertUnavailable);
    }

    @Test
    void errorInAQueryReachesItsCaller() {
        Database threads = new Database(database, Thread::new);
        assertThat(threads.run(() -> {
                    throw new OutOfMemoryError("expected by this test");
                }))
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(OutOfMemoryError.class);
        threads.close();
    }

    private void rename(String table, String name) {
        Jdbi.create(database).useHandle(sql -> sql.execute("alter table " + table + " rename to " + name));
    }

    /** Records the log levels of a class. */
    private static final class Recorder extends Handler implements AutoCloseable {
        private final List<String> levels = new CopyOnWriteArrayList<>();
        private final Logger logger;

        Recorder(Class<?> logging) {
            logger = Logger.getLogger(logging.getName());
            logger.addHandler(this);
        }

        List<String> levels() {
            return levels;
        }

        @Override
        public void publish(LogRecord entry) {
            levels.add(entry.getLevel().toString());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
        }
    }
}
