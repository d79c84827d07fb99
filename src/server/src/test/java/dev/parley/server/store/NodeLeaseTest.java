package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.parley.server.auth.RecordingLog;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.jdbc.TestDatabase;
import dev.parley.server.store.model.ListedNode;
import dev.parley.server.store.model.NodeReport;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests two nodes on one database. */
@Timeout(60)
class NodeLeaseTest {
    private final List<Database> opened = new ArrayList<>();
    private final RecordingLog log = RecordingLog.of(NodeLease.class);

    static Stream<Arguments> databases() {
        return Stream.of(
                Arguments.of(Named.of("H2", new SwitchedDatabase(TestDatabase.h2()))),
                Arguments.of(Named.of("PostgreSQL", new SwitchedDatabase(TestDatabase.postgres()))));
    }

    @AfterEach
    void close() {
        opened.forEach(Database::close);
        log.close();
    }

    private NodeLease node(DataSource database, String id) {
        Database own = new Database(database, Thread::new);
        opened.add(own);
        return lease(own, id, false);
    }

    /** A node without sessions and problems. */
    static NodeLease lease(Database database, String id, boolean isCluster) {
        return lease(database, id, isCluster, () -> new NodeReport(0, false, Optional.empty()));
    }

    private static NodeLease lease(Database database, String id, boolean isCluster, Supplier<NodeReport> report) {
        return new NodeLease(database, new NodeLease.Self(id, id + "@host", "1.2.3", isCluster), report);
    }

    /** A node whose lease is stored, so that others find it. */
    private NodeLease running(DataSource database, String id) {
        NodeLease node = node(database, id);
        node.renew();
        await().until(() -> nodes(database).contains(id));
        return node;
    }

    private static List<String> nodes(DataSource database) {
        return Jdbi.create(database).withHandle(sql -> sql.createQuery("select id from parley_node order by id")
                .mapTo(String.class)
                .list());
    }

    /** Expires a lease, as 20 s without a renewal do. */
    private static void endLease(DataSource database, String id) {
        Jdbi.create(database)
                .useHandle(sql -> sql.execute(
                        "update parley_node set lease_until = current_timestamp - interval '1' second where id = ?",
                        id));
    }

    private static void awaitProblem(NodeLease node) {
        await().until(() -> {
            node.renew();
            return node.problem().isPresent();
        });
    }

