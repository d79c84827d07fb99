package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.backplane.GrowthLog;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.NodeTables;
import dev.parley.server.store.model.Appended;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one node learns of another one from the database. */
class GrowthStoreTest extends MessageStoreContract {
    private MessageStore other;
    private GrowthStore growth;
    /** Of the node that was started last. */
    private NodeLease lease;

    @BeforeEach
    void openOther() {
        other = node("other");
        growth = new GrowthStore(threads, "this", new DatabaseClock(InstantSource.system()));
    }

    /** The store of another node, with a lease. */
    private MessageStore node(String id) {
        Database others = new Database(database, Thread::new, uptime::get);
        lease = NodeLeaseTest.lease(others, id, true);
        lease.take();
        return new MessageStore(
                others,
                KEEPS_ALL,
                Thread::new,
                () -> now,
                () -> "epoch-" + epochs.incrementAndGet(),
                MessageCodec::encode,
                Optional.of(id));
    }

    @AfterEach
    void closeOther() {
        other.close();
    }

    private void append(String id, Channel... channels) {
        get(later(other, message(ANNA, id, List.of(channels), "x")));
    }

    private GrowthLog.Growth since(GrowthLog.Mark mark) {
        return get(growth.since(mark));
    }

    @Test
    void growthIsReadOnce() {
        append("a", LOBBY);
        append("b", LOBBY);
        append("c", ANNAS, BERTAS);
        GrowthLog.Growth first = since(GrowthLog.Mark.START);
        assertThat(first.heads()).isEqualTo(Map.of(LOBBY, 2L, ANNAS, 1L, BERTAS, 1L));
        assertThat(since(first.mark()).heads()).isEmpty();

        append("d", LOBBY);
        assertThat(since(first.mark()).heads()).isEqualTo(Map.of(LOBBY, 3L));
    }

    @Test
    void ownGrowthIsNoNews() {
        append("a", LOBBY);
        assertThat(get(new GrowthStore(threads, "other", new DatabaseClock(InstantSource.system()))
                                .since(GrowthLog.Mark.START))
                        .heads())
                .isEmpty();
    }

    @Test
    void duplicateIsNoGrowth() {
        append("a", LOBBY);
        GrowthLog.Mark mark = since(GrowthLog.Mark.START).mark();
        append("a", LOBBY);
        assertThat(since(mark).heads()).isEmpty();
    }

    @Test
    void nodeThatGaveItsLeaseBackIsReadToTheEnd() {
        append("a", LOBBY);
        GrowthLog.Mark mark = since(GrowthLog.Mark.START).mark();
        append("b", LOBBY);
        lease.close();
        assertThat(since(mark).heads()).isEqualTo(Map.of(LOBBY, 2L));
    }

    @Test
    void commitWhoseAnswerWasLostIsLoggedAgain() throws Exception {
        append("a", LOBBY);
        AutoCloseable stalled = database.stallTheNextCommit();
        get(later(other, message(ANNA, "b", List.of(LOBBY), "x")));
        GrowthLog.Mark mark = since(GrowthLog.Mark.START).mark();
        stalled.close();
        other.resolveUncertainCommits();
        append("c", BERTAS);
        assertThat(since(mark).heads()).containsEntry(LOBBY, 2L);
    }

    /** A number from the database would be taken before the commit, and be skipped here. */
    @Test
    void commitOfAFrozenNodeIsReadAfterLaterOnesOfOthers() throws InterruptedException {
        try (MessageStore third = node("third")) {
            append("a", LOBBY);
            get(later(third, message(UserKey.user("berta"), "a", List.of(BERTAS), "x")));
            GrowthLog.Mark mark = since(GrowthLog.Mark.START).mark();
            database.holdTheNextCommit();
            CompletableFuture<Appended> frozen = later(other, message(ANNA, "b", List.of(LOBBY), "frozen"));
            database.awaitHeldCommit();
            get(later(third, message(UserKey.user("berta"), "b", List.of(BERTAS), "later")));
            GrowthLog.Growth meanwhile = since(mark);
            assertThat(meanwhile.heads()).isEqualTo(Map.of(BERTAS, 2L));

            database.release();
            assertThat(seq(get(frozen))).isEqualTo(2);
            assertThat(since(meanwhile.mark()).heads()).isEqualTo(Map.of(LOBBY, 2L));
        }
    }

    @Test
    void statesAreThoseOfTheDatabase() {
        append("a", LOBBY);
        append("b", LOBBY);
        assertThat(get(growth.states(Set.of(LOBBY, ANNAS))))
                .isEqualTo(Map.of(LOBBY, new Backlog.State(new Position(epoch(LOBBY), 2), 0)));
    }

    @Test
    void renewedEpochIsReadOnce() {
        append("a", LOBBY, ANNAS);
        get(other.renewEpoch(ANNAS));
        GrowthLog.Growth first = since(GrowthLog.Mark.START);
        assertThat(first.changed())
                .as("it was before this node's first readers")
                .isEmpty();

        get(other.renewEpoch(LOBBY));
        GrowthLog.Growth second = since(first.mark());
        assertThat(second.changed()).containsExactly(LOBBY);
        assertThat(second.isAllChanged()).isFalse();
        assertThat(since(second.mark()).changed()).isEmpty();

        get(other.renewEpochs());
        GrowthLog.Growth third = since(second.mark());
        assertThat(third.isAllChanged()).isTrue();
        assertThat(since(third.mark()).isAllChanged()).isFalse();
    }

    @Test
    void changesAreKeptForAMinute() {
        append("a", LOBBY);
        GrowthLog.Mark mark = since(GrowthLog.Mark.START).mark();
        get(other.renewEpoch(LOBBY));
        lease.renew();
        assertThat(since(mark).changed()).containsExactly(LOBBY);

        get(threads.query(sql -> sql.execute("update parley_change set at = at - interval '61' second")));
        lease.take();
        assertThat(since(mark).changed()).isEmpty();
    }

    @Test
    void rowsAreKeptForAMinute() {
        append("a", LOBBY);
        get(growth.trim());
        assertThat(since(GrowthLog.Mark.START).heads()).isEqualTo(Map.of(LOBBY, 1L));

        get(threads.query(sql -> sql.execute("update parley_growth set at = at - interval '61' second")));
        get(growth.trim());
        assertThat(since(GrowthLog.Mark.START).heads()).isEmpty();
    }

    @Test
    void whatNodesThatAreGoneHaveComparedIsForgotten() {
        NodeTables nodes = new NodeTables();
        for (String node : List.of("other", "gone")) {
            get(threads.query(sql -> {
                nodes.noteCompared(sql, node, "process");
                return null;
            }));
        }
        get(growth.trim());
        assertThat(compared("process")).contains("other", "gone");

        get(threads.query(sql -> sql.execute("update parley_compared set at = at - interval '61' minute")));
        get(growth.trim());
        assertThat(compared("process")).containsExactly("other");
    }

    private Set<String> compared(String process) {
        return get(threads.query(sql -> new NodeTables().compared(sql, process)));
    }
}
