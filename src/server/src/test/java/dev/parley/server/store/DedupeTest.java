package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.RecordedStatements;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The deduplication of retried messages, also after a commit with an unknown result. */
class DedupeTest extends MessageStoreContract {
    @Test
    void duplicateGetsTheFirstPosition() {
        Appended.Stored first = (Appended.Stored) append("a", "one");
        append("b", "two");
        settle();
        List<Appended.StoredCopy> told = new CopyOnWriteArrayList<>();
        store.onStored(told::add);
        now = now.plusSeconds(60);

        assertThat(append("a", "one")).isEqualTo(new Appended.Duplicate(first.position()));
        settle();
        assertThat(told).isEmpty();
        assertThat(contents(LOBBY)).containsExactly("one", "two");
    }

    @Test
    void sameIdWithOtherContentIsAConflict() {
        append("a", "one");

        assertThat(append("a", "another")).isEqualTo(new Appended.Conflict());
        assertThat(append(ANNA, "a", List.of(new Channel.Room("other")), "one")).isEqualTo(new Appended.Conflict());
        assertThat(contents(LOBBY)).containsExactly("one");
    }

    @Test
    void idsBelongToTheirSender() {
        append("a", "one");

        assertThat(seq(append(UserKey.guest("anna"), "a", List.of(LOBBY), "one")))
                .isEqualTo(2);
    }

    @Test
    void duplicateIsFoundAfterARestart() {
        Append again = message(ANNA, "a", List.of(LOBBY), "one");
        Appended first = get(later(store, again));
        Position head = get(store.open(ANNA, List.of(LOBBY))).get(LOBBY).head();
        store.close();

        store = open(database, KEEPS_ALL);

        assertThat(get(later(store, again))).isEqualTo(new Appended.Duplicate(((Appended.Stored) first).position()));
        assertThat(get(store.open(ANNA, List.of(LOBBY))).get(LOBBY).head()).isEqualTo(head);
    }

    @Test
    void duplicateInOneGroupIsStoredOnce() throws InterruptedException {
        appendMany(1);
        database.holdTheNext();
        later(ANNA, "first", List.of(LOBBY), "x");
        database.awaitHeld();
        CompletableFuture<Appended> one = later(ANNA, "a", List.of(LOBBY), "one");
        CompletableFuture<Appended> again = later(ANNA, "a", List.of(LOBBY), "one");
        CompletableFuture<Appended> other = later(ANNA, "a", List.of(LOBBY), "other");
        database.release();

        assertThat(get(again)).isEqualTo(new Appended.Duplicate(((Appended.Stored) get(one)).position()));
        assertThat(get(other)).isEqualTo(new Appended.Conflict());
    }

    /** Each group that failed would be stored again one by one, and its senders wait for that. */
    @Test
    void resendThroughAnotherNodeDoesNotBreakUpItsGroup() throws InterruptedException {
        appendMany(1);
        RecordedStatements recorded = new RecordedStatements(database.unswitched());
        SwitchedDatabase others = new SwitchedDatabase(recorded);
        try (MessageStore other = open(others, KEEPS_ALL)) {
            others.holdTheNextCommit();
            later(other, message(UserKey.user("berta"), "first", List.of(BERTAS), "x"));
            others.awaitHeldCommit();
            database.holdTheNextCommit();
            CompletableFuture<Appended> first = later(ANNA, "a", List.of(LOBBY), "one");
            database.awaitHeldCommit();

            CompletableFuture<Appended> again = later(other, message(ANNA, "a", List.of(LOBBY), "one"));
            CompletableFuture<Appended> next = later(other, message(ANNA, "b", List.of(LOBBY), "two"));
            // What the other node reads before it has locked the room does not show the message.
            recorded.before("for update", database::release);
            int before = others.transactions();
            others.release();

            Appended.AckPosition position = ((Appended.Stored) get(first)).position();
            assertThat(get(again)).isEqualTo(new Appended.Duplicate(position));
            assertThat(seq(get(next))).isEqualTo(position.seq() + 1);
            assertThat(others.transactions() - before)
                    .as("one for the whole group")
                    .isEqualTo(1);
        }
    }

    @Test
    void uncertainCommitIsNotAckedButItsHeadIsReported() {
        appendMany(1);
        Map<Channel, Long> grown = new ConcurrentHashMap<>();
        store.onHead(grown::put);
        database.loseTheAnswerToTheNextCommit();

        assertThat(append("a", "committed all the same")).isEqualTo(new Appended.Unavailable());
        store.resolveUncertainCommits();
        Awaitility.await().untilAsserted(() -> assertThat(grown).containsExactly(Map.entry(LOBBY, 2L)));
        assertThat(append("a", "committed all the same")).isInstanceOf(Appended.Duplicate.class);
        assertThat(contents(LOBBY)).hasSize(2);
    }

    @Test
    void commitThatEndsAfterItsTimeoutIsReported() throws Exception {
        Map<Channel, Long> grown = new ConcurrentHashMap<>();
        store.onHead(grown::put);
        append("before", "x");
        AutoCloseable stalled = database.stallTheNextCommit();
        assertThat(append("a", "late")).isEqualTo(new Appended.Unavailable());
        store.resolveUncertainCommits();
        assertThat(get(store.exists(LOBBY, UserKey.user("anna"))))
                .as("the store goes on")
                .isTrue();
        assertThat(grown).as("nobody knows yet").isEmpty();

        stalled.close();
        store.resolveUncertainCommits();
        Awaitility.await().untilAsserted(() -> assertThat(grown).containsExactly(Map.entry(LOBBY, 2L)));
        grown.clear();
        assertThat(append("a", "late")).isInstanceOf(Appended.Duplicate.class);
        Awaitility.await("who sends again wakes those who read")
                .untilAsserted(() -> assertThat(grown).containsExactly(Map.entry(LOBBY, 2L)));
    }
}
