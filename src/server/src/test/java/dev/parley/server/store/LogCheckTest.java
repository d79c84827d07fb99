package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.server.auth.RecordingLog;
import dev.parley.server.store.jdbc.AppendTables;
import dev.parley.server.store.jdbc.MessageTables;
import dev.parley.server.store.jdbc.NodeTables;
import dev.parley.server.store.model.Appended;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The database comes back without its last commits. */
class LogCheckTest extends MessageStoreContract {
    private final KnownCommits known = new KnownCommits();
    private final List<Channel> lost = new ArrayList<>();
    private String server = "first";
    private final LogCheck check =
            new LogCheck(known, new MessageTables(KEEPS_ALL), () -> "renewed", sql -> server, Optional.of("self"));
    private Set<String> others = Set.of();

    private Set<Channel> check() {
        LogCheck.Result result = get(threads.query(check::check));
        check.done(result);
        return result.lost();
    }

    private void stored(String id, Channel channel) {
        long seq = seq(append(id, channel));
        String json = contentsAsJson(channel).get((int) seq - 1);
        known.committed(channel, new Position(epoch(channel), seq), json, Optional.of(server));
    }

    private Appended append(String id, Channel channel) {
        return get(later(ANNA, id, List.of(channel), "content of " + id + " \uD83D\uDE00".repeat(100)));
    }

    private List<String> contentsAsJson(Channel channel) {
        return get(store.after(channel, Set.of(ANNA), 0, 100, MAX_BYTES)).entries().stream()
                .map(entry -> entry.message().json())
                .toList();
    }

    private void sql(String statement) {
        get(threads.query(sql -> sql.execute(statement)));
    }

    @Test
    void sameServerIsNotCompared() {
        check();
        stored("a", LOBBY);
        sql("update parley_channel set head = 0");
        assertThat(check()).isEmpty();
    }

    @Test
    void serverThatHasEverythingIsFine() {
        check();
        stored("a", LOBBY);
        stored("b", LOBBY);
        stored("c", ANNAS);
        server = "second";
        assertThat(check()).isEmpty();
        assertThat(epoch(LOBBY)).isNotEqualTo("renewed");
    }

    @Test
    void channelThatLacksItsLastMessageGetsANewEpoch() {
        check();
        check.onLost(lost::add);
        stored("a", LOBBY);
        stored("b", ANNAS);
        sql("delete from parley_message where channel_id = (select id from parley_channel where name = 'lobby')");
        sql("update parley_channel set head = 0 where name = 'lobby'");
        server = "second";
        assertThat(check()).containsExactly(LOBBY);
        assertThat(epoch(LOBBY)).isEqualTo("renewed");
        assertThat(epoch(ANNAS)).isNotEqualTo("renewed");
        assertThat(lost).containsExactly(LOBBY);

        server = "third";
        assertThat(check()).as("what was lost is not missed again").isEmpty();
    }

    @Test
    void anotherMessageInItsPlaceIsALossToo() {
        check();
        stored("a", LOBBY);
        sql("update parley_message set body = replace(body, '\"id\":\"a\"', '\"id\":\"b\"')");
        server = "second";
        assertThat(check()).containsExactly(LOBBY);
    }

    @Test
    void messageThatRetentionDeletedIsNotMissed() {
        check();
        stored("a", LOBBY);
        append("b", LOBBY);
        sql("delete from parley_message where seq = 1");
        sql("update parley_channel set oldest = 2");
        server = "second";
        assertThat(check()).isEmpty();
    }

    @Test
    void channelThatIsGoneAltogetherIsReported() {
        check();
        check.onLost(lost::add);
        known.committed(new Channel.Room("gone"), new Position("e", 5), "{}", Optional.of(server));
        server = "second";
        assertThat(check()).containsExactly(new Channel.Room("gone"));
        assertThat(lost).containsExactly(new Channel.Room("gone"));
    }

