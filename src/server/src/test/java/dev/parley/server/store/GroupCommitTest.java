package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.RecordingLog;
import dev.parley.server.store.jdbc.AppendTables;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.MessageTables;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The transactions of the writer: messages that wait are committed together. */
class GroupCommitTest extends MessageStoreContract {
    @Test
    void badMessageDoesNotFailOthersInItsGroup() {
        database.holdTheNext();
        CompletableFuture<Appended> first = later(ANNA, "first", List.of(LOBBY), "x");
        List<CompletableFuture<Appended>> group = IntStream.range(0, 20)
                .mapToObj(i -> later(
                        store,
                        new Append(
                                ANNA,
                                new MessageId("id-" + i),
                                List.of(LOBBY),
                                ContentDigest.of("chat", List.of(LOBBY), List.of()),
                                (channel, seq, sentAt) -> {
                                    if (i == 7) {
                                        throw new IllegalStateException("provoked");
                                    }
                                    return chat(channel, seq, "id-" + i, "message " + i, sentAt);
                                })))
                .toList();
        database.release();

        assertThat(seq(get(first))).isEqualTo(1);
        assertThat(get(group.get(7))).isEqualTo(new Appended.Failed());
        assertThat(group)
                .filteredOn(outcome -> get(outcome) instanceof Appended.Stored)
                .hasSize(19);
        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 100, MAX_BYTES)))
                .isEqualTo(LongStream.rangeClosed(1, 20).boxed().toList());
    }

    @Test
    void waitingMessagesAreCommittedTogether() throws InterruptedException {
        appendMany(1);
        database.holdTheNext();
        later(ANNA, "first", List.of(LOBBY), "x");
        database.awaitHeld();
        List<CompletableFuture<Appended>> group = IntStream.range(0, 100)
                .mapToObj(i -> later(ANNA, "id-" + i, List.of(LOBBY), "x"))
                .toList();
        int before = database.transactions();
        database.release();
        group.forEach(MessageStoreContract::get);

        assertThat(database.transactions() - before).isEqualTo(1);
    }

    @Test
    void newChannelsOfAGroupAreCreatedTogether() throws InterruptedException {
        appendMany(1);
        database.holdTheNext();
        later(ANNA, "first", List.of(LOBBY), "x");
        database.awaitHeld();
        List<CompletableFuture<Appended>> group = IntStream.range(0, 50)
                .mapToObj(i -> later(ANNA, "id-" + i, List.of(i % 2 == 0 ? LOBBY : new Channel.Room("new-" + i)), "x"))
                .toList();
        int transactions = database.transactions();
        int made = epochs.get();
        database.release();

        assertThat(group).allSatisfy(outcome -> assertThat(get(outcome)).isInstanceOf(Appended.Stored.class));
        assertThat(database.transactions() - transactions)
                .as("it finds some missing, makes them, stores all")
                .isEqualTo(3);
        assertThat(epochs.get() - made).as("only those that are missing").isEqualTo(25);
    }

    @Test
    void twoNodesThatCreateTheSameChannelsBothStore() {
        try (MessageStore other = open(database, KEEPS_ALL)) {
            List<CompletableFuture<Appended>> both = IntStream.range(0, 200)
                    .mapToObj(i -> later(
                            i % 2 == 0 ? store : other,
                            message(UserKey.user("" + i), "id", List.of(new Channel.Room("new-" + i / 2)), "x")))
                    .toList();

            assertThat(both).allSatisfy(outcome -> assertThat(get(outcome)).isInstanceOf(Appended.Stored.class));
        }
    }

    @Test
    void nextGroupIsStoredWhileTheLastIsReported() throws InterruptedException {
        List<String> told = new CopyOnWriteArrayList<>();
        CountDownLatch mayGoOn = new CountDownLatch(1);
        store.append(message(ANNA, "a", List.of(LOBBY), "one"), () -> true, outcome -> {
            await(mayGoOn);
            told.add("one");
        });
        store.append(message(ANNA, "b", List.of(LOBBY), "two"), () -> true, outcome -> told.add("two"));

        Awaitility.await().until(() -> contents(LOBBY).equals(List.of("one", "two")));
        assertThat(told).isEmpty();
        mayGoOn.countDown();
        Awaitility.await().until(() -> told.equals(List.of("one", "two")));
    }

    @Test
    void refusalIsReportedInOrderAndBeforeTheNextIsAsked() {
        List<String> events = new CopyOnWriteArrayList<>();
        CountDownLatch mayGoOn = new CountDownLatch(1);
        store.append(message(ANNA, "a", List.of(LOBBY), "one"), () -> true, outcome -> {
            await(mayGoOn);
            events.add("told one");
        });
        Awaitility.await().until(() -> contents(LOBBY).equals(List.of("one")));
        BooleanSupplier no = () -> {
            mayGoOn.countDown();
            return false;
        };
        store.append(message(ANNA, "b", List.of(LOBBY), "two"), no, outcome -> events.add("told two"));
        Awaitility.await().until(() -> events.contains("told two"));
        BooleanSupplier yes = () -> {
            events.add("asked three");
            return true;
        };
        store.append(message(ANNA, "c", List.of(LOBBY), "three"), yes, outcome -> events.add("told three"));
        Awaitility.await().until(() -> events.contains("told three"));

        assertThat(events.stream().distinct()).containsExactly("told one", "told two", "asked three", "told three");
    }

    @Test
    void connectionIsKeptDuringWorkAndReturnedAfterwards() {
        append("a", "one");
        int before = database.connections();
        appendMany(5);
        assertThat(database.connections()).isEqualTo(before);
        Awaitility.await().until(() -> database.lent() == 0);
        append("b", "two");
        assertThat(database.connections()).isEqualTo(before + 1);
    }

    @Test
    void brokenConnectionIsReturned() {
        append("a", "one");
        database.goDown();
        append("b", "two");
        assertThat(database.lent()).isZero();
    }

    @Test
    void closeCountsMessagesThatWereNotStoredAndNothingElse() throws InterruptedException {
        try (Database stores = new Database(database, Thread::new);
                RecordingLog log = RecordingLog.of(GroupCommit.class)) {
            GroupCommit writer = new GroupCommit(
                    stores.transactions(),
                    new AppendTables(() -> "epoch", MessageCodec::encode),
                    Thread::new,
                    () -> now,
                    (channel, head) -> {},
                    new KnownCommits(),
                    new LogBarrier(
                            new LogCheck(
                                    new KnownCommits(),
                                    new MessageTables(KEEPS_ALL),
                                    () -> "epoch",
                                    sql -> "the same",
                                    Optional.empty()),
                            Set::of,
                            LogBarrier.WAIT_MAX),
                    Optional.empty(),
                    Duration.ofMillis(1));
            database.hold();
            writer.append(message(ANNA, "a", List.of(LOBBY), "in a transaction"), () -> true, outcome -> {});
            database.awaitHeld();
            writer.runAfterAppends(() -> {});
            writer.append(message(ANNA, "b", List.of(LOBBY), "in the queue"), () -> true, outcome -> {});
            writer.runAfterAppends(() -> {});
            writer.close();
            database.release();

            assertThat(log.lines()).containsExactly("WARNING 2 messages were not stored in time and not acknowledged.");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