    private static void awaitNoProblem(NodeLease node) {
        await().until(() -> {
            node.renew();
            return node.problem().isEmpty();
        });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void oneNodeIsTheFirstUntilItEnds(DataSource database) {
        Schema.migrate(database);
        NodeLease one = running(database, "one");
        assertThat(one.isFirst()).isTrue();
        NodeLease three = running(database, "three");
        await().until(() -> {
            one.renew();
            three.renew();
            return one.isFirst() && !three.isFirst();
        });

        await().until(() -> {
            // Again: its last renewal may be under way.
            endLease(database, "one");
            three.renew();
            return three.isFirst();
        });
    }

    /** Its lease is over soon, as those of all nodes after the database was away; what it knows is not. */
    @ParameterizedTest
    @MethodSource("databases")
    void nodeIsRememberedForTwentyFourListsAndWhileTheDatabaseIsAway(SwitchedDatabase database) {
        Schema.migrate(database);
        NodeLease one = node(database, "one");
        NodeLease two = node(database, "two");
        two.take();
        one.take();
        assertThat(one.recentOthers()).containsExactly("two");
        endLease(database, "two");
        database.goDown();
        for (int i = 0; i < 30; i++) {
            assertThatThrownBy(one::take).isInstanceOf(StoreUnavailable.class);
        }
        database.comeBack();
        for (int i = 0; i < 23; i++) {
            one.take();
            assertThat(one.recentOthers()).containsExactly("two");
        }
        one.take();
        assertThat(one.recentOthers()).isEmpty();
    }

    @Test
    void singleNodeHasNoProblem() {
        SwitchedDatabase database = new SwitchedDatabase(TestDatabase.h2());
        Schema.migrate(database);
        NodeLease only = running(database, "a");
        int before = database.transactions();
        await().until(() -> {
            only.renew();
            return database.transactions() > before + 3;
        });
        assertThat(only.problem()).isEmpty();
        assertThat(log.lines()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void bothNodesReportThatThereAreTwo(SwitchedDatabase database) {
        Schema.migrate(database);
        NodeLease first = running(database, "a");
        NodeLease second = node(database, "b");
        awaitProblem(second);
        assertThat(second.problem().orElseThrow()).contains("Other nodes that use the same database: 1.");
        await().untilAsserted(() -> assertThat(log.lines())
                .singleElement()
                .asString()
                .startsWith("WARNING ANOTHER NODE USES THE SAME DATABASE: a@host, started at 20"));
        awaitProblem(first);
    }

    @Test
    void eachChangeIsLoggedOnce() {
        SwitchedDatabase database = new SwitchedDatabase(TestDatabase.h2());
        Schema.migrate(database);
        NodeLease first = running(database, "a");
        NodeLease second = node(database, "b");
        awaitProblem(second);
        int before = database.transactions();
        await().until(() -> {
            second.renew();
            return database.transactions() > before + 3;
        });
        first.close();
        awaitNoProblem(second);
        await().untilAsserted(() ->
                assertThat(log.lines()).extracting(line -> line.split(" ")[0]).containsExactly("WARNING", "INFO"));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void leaseOfAKilledNodeExpires(SwitchedDatabase database) {
        Schema.migrate(database);
        running(database, "killed");
        NodeLease restarted = node(database, "restarted");
        awaitProblem(restarted);
        endLease(database, "killed");
        awaitNoProblem(restarted);
        assertThat(nodes(database)).containsExactly("restarted");
    }

    @ParameterizedTest
    @MethodSource("databases")
    void cleanStopReleasesTheLease(SwitchedDatabase database) {
        Schema.migrate(database);
        NodeLease node = running(database, "a");
        node.renew();
        node.close();
        assertThat(nodes(database)).isEmpty();
        node.renew();
        assertThat(nodes(database)).as("no lease after the end").isEmpty();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void nodeThatLostItsLeaseTakesItAgain(SwitchedDatabase database) {
        Schema.migrate(database);
        NodeLease first = running(database, "a");
        endLease(database, "a");
        running(database, "b");
        await().until(() -> nodes(database).equals(List.of("b")));
        awaitProblem(first);
        assertThat(nodes(database)).containsExactly("a", "b");
    }

    @ParameterizedTest
    @MethodSource("databases")
    void nodesTellEachOtherOfTheirSessions(SwitchedDatabase database) {
        Schema.migrate(database);
        AtomicInteger sessions = new AtomicInteger(7);
        Database own = new Database(database, Thread::new);
        opened.add(own);
        NodeLease first =
                lease(own, "a", true, () -> new NodeReport(sessions.get(), sessions.get() == 0, Optional.empty()));
        first.renew();
        await().until(() -> nodes(database).contains("a"));
        List<NodeReport> seen = new CopyOnWriteArrayList<>();
        NodeLease second = node(database, "b");
        second.onReports(reports -> {
            seen.clear();
            seen.addAll(reports);
        });
        await().until(() -> {
            second.renew();
            return seen.equals(List.of(new NodeReport(7, false, Optional.empty())));
        });

        sessions.set(0);
        await().until(() -> {
            first.renew();
            second.renew();
            return seen.equals(List.of(new NodeReport(0, true, Optional.empty())));
        });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void eachNodeIsListedWithItsLastReport(SwitchedDatabase database) {
        Schema.migrate(database);
        Database own = new Database(database, Thread::new);
        opened.add(own);
        AtomicReference<NodeReport> report = new AtomicReference<>(new NodeReport(0, false, Optional.empty()));
        NodeLease first = lease(own, "a", true, report::get);
        first.take();
        running(database, "b");
        assertThat(listed(first))
                .extracting(ListedNode::id, ListedNode::name, ListedNode::version, ListedNode::backplane)
                .containsExactly(tuple("a", "a@host", "1.2.3", "redis"), tuple("b", "b@host", "1.2.3", "local"));
        assertThat(listed(first).get(0)).satisfies(node -> {
            assertThat(node.startedAt()).isCloseTo(node.seenAt(), within(10, ChronoUnit.SECONDS));
            assertThat(node.report()).isEqualTo(report.get());
        });

        report.set(new NodeReport(7, true, Optional.of("x".repeat(2_000))));
        first.renew();
        await().untilAsserted(() -> assertThat(listed(first).get(0).report())
                .isEqualTo(new NodeReport(7, true, Optional.of("x".repeat(1_000)))));
    }

    private static List<ListedNode> listed(NodeLease lease) {
        return lease.nodes()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void killedNodeIsNotListedAfterItsLease(SwitchedDatabase database) {
        Schema.migrate(database);
        NodeLease first = running(database, "a");
        running(database, "killed");
        endLease(database, "killed");
        assertThat(listed(first)).extracting(ListedNode::id).containsExactly("a");
    }

    @Test
    void unavailableDatabaseIsQueriedOnceAndBlocksNobody() throws InterruptedException {
        SwitchedDatabase database = new SwitchedDatabase(TestDatabase.h2());
        Schema.migrate(database);
        Database own = new Database(database, Thread::new);
        opened.add(own);
        NodeLease node = lease(own, "a", false);
        database.hold();
        node.renew();
        database.awaitHeld();
        int asked = database.transactions();
        for (int i = 0; i < 100; i++) {
            node.renew();
        }
        // Starts after all queries of the lease.
        own.query(sql -> sql.execute("select 1"));
        await().until(() -> database.transactions() > asked);
        assertThat(database.transactions()).isEqualTo(asked + 1);
        node.close();
        database.release();
    }
}