    /** A standby took over before this node heard of it, and another node has gone on from there. */
    @Test
    void messagesOfAnotherNodeDoNotHideWhatWasLost() {
        check();
        stored("a", LOBBY);
        stored("b", LOBBY);
        loseAllButTheFirst();
        assertThat(storedElsewhere("c", "second")).as("may be delivered").isFalse();
        assertThat(storedElsewhere("d", "second")).as("may be delivered").isFalse();
        assertThat(check()).containsExactly(LOBBY);
    }

    @Test
    void messageOfAnotherNodeIsMissedToo() {
        check();
        stored("a", LOBBY);
        assertThat(storedElsewhere("b", "first")).as("may be delivered").isTrue();
        loseAllButTheFirst();
        assertThat(check()).containsExactly(LOBBY);
    }

    /** Sent before the standby took over, and late: its node is gone, and cannot compare it. */
    @Test
    void messageThatIsHeardWhileTheLogIsComparedIsComparedNext() {
        check();
        stored("a", LOBBY);
        server = "second";
        LogCheck.Result begun = get(threads.query(check::check));
        check.committedElsewhere(LOBBY, new Position(epoch(LOBBY), 2), "lost", Optional.of("first"));
        check.done(begun);
        assertThat(check.isChecked("second")).isFalse();
        assertThat(check()).containsExactly(LOBBY);
        assertThat(check.isChecked("second")).isTrue();
    }

    /** An older node does not say which process has its message. */
    @Test
    void messageOfAnUnnamedProcessMeanwhileIsNoReasonToCompareAgain() {
        check();
        stored("a", LOBBY);
        server = "second";
        LogCheck.Result begun = get(threads.query(check::check));
        check.committedElsewhere(LOBBY, new Position(epoch(LOBBY), 2), "of an older node", Optional.empty());
        check.done(begun);
        assertThat(check.isChecked("second")).isTrue();
    }

    @Test
    void whatThisNodeAppendsMeanwhileIsNoReasonToCompareAgain() {
        check();
        stored("a", LOBBY);
        server = "second";
        LogCheck.Result begun = get(threads.query(check::check));
        stored("b", LOBBY);
        check.done(begun);
        assertThat(check.isChecked("second")).isTrue();
    }

    @Test
    void commitInTheNewEpochOutlivesTheLossBeforeIt() {
        check();
        stored("a", LOBBY);
        append("b", LOBBY);
        sql("delete from parley_message");
        sql("update parley_channel set head = 0");
        server = "second";
        LogCheck.Result begun = get(threads.query(check::check));
        known.committed(LOBBY, new Position("renewed", 1), "news", Optional.of("second"));
        check.done(begun);
        assertThat(known.has(LOBBY, new Position("renewed", 1))).isTrue();
    }

    /** @param process of the database, as the other node names it */
    private boolean storedElsewhere(String id, String process) {
        long seq = seq(append(id, LOBBY));
        String json = contentsAsJson(LOBBY).get((int) seq - 1);
        return check.committedElsewhere(LOBBY, new Position(epoch(LOBBY), seq), json, Optional.of(process));
    }

    /** The writer of a node, which tells what it has committed. */
    private GroupCommit writer() {
        return writer(LogBarrier.WAIT_MAX);
    }

    private GroupCommit writer(Duration waitMax) {
        return new GroupCommit(
                threads.transactions(),
                new AppendTables(() -> "epoch", MessageCodec::encode),
                Thread::new,
                () -> now,
                (channel, head) -> {},
                known,
                new LogBarrier(check, () -> others, waitMax),
                Optional.empty(),
                GroupCommit.CLOSE_DEADLINE);
    }

    private static Appended append(GroupCommit writer, String id) {
        return get(later(writer, id));
    }

    /** A standby takes over that has the first message only. */
    private void loseAllButTheFirst() {
        sql("delete from parley_message where seq > 1");
        sql("update parley_channel set head = 1 where name = 'lobby'");
        server = "second";
    }

