package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.session.Encoded;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Appending to a channel: order, callbacks, stored content, and the queue of the writer. */
class AppendTest extends MessageStoreContract {
    @Test
    void messageGetsTheNextSeqOfItsChannel() {
        assertThat(append("a", "one"))
                .isEqualTo(new Appended.Stored(
                        new Appended.AckPosition(LOBBY, 1, "2030-01-01T00:00:00.123Z"),
                        List.of(new Appended.StoredCopy(
                                LOBBY,
                                new Position(epoch(LOBBY), 1),
                                Encoded.of(MessageCodec.encode(chat(LOBBY, 1, "a", "one", "2030-01-01T00:00:00.123Z"))),
                                0))));
        assertThat(seq(append("b", "two"))).isEqualTo(2);
        assertThat(seq(append("c", "three"))).isEqualTo(3);
        assertThat(seq(append(ANNA, "d", List.of(new Channel.Room("other")), "first")))
                .isEqualTo(1);
    }

    @Test
    void concurrentSendersLeaveNoGapsAndNoDuplicates() throws InterruptedException {
        int senders = 8;
        int each = 50;
        Collection<Long> acknowledged = new CopyOnWriteArrayList<>();
        List<Thread> threads = IntStream.range(0, senders)
                .mapToObj(sender -> new Thread(() -> {
                    List<CompletableFuture<Appended>> outcomes = IntStream.range(0, each)
                            .mapToObj(i -> later(UserKey.user("" + sender), "id-" + i, List.of(LOBBY), "x"))
                            .toList();
                    List<Long> own =
                            outcomes.stream().map(outcome -> seq(get(outcome))).toList();
                    assertThat(own).isSorted();
                    acknowledged.addAll(own);
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        List<Long> all = LongStream.rangeClosed(1, senders * each).boxed().toList();
        assertThat(acknowledged).containsExactlyInAnyOrderElementsOf(all);
        assertThat(get(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 1_000, MAX_BYTES))
                        .entries())
                .extracting(Backlog.Entry::seq)
                .isEqualTo(all);
    }

    @Test
    void outcomesComeInOrderAndBeforeTheFanOut() {
        List<String> events = new CopyOnWriteArrayList<>();
        store.onStored(copy -> events.add("stored " + copy.seq()));
        for (int i = 1; i <= 50; i++) {
            store.append(
                    message(ANNA, "id-" + i, List.of(LOBBY), "x"),
                    () -> true,
                    outcome -> events.add("ack " + seq(outcome)));
        }
        settle();

        assertThat(events)
                .isEqualTo(LongStream.rangeClosed(1, 50)
                        .boxed()
                        .flatMap(seq -> Stream.of("ack " + seq, "stored " + seq))
                        .toList());
    }

    @Test
    void fannedOutMessageEqualsTheStoredOne() {
        List<Appended.StoredCopy> told = new CopyOnWriteArrayList<>();
        store.onStored(told::add);
        append("a", "one");
        append("b", "two");
        settle();

        assertThat(get(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 10, MAX_BYTES))
                        .entries())
                .hasSize(2)
                .extracting(entry ->
                        new Appended.StoredCopy(LOBBY, new Position(epoch(LOBBY), entry.seq()), entry.message(), 0))
                .isEqualTo(told);
    }

    @Test
    void throwingCallbackStopsNothingElse() {
        List<Long> told = new CopyOnWriteArrayList<>();
        store.onStored(copy -> told.add(copy.seq()));
        store.append(message(ANNA, "a", List.of(LOBBY), "x"), () -> true, outcome -> {
            throw new IllegalStateException("provoked");
        });

        assertThat(seq(append("b", "y"))).isEqualTo(2);
        settle();
        assertThat(told).containsExactly(1L, 2L);
    }

    @Test
    void errorFailsOneMessageAndNotTheWriter() {
        Append tooMuch = new Append(
                ANNA,
                new MessageId("too-much"),
                List.of(LOBBY),
                ContentDigest.of("chat", List.of(LOBBY), List.of()),
                (channel, seq, sentAt) -> {
                    throw new OutOfMemoryError("expected by this test");
                });
        assertThat(get(later(store, tooMuch))).isEqualTo(new Appended.Failed());
        assertThat(seq(append("next", "x"))).isEqualTo(1);
    }

    @Test
    void messageIsHeldBackWhileItMayNotFollow() throws InterruptedException {
        appendMany(1);
        database.holdTheNext();
        later(ANNA, "first", List.of(LOBBY), "x");
        database.awaitHeld();
        CompletableFuture<Appended> before = later(ANNA, "a", List.of(LOBBY), "before");
        CompletableFuture<Appended> heldBack = new CompletableFuture<>();
        store.append(message(ANNA, "b", List.of(LOBBY), "held back"), () -> false, heldBack::complete);
        CompletableFuture<Appended> after = later(UserKey.user("berta"), "c", List.of(LOBBY), "after");
        database.release();

        assertThat(get(before)).isInstanceOf(Appended.Stored.class);
        assertThat(get(heldBack)).isEqualTo(new Appended.HeldBack());
        assertThat(get(after)).isInstanceOf(Appended.Stored.class);
        assertThat(contents(LOBBY)).doesNotContain("held back");
    }

    @Test
    void fullQueueRefusesAtOnceWithoutBlocking() {
        database.hold();
        List<Appended> outcomes = new CopyOnWriteArrayList<>();
        for (int i = 0; outcomes.isEmpty() && i < 100_000; i++) {
            if (!store.append(message(ANNA, "id-" + i, List.of(LOBBY), "x"), () -> true, outcome -> {})) {
                outcomes.add(new Appended.Unavailable());
            }
        }

        assertThat(outcomes).hasSize(1);
        assertUnavailable(store.open(ANNA, List.of(LOBBY)));
        assertUnavailable(store.mark(LOBBY, ANNA, 1));
        // Otherwise the rest would be stored while the test ends.
        database.goDown();
    }

    @Test
    void closeStoresWaitingMessages() {
        database.hold();
        List<CompletableFuture<Appended>> waiting = IntStream.range(0, 50)
                .mapToObj(i -> later(ANNA, "id-" + i, List.of(LOBBY), "x"))
                .toList();
        database.release();

        store.close();

        assertThat(waiting).allSatisfy(outcome -> assertThat(outcome.getNow(new Appended.Unavailable()))
                .isInstanceOf(Appended.Stored.class));
        assertThat(append("late", "x")).isEqualTo(new Appended.Unavailable());
        assertUnavailable(store.exists(LOBBY, UserKey.user("anna")));
    }

    static Stream<String> contents() {
        return Stream.of(
                "'; drop table parley_message; --",
                "\"quotes\" and \\ and /",
                ":seq ? <a> {b} $$",
                "你好 😀 \u202E \u0001 \t\n",
                "x".repeat(1024 * 1024),
                "😀".repeat(512 * 1024),
                "\"".repeat(1024 * 1024),
                "\u0001".repeat(1024 * 1024));
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("contents")
    void everyContentIsStoredUnchanged(String content) {
        assertThat(append("a", content)).isInstanceOf(Appended.Stored.class);
        assertThat(contents(LOBBY)).containsExactly(content);
    }

    @Test
    void everyNameIsStoredUnchanged() {
        UserKey sender = new UserKey("user:" + "ß".repeat(64));

        assertThat(seq(append(sender, "a", List.of(new Channel.Inbox(sender)), "x")))
                .isEqualTo(1);
        assertThat(seq(append(sender, "x".repeat(64), List.of(new Channel.Room("r".repeat(64))), "x")))
                .isEqualTo(1);
    }
}