    /** It knows that the first one is gone, and nothing of what that one knew. */
    @Test
    void nothingIsAppendedBeforeAllNodesHaveCompared() {
        try (GroupCommit writer = writer(Duration.ofHours(1))) {
            append(writer, "a");
            failOver(writer);
            others = Set.of("two", "three");
            // The growth log has found the new process before: it is the other nodes that are missing.
            check();
            CompletableFuture<Appended> outcome = later(writer, "b");
            await().until(() -> compared("second").contains("self"));
            noteCompared("two", "second");
            noteCompared("three", "first");
            assertThat(outcome).isNotDone();
            noteCompared("three", "second");
            assertThat(outcome).succeedsWithin(Duration.ofSeconds(20)).isInstanceOf(Appended.Stored.class);
        }
    }

    @Test
    void nodeThatDoesNotCompareIsTakenForGone() {
        try (GroupCommit writer = writer(Duration.ofMillis(1));
                RecordingLog log = RecordingLog.of(LogBarrier.class)) {
            others = Set.of("gone");
            assertThat(append(writer, "a")).isInstanceOf(Appended.Stored.class);
            assertThat(append(writer, "b")).isInstanceOf(Appended.Stored.class);
            assertThat(log.lines()).singleElement().asString().startsWith("WARNING The nodes [gone] did not compare");
        }
    }

    /** The next connection is to another process. */
    private void failOver(GroupCommit writer) {
        database.goDown();
        assertThat(append(writer, "unstored")).isEqualTo(new Appended.Unavailable());
        database.comeBack();
        server = "second";
    }

    private void noteCompared(String node, String process) {
        get(threads.query(sql -> {
            new NodeTables().noteCompared(sql, node, process);
            return null;
        }));
    }

    private Set<String> compared(String process) {
        return get(threads.query(sql -> new NodeTables().compared(sql, process)));
    }

    private static CompletableFuture<Appended> later(GroupCommit writer, String id) {
        CompletableFuture<Appended> outcome = new CompletableFuture<>();
        assertThat(writer.append(message(ANNA, id, List.of(LOBBY), "x"), () -> true, outcome::complete))
                .isTrue();
        return outcome;
    }

    @Test
    void commitThatWasAckedIsMissed() {
        try (GroupCommit writer = writer()) {
            append(writer, "a");
            assertThat(append(writer, "b")).isInstanceOf(Appended.Stored.class);
            loseAllButTheFirst();
            assertThat(check()).containsExactly(LOBBY);
            assertThat(epoch(LOBBY)).isEqualTo("renewed");
        }
    }

    /** Nobody has looked between the fail-over and the writer's next message. */
    @Test
    void writerComparesBeforeItAppendsOnANewConnection() {
        try (GroupCommit writer = writer()) {
            append(writer, "a");
            append(writer, "b");
            database.goDown();
            assertThat(append(writer, "unstored")).isEqualTo(new Appended.Unavailable());
            database.comeBack();
            loseAllButTheFirst();
            assertThat(append(writer, "c"))
                    .isInstanceOfSatisfying(Appended.Stored.class, stored -> assertThat(stored.copies())
                            .extracting(Appended.StoredCopy::position)
                            .containsExactly(new Position("renewed", 2)));
        }
    }

    /** Nobody was told that it was stored, so nobody has lost it. */
    @Test
    void commitWhoseAnswerWasLostIsNotMissed() {
        try (GroupCommit writer = writer()) {
            append(writer, "a");
            database.loseTheAnswerToTheNextCommit();
            assertThat(append(writer, "b")).isEqualTo(new Appended.Unavailable());
            assertThat(view(LOBBY).head().seq()).as("it was stored").isEqualTo(2);
            loseAllButTheFirst();
            assertThat(check()).isEmpty();
            assertThat(epoch(LOBBY)).isNotEqualTo("renewed");
        }
    }
}
