package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.session.Encoded;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.DatabaseState;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.model.Access;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.AuthorizedReaders;
import dev.parley.server.store.model.ChannelPage;
import dev.parley.server.store.model.ChannelView;
import dev.parley.server.store.model.ContentDigest;
import dev.parley.server.store.model.HistoryPage;
import dev.parley.server.store.model.Retention;
import dev.parley.server.store.model.StoreUnavailable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract of the store, tested on every supported database. */
abstract class MessageStoreContract {
    private static final String ANNA = "user:anna";
    private static final Channel.Room LOBBY = Channel.LOBBY;
    private static final Channel ANNAS = new Channel.Inbox(ANNA);
    private static final Channel BERTAS = new Channel.Inbox("user:berta");
    private static final long EVERYTHING = Long.MAX_VALUE;

    static final Retention KEEPS_ALL = new Retention(
            new Retention.Kind(1_000_000, Duration.ofDays(10_000)),
            new Retention.Kind(1_000_000, Duration.ofDays(10_000)),
            Duration.ofDays(10_000));
    private static final int MAX_BYTES = 100_000_000;

    private SwitchedDatabase database;
    private final AtomicInteger epochs = new AtomicInteger();
    private final AtomicInteger ids = new AtomicInteger();
    private final AtomicLong uptime = new AtomicLong();
    private volatile Instant now = Instant.parse("2030-01-01T00:00:00.123456Z");
    private MessageStore store;

    @BeforeEach
    void open() {
        database = new SwitchedDatabase(empty());
        store = open(database, KEEPS_ALL);
    }

    @AfterEach
    void close() {
        database.comeBack();
        store.close();
    }

    /** A database without tables. */
    abstract DataSource empty();

    private MessageStore open(SwitchedDatabase on, Retention retention) {
        Schema.migrate(on);
        return new MessageStore(
                new Database(on, Thread::new, uptime::get),
                retention,
                Thread::new,
                () -> now,
                () -> "epoch-" + epochs.incrementAndGet());
    }

    // Append

    @Test
    void messageGetsTheNextSeqOfItsChannel() {
        assertThat(append("a", "one"))
                .isEqualTo(new Appended.Stored(
                        new Appended.AckPosition(LOBBY, 1, "2030-01-01T00:00:00.123Z"),
                        List.of(new Appended.StoredCopy(
                                LOBBY, 1, Encoded.of(chat(LOBBY, 1, "a", "one", "2030-01-01T00:00:00.123Z")), 0))));
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
                            .mapToObj(i -> later("user:" + sender, "id-" + i, List.of(LOBBY), "x"))
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
        assertThat(get(store.after(LOBBY, "user:anna", 0, 1_000, MAX_BYTES)).messages())
                .extracting(Appended.StoredCopy::seq)
                .isEqualTo(all);
    }

    @Test
    void outcomesComeInOrderAndBeforeTheFanOut() {
        List<String> events = new CopyOnWriteArrayList<>();
        store.onStored(placed -> events.add("stored " + placed.seq()));
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

        assertThat(get(store.after(LOBBY, "user:anna", 0, 10, MAX_BYTES)).messages())
                .isEqualTo(told)
                .hasSize(2);
    }

    @Test
    void throwingCallbackStopsNothingElse() {
        List<Long> told = new CopyOnWriteArrayList<>();
        store.onStored(placed -> told.add(placed.seq()));
        store.append(message(ANNA, "a", List.of(LOBBY), "x"), () -> true, outcome -> {
            throw new IllegalStateException("provoked");
        });

        assertThat(seq(append("b", "y"))).isEqualTo(2);
        settle();
        assertThat(told).containsExactly(1L, 2L);
    }

    // Duplicates

    @Test
    void duplicateGetsTheFirstPosition() {
        Appended.Stored first = (Appended.Stored) append("a", "one");
        append("b", "two");
        settle();
        List<Appended.StoredCopy> told = new CopyOnWriteArrayList<>();
        store.onStored(told::add);
        now = now.plusSeconds(60);

        assertThat(append("a", "one")).isEqualTo(new Appended.Duplicate(first.place()));
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

        assertThat(seq(append("guest:anna", "a", List.of(LOBBY), "one"))).isEqualTo(2);
    }

    @Test
    void duplicateIsFoundAfterARestart() {
        Append again = message(ANNA, "a", List.of(LOBBY), "one");
        Appended first = get(later(store, again));
        Position head = get(store.open(ANNA, List.of(LOBBY))).get(LOBBY).head();
        store.close();

        store = open(database, KEEPS_ALL);

        assertThat(get(later(store, again))).isEqualTo(new Appended.Duplicate(((Appended.Stored) first).place()));
        assertThat(get(store.open(ANNA, List.of(LOBBY))).get(LOBBY).head()).isEqualTo(head);
    }

    // Groups

    @Test
    void badMessageDoesNotFailOthersInItsGroup() {
        database.holdTheNext();
        CompletableFuture<Appended> first = later(ANNA, "first", List.of(LOBBY), "x");
        List<CompletableFuture<Appended>> group = IntStream.range(0, 20)
                .mapToObj(i -> later(
                        store,
                        new Append(
                                ANNA,
                                "id-" + i,
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
        assertThat(seqs(store.after(LOBBY, "user:anna", 0, 100, MAX_BYTES)))
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
                            message("user:" + i, "id", List.of(new Channel.Room("new-" + i / 2)), "x")))
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

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
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

        assertThat(get(again)).isEqualTo(new Appended.Duplicate(((Appended.Stored) get(one)).place()));
        assertThat(get(other)).isEqualTo(new Appended.Conflict());
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
        CompletableFuture<Appended> after = later("user:berta", "c", List.of(LOBBY), "after");
        database.release();

        assertThat(get(before)).isInstanceOf(Appended.Stored.class);
        assertThat(get(heldBack)).isEqualTo(new Appended.HeldBack());
        assertThat(get(after)).isInstanceOf(Appended.Stored.class);
        assertThat(contents(LOBBY)).doesNotContain("held back");
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
        assertThat(get(store.exists(LOBBY, "user:anna")))
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

    @Test
    void errorFailsOneMessageAndNotTheWriter() {
        Append tooMuch = new Append(
                ANNA,
                "too-much",
                List.of(LOBBY),
                ContentDigest.of("chat", List.of(LOBBY), List.of()),
                (channel, seq, sentAt) -> {
                    throw new OutOfMemoryError("expected by this test");
                });
        assertThat(get(later(store, tooMuch))).isEqualTo(new Appended.Failed());
        assertThat(seq(append("next", "x"))).isEqualTo(1);
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

    // Private rooms

    private static final Channel.Room SECRET = new Channel.Room("_secret-1");
    private static final String BERTA = "user:berta";

    private RoomStore rooms() {
        return new RoomStore(new Database(database, Thread::new), () -> "epoch-" + epochs.incrementAndGet());
    }

    @Test
    void privateRoomIsVisibleToItsMembersOnly() {
        assertThat(append(ANNA, "early", List.of(SECRET), "x"))
                .as("nobody makes one by talking to it")
                .isEqualTo(new Appended.NoSuchRoom());
        assertThat(get(store.open(ANNA, List.of(SECRET)))).isEmpty();
        RoomStore rooms = rooms();
        assertThat(get(rooms.create(SECRET, ANNA, List.of()))).isEqualTo(RoomStore.Change.DONE);

        assertThat(seq(append(ANNA, "a", List.of(SECRET), "x"))).isEqualTo(1);
        assertThat(append(BERTA, "b", List.of(SECRET), "x")).isEqualTo(new Appended.NoSuchRoom());
        assertThat(get(store.open(ANNA, List.of(SECRET, LOBBY)))).containsOnlyKeys(SECRET, LOBBY);
        assertThat(get(store.open(BERTA, List.of(SECRET, LOBBY)))).containsOnlyKeys(LOBBY);
        assertThat(get(store.exists(SECRET, ANNA))).isTrue();
        assertThat(get(store.exists(SECRET, BERTA))).isFalse();
        assertThat(get(store.history(SECRET, ANNA, EVERYTHING, 10, MAX_BYTES))).isPresent();
        assertThat(get(store.history(SECRET, BERTA, EVERYTHING, 10, MAX_BYTES))).isEmpty();
        assertThat(get(store.mark(SECRET, ANNA, 1))).contains(1L);
        assertThat(get(store.mark(SECRET, BERTA, 1))).isEmpty();
        assertThat(get(store.after(SECRET, ANNA, 0, 10, MAX_BYTES)).messages()).hasSize(1);
        assertThat(get(store.after(SECRET, BERTA, 0, 10, MAX_BYTES))).isEqualTo(ChannelPage.FORBIDDEN);
        assertThat(get(store.rooms(ANNA, 10))).containsOnlyKeys(SECRET.name(), LOBBY.name());
        assertThat(get(store.rooms(BERTA, 10))).containsOnlyKeys(LOBBY.name());
    }

    @Test
    void removedMemberReadsNothingStoredAfterwards() {
        RoomStore rooms = rooms();
        Map<Channel, Long> revised = new ConcurrentHashMap<>();
        rooms.onAclChanged(revised::put);
        get(rooms.create(SECRET, ANNA, List.of(BERTA)));
        assertThat(seq(append(BERTA, "b", List.of(SECRET), "x"))).isEqualTo(1);
        assertThat(get(store.open(BERTA, List.of(SECRET))).get(SECRET).aclVersion())
                .isZero();

        assertThat(get(rooms.remove(SECRET, ANNA, BERTA))).isEqualTo(RoomStore.Change.DONE);
        assertThat(revised).containsExactly(Map.entry(SECRET, 1L));
        assertThat(append(BERTA, "c", List.of(SECRET), "x")).isEqualTo(new Appended.NoSuchRoom());
        assertThat(append(BERTA, "b", List.of(SECRET), "x"))
                .as("what was acknowledged stays so")
                .isInstanceOf(Appended.Duplicate.class);
        Appended.Stored after = (Appended.Stored) append(ANNA, "d", List.of(SECRET), "x");
        assertThat(after.copies().get(0).aclVersion()).isEqualTo(1);
        assertThat(get(store.after(SECRET, BERTA, 1, 10, MAX_BYTES))).isEqualTo(ChannelPage.FORBIDDEN);

        assertThat(get(rooms.invite(SECRET, ANNA, BERTA))).isEqualTo(RoomStore.Change.DONE);
        assertThat(get(store.after(SECRET, BERTA, 1, 10, MAX_BYTES)).access()).isEqualTo(new Access(true, 1));
    }

    @Test
    void onlyTheOwnerChangesAPrivateRoomButAnyoneMayLeave() {
        RoomStore rooms = rooms();
        get(rooms.create(SECRET, ANNA, List.of(BERTA)));
        assertThat(get(rooms.invite(SECRET, BERTA, "user:carl"))).isEqualTo(RoomStore.Change.NOT_OWNER);
        assertThat(get(rooms.invite(SECRET, "user:carl", "user:carl"))).isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
        assertThat(get(rooms.invite(new Channel.Room("_none"), ANNA, BERTA))).isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
        assertThat(get(rooms.invite(LOBBY, ANNA, BERTA))).isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
        assertThat(get(rooms.invite(SECRET, ANNA, BERTA))).as("again").isEqualTo(RoomStore.Change.DONE);
        assertThat(get(rooms.remove(SECRET, BERTA, ANNA))).isEqualTo(RoomStore.Change.NOT_OWNER);
        assertThat(get(rooms.remove(SECRET, ANNA, ANNA))).isEqualTo(RoomStore.Change.NOT_OWNER);
        assertThat(get(rooms.remove(SECRET, BERTA, BERTA))).isEqualTo(RoomStore.Change.DONE);
        assertThat(get(rooms.remove(SECRET, BERTA, BERTA))).isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
        assertThat(get(rooms.remove(SECRET, ANNA, ANNA)))
                .as("who is alone may go")
                .isEqualTo(RoomStore.Change.DONE);
        assertThat(get(store.exists(SECRET, ANNA))).isFalse();
    }

    @Test
    void aclVersionStaysIfNobodyLosesARight() {
        RoomStore rooms = rooms();
        rooms.onAclChanged((room, revision) -> {
            throw new AssertionError("revised to " + revision);
        });
        get(rooms.create(SECRET, ANNA, List.of()));
        assertThat(get(rooms.remove(SECRET, ANNA, BERTA))).isEqualTo(RoomStore.Change.DONE);
        assertThat(get(store.open(ANNA, List.of(SECRET))).get(SECRET).aclVersion())
                .isZero();
    }

    @Test
    void manyReadersAreCheckedAtOnce() {
        RoomStore rooms = rooms();
        get(rooms.create(SECRET, ANNA, List.of(BERTA, "user:carl")));
        get(rooms.remove(SECRET, ANNA, "user:carl"));
        assertThat(get(store.authorized(SECRET, Set.of(ANNA, "user:carl"))))
                .isEqualTo(new AuthorizedReaders(Set.of(ANNA), 1));
        assertThat(get(store.authorized(new Channel.Room("_none"), Set.of(ANNA))))
                .isEqualTo(new AuthorizedReaders(Set.of(), 0));
        assertThat(get(store.authorized(LOBBY, Set.of(ANNA)))).isEqualTo(new AuthorizedReaders(Set.of(ANNA), 0));
    }

    @Test
    void requestWithoutARightTakesNoLock() {
        RoomStore rooms = rooms();
        get(rooms.create(SECRET, ANNA, List.of(BERTA)));
        append(ANNA, "a", List.of(LOBBY), "x");
        Jdbi.create(database).useTransaction(sql -> {
            sql.createQuery("select id from parley_channel for update")
                    .mapTo(Long.class)
                    .list();
            assertThat(get(rooms.invite(LOBBY, ANNA, BERTA))).isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
            assertThat(get(rooms.remove(LOBBY, ANNA, ANNA))).isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
            assertThat(get(rooms.invite(SECRET, "user:carl", BERTA))).isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
            assertThat(get(rooms.remove(SECRET, BERTA, ANNA))).isEqualTo(RoomStore.Change.NOT_OWNER);
        });
    }

    @Test
    void positionDoesNotCreateARoom() {
        assertThat(get(store.open(ANNA, List.of(LOBBY), List.of(new Channel.Room("nowhere")))))
                .containsOnlyKeys(LOBBY);
        assertThat(get(store.exists(new Channel.Room("nowhere"), ANNA))).isFalse();
    }

    @Test
    void privateRoomsAndTheirMembersAreBounded() {
        RoomStore rooms = rooms();
        List<String> crowd = IntStream.range(0, RoomStore.MEMBERS_MAX)
                .mapToObj(i -> "user:" + i)
                .toList();
        assertThat(get(rooms.create(SECRET, ANNA, crowd))).isEqualTo(RoomStore.Change.TOO_MANY);
        assertThat(get(rooms.create(SECRET, "user:host", crowd.subList(1, crowd.size()))))
                .isEqualTo(RoomStore.Change.DONE);
        assertThat(get(rooms.invite(SECRET, "user:host", "user:0"))).isEqualTo(RoomStore.Change.TOO_MANY);
        assertThat(get(rooms.invite(SECRET, "user:host", "user:1")))
                .as("in already")
                .isEqualTo(RoomStore.Change.DONE);
        for (int i = 0; i < RoomStore.OWNED_MAX; i++) {
            get(rooms.create(new Channel.Room("_r-" + i), ANNA, List.of()));
        }
        assertThat(get(rooms.create(SECRET, ANNA, List.of()))).isEqualTo(RoomStore.Change.TOO_MANY);
        assertThat(get(rooms.create(new Channel.Room("_other"), BERTA, List.of())))
                .isEqualTo(RoomStore.Change.DONE);
    }

    // Retention

    @Test
    void retentionRunEndsHoweverFastChannelsGrow() {
        try (MessageStore forgetful = keeping(1, Duration.ofDays(1), Duration.ofDays(1))) {
            Jdbi direct = Jdbi.create(database);
            IntStream.range(0, 4).forEach(i -> append(ANNA, "id-" + i, List.of(LOBBY), "x"));
            AtomicInteger asked = new AtomicInteger();
            ThreadLocal<Boolean> isGrowing = ThreadLocal.withInitial(() -> false);
            database.whenBegun(() -> {
                if (!isGrowing.get() && asked.incrementAndGet() < 1_000) {
                    isGrowing.set(true);
                    direct.useHandle(sql -> {
                        sql.execute("insert into parley_message (channel_id, seq, body, bytes, sent_at)"
                                + " select id, head + 1, 'x', 1, timestamp with time zone '2031-01-01 00:00:00Z'"
                                + " from parley_channel");
                        sql.execute("update parley_channel set head = head + 1");
                    });
                    isGrowing.set(false);
                }
            });
            get(forgetful.trim());
            assertThat(asked.get()).isLessThan(100);
        } finally {
            database.whenBegun(() -> {});
        }
    }

    @Test
    void grownChannelsAreTrimmedAtOnceAmongMany() {
        try (MessageStore forgetful = keeping(2, Duration.ofDays(1), Duration.ofDays(1))) {
            Jdbi.create(database)
                    .useHandle(sql -> sql.execute("insert into parley_channel (name, epoch, head, oldest)"
                            + " select 'room:r' || v.n, 'e', 1, 1 from (select row_number() over () as n"
                            + " from information_schema.columns) v"));
            Channel.Room busy = new Channel.Room("zz");
            for (int i = 0; i < 5; i++) {
                assertThat(get(later(forgetful, message(ANNA, "b" + i, List.of(busy), "x"))))
                        .isInstanceOf(Appended.Stored.class);
            }
            get(forgetful.trim());
        }
        assertThat(view(new Channel.Room("zz")).oldest()).isEqualTo(4);
    }

    private MessageStore keeping(int count, Duration age, Duration dedupeAge) {
        return open(
                database,
                new Retention(
                        new Retention.Kind(count, age), new Retention.Kind(count + 1, age.multipliedBy(2)), dedupeAge));
    }

    private ChannelView view(Channel channel) {
        return view("user:nobody", channel);
    }

    private ChannelView view(String reader, Channel channel) {
        return get(store.open(reader, List.of(channel))).get(channel);
    }

    @Test
    void messagesOverTheCountAreHiddenBeforeTheirDeletion() {
        appendMany(5);
        append("user:many", "i", List.of(ANNAS), "x");
        try (MessageStore keepsThree = keeping(3, Duration.ofDays(1), Duration.ofDays(1))) {
            ChannelView view =
                    get(keepsThree.open("user:nobody", List.of(LOBBY))).get(LOBBY);
            HistoryPage history = get(keepsThree.history(LOBBY, ANNA, EVERYTHING, 10, MAX_BYTES))
                    .orElseThrow();

            assertThat(view).isEqualTo(new ChannelView(view.head(), 3, 3, 0));
            assertThat(view.canServe(new Position(view.head().epoch(), 2))).isTrue();
            assertThat(view.canServe(new Position(view.head().epoch(), 1))).isFalse();
            assertThat(contents(history.bodies())).containsExactly("message 3", "message 4", "message 5");
            assertThat(history).isEqualTo(new HistoryPage(history.bodies(), 3, false));
            assertThat(get(keepsThree.history(LOBBY, ANNA, 3, 10, MAX_BYTES)))
                    .contains(new HistoryPage(List.of(), 3, false));
            assertThat(get(keepsThree.rooms(ANNA, 10))).isEqualTo(Map.of("lobby", 3L));
            assertThat(seqs(keepsThree.after(LOBBY, ANNA, 1, 10, MAX_BYTES)))
                    .as("a reader on its way loses nothing that is still there")
                    .containsExactly(2L, 3L, 4L, 5L);
        }
    }

    @Test
    void channelKeepsItsNewestMessagesAndReportsTheOldest() {
        IntStream.range(0, 7).forEach(i -> append(ANNA, "r-" + i, List.of(LOBBY), "room"));
        IntStream.range(0, 7).forEach(i -> append(ANNA, "i-" + i, List.of(ANNAS), "inbox"));
        try (MessageStore forgetful = keeping(3, Duration.ofDays(1), Duration.ofDays(1))) {
            get(forgetful.trim());
        }

        assertThat(view(LOBBY).oldest()).isEqualTo(5);
        assertThat(view(LOBBY).unread()).isEqualTo(3);
        assertThat(view(ANNAS).oldest()).isEqualTo(4);
        assertThat(seqs(store.after(LOBBY, "user:anna", 0, 10, MAX_BYTES))).containsExactly(5L, 6L, 7L);
        assertThat(history(EVERYTHING, 2, MAX_BYTES).more()).isTrue();
        assertThat(history(EVERYTHING, 3, MAX_BYTES).more()).isFalse();
        assertThat(history(EVERYTHING, 3, MAX_BYTES).oldest()).isEqualTo(5);
        assertThat(seq(append("new", "x"))).isEqualTo(8);
    }

    @Test
    void manyMessagesAreDeletedInSteps() {
        List<CompletableFuture<Appended>> all = IntStream.range(0, 2_500)
                .mapToObj(i -> later(ANNA, "id-" + i, List.of(LOBBY), "x"))
                .toList();
        all.forEach(MessageStoreContract::get);
        try (MessageStore forgetful = keeping(10, Duration.ofDays(1), Duration.ofDays(1))) {
            get(forgetful.trim());
        }

        assertThat(view(LOBBY).oldest()).isEqualTo(2_491);
        assertThat(get(store.after(LOBBY, "user:anna", 0, 5_000, MAX_BYTES)).messages())
                .hasSize(10);
    }

    @Test
    void oldMessagesAreDeletedByKindOfChannel() {
        append(ANNA, "r-1", List.of(LOBBY), "old");
        append(ANNA, "i-1", List.of(ANNAS), "old");
        now = now.plus(Duration.ofHours(1));
        append(ANNA, "r-2", List.of(LOBBY), "young");
        now = now.plus(Duration.ofMinutes(30));
        try (MessageStore forgetful = keeping(100, Duration.ofHours(1), Duration.ofDays(1))) {
            get(forgetful.trim());
            assertThat(view(LOBBY).oldest()).isEqualTo(2);
            assertThat(view(ANNAS).oldest()).isEqualTo(1);

            now = now.plus(Duration.ofDays(1));
            get(forgetful.trim());
            get(forgetful.trim());
        }
        assertThat(view(LOBBY)).isEqualTo(new ChannelView(new Position("epoch-1", 2), 3, 0, 0));
        assertThat(view(ANNAS).oldest()).isEqualTo(2);
    }

    @Test
    void idIsRememberedForTheDedupeAge() {
        append("a", "one");
        now = now.plus(Duration.ofHours(23));
        append("b", "two");
        try (MessageStore forgetful = keeping(100, Duration.ofDays(30), Duration.ofHours(24))) {
            get(forgetful.trim());
            assertThat(append("a", "one")).isInstanceOf(Appended.Duplicate.class);

            now = now.plus(Duration.ofHours(2));
            get(forgetful.trim());
        }
        assertThat(append("b", "two")).isInstanceOf(Appended.Duplicate.class);
        assertThat(append("a", "one")).isInstanceOf(Appended.Stored.class);
    }

    @Test
    void pageIsBoundedInBytesButHoldsOneMessage() {
        appendMany(5);
        int bytes = get(store.after(LOBBY, "user:anna", 0, 1, MAX_BYTES))
                .messages()
                .get(0)
                .message()
                .bytes();

        assertThat(seqs(store.after(LOBBY, "user:anna", 0, 5, 3 * bytes))).containsExactly(1L, 2L, 3L);
        assertThat(seqs(store.after(LOBBY, "user:anna", 0, 5, 3 * bytes - 1))).containsExactly(1L, 2L);
        assertThat(seqs(store.after(LOBBY, "user:anna", 0, 5, 1))).containsExactly(1L);
        assertThat(get(store.after(LOBBY, "user:anna", 0, 5, 1)).head()).isEqualTo(5);
    }

    // Two inboxes

    @Test
    void directMessageIsInBothInboxesAndAckedInTheSenders() {
        append(ANNA, "z", List.of(BERTAS), "before");

        Appended.Stored stored = (Appended.Stored) append(ANNA, "a", List.of(ANNAS, BERTAS), "psst");

        assertThat(stored.place()).isEqualTo(new Appended.AckPosition(ANNAS, 1, "2030-01-01T00:00:00.123Z"));
        assertThat(stored.copies())
                .extracting(Appended.StoredCopy::channel, Appended.StoredCopy::seq)
                .containsExactly(tuple(ANNAS, 1L), tuple(BERTAS, 2L));
        assertThat(contents(ANNAS)).containsExactly("psst");
        assertThat(contents(BERTAS)).containsExactly("before", "psst");
    }

    @Test
    void twoNodesThatWriteTheSameInboxesDoNotDeadlock() {
        Channel carlas = new Channel.Inbox("user:carla");
        try (MessageStore other = open(database, KEEPS_ALL)) {
            List<CompletableFuture<Appended>> outcomes = IntStream.range(0, 200)
                    .boxed()
                    .flatMap(i -> Stream.of(
                            later(store, message(ANNA, "a-" + i, List.of(ANNAS, BERTAS, carlas), "x")),
                            later(other, message("user:berta", "b-" + i, List.of(carlas, BERTAS, ANNAS), "x"))))
                    .toList();

            assertThat(outcomes).allSatisfy(outcome -> assertThat(get(outcome)).isInstanceOf(Appended.Stored.class));
            assertThat(seqs(store.after(BERTAS, "user:anna", 0, 1_000, MAX_BYTES)))
                    .isEqualTo(LongStream.rangeClosed(1, 400).boxed().toList());
        }
    }

    @Test
    void directMessageIsStoredInBothInboxesOrNone() {
        ContentDigest content = ContentDigest.of("chat", List.of(ANNAS, BERTAS), List.of(Optional.of("psst")));
        Append half = new Append(ANNA, "a", List.of(ANNAS, BERTAS), content, (channel, seq, sentAt) -> {
            if (channel.equals(BERTAS) && seq > 0) {
                throw new IllegalStateException("provoked");
            }
            return chat(LOBBY, seq, "a", "psst", sentAt);
        });

        assertThat(get(later(store, half))).isEqualTo(new Appended.Failed());
        assertThat(contents(ANNAS)).isEmpty();
        assertThat(contents(BERTAS)).isEmpty();
        assertThat(seq(append(ANNA, "a", List.of(ANNAS, BERTAS), "psst"))).isEqualTo(1);
    }

    // Reading

    @Test
    void pagesHaveNoGapsAndNoDuplicates() {
        appendMany(7);

        assertThat(seqs(store.after(LOBBY, "user:anna", 0, 3, MAX_BYTES))).containsExactly(1L, 2L, 3L);
        assertThat(seqs(store.after(LOBBY, "user:anna", 3, 3, MAX_BYTES))).containsExactly(4L, 5L, 6L);
        assertThat(seqs(store.after(LOBBY, "user:anna", 6, 3, MAX_BYTES))).containsExactly(7L);
        assertThat(seqs(store.after(LOBBY, "user:anna", 7, 3, MAX_BYTES))).isEmpty();
        assertThat(seqs(store.after(new Channel.Room("nowhere"), ANNA, 0, 3, MAX_BYTES)))
                .isEmpty();
    }

    @Test
    void historyHasTheNewestBeforeASeqInOrder() {
        appendMany(5);

        HistoryPage newest = history(EVERYTHING, 2, 1_000_000);
        HistoryPage older = history(4, 2, 1_000_000);
        HistoryPage oldest = history(2, 2, 1_000_000);

        assertThat(contents(newest.bodies())).containsExactly("message 4", "message 5");
        assertThat(contents(older.bodies())).containsExactly("message 2", "message 3");
        assertThat(contents(oldest.bodies())).containsExactly("message 1");
        assertThat(Stream.of(newest, older, oldest).map(HistoryPage::more)).containsExactly(true, true, false);
        assertThat(Stream.of(newest, older, oldest).map(HistoryPage::oldest)).containsOnly(1L);
        assertThat(history(1, 2, 1_000_000)).isEqualTo(new HistoryPage(List.of(), 1, false));
    }

    @Test
    void historyIsBoundedInBytesButHoldsOneMessage() {
        appendMany(5);
        int bytes = history(EVERYTHING, 1, 1_000_000).bodies().get(0).length();

        assertThat(history(EVERYTHING, 5, 3 * bytes).bodies()).hasSize(3);
        assertThat(history(EVERYTHING, 5, 3 * bytes - 1).bodies()).hasSize(2);
        assertThat(history(EVERYTHING, 5, 1).bodies()).hasSize(1);
        assertThat(history(EVERYTHING, 5, 1).more()).isTrue();
    }

    @Test
    void historyCountsBytesNotCharacters() {
        append("a", "你".repeat(1_000));
        append("b", "你".repeat(1_000));

        assertThat(history(EVERYTHING, 5, 4_000).bodies()).hasSize(1);
    }

    @Test
    void missingChannelHasNoHistoryAndNoMark() {
        assertThat(get(store.history(LOBBY, "user:anna", EVERYTHING, 1, 1))).isEmpty();
        assertThat(get(store.mark(LOBBY, ANNA, 1))).isEmpty();
        assertThat(get(store.exists(LOBBY, "user:anna"))).isFalse();
    }

    @Test
    void readSeesEarlierAppendsOfASlowWriter() throws InterruptedException {
        appendMany(1);
        database.holdTheNext();
        later(ANNA, "slow", List.of(LOBBY), "slow");
        database.awaitHeld();

        CompletionStage<Optional<HistoryPage>> asked = store.history(LOBBY, "user:anna", EVERYTHING, 10, 1_000_000);
        // Pages for readers that are behind do not wait. Once they are read, a history that did not wait would be too.
        for (int i = 0; i < 20; i++) {
            assertThat(seqs(store.after(LOBBY, "user:anna", 0, 10, MAX_BYTES))).containsExactly(1L);
        }
        assertThat(asked.toCompletableFuture()).isNotDone();
        database.release();

        assertThat(contents(get(asked).orElseThrow().bodies())).contains("slow");
    }

    // Marks

    @Test
    void unreadCountsMessagesAfterTheMark() {
        appendMany(5);

        assertThat(unread()).isEqualTo(5);
        assertThat(get(store.mark(LOBBY, ANNA, 3))).contains(3L);
        assertThat(unread()).isEqualTo(2);
        assertThat(get(store.open("user:berta", List.of(LOBBY))).get(LOBBY).unread())
                .isEqualTo(5);
    }

    @Test
    void markNeverGoesBack() {
        appendMany(5);
        get(store.mark(LOBBY, ANNA, 3));

        assertThat(get(store.mark(LOBBY, ANNA, 1))).contains(3L);
        assertThat(unread()).isEqualTo(2);
    }

    @Test
    void markNeverPassesTheHead() {
        appendMany(5);

        assertThat(get(store.mark(LOBBY, ANNA, EVERYTHING))).contains(5L);
        appendMany(1);
        assertThat(unread()).isEqualTo(1);
    }

    @Test
    void ownMessagesAreReadIfNothingUnreadPrecedesThem() {
        append("a", "the first of all");
        append("b", "two");
        assertThat(unread()).isZero();
        append("user:berta", "c", List.of(LOBBY), "three");
        append("d", "behind an unread one");
        assertThat(unread()).isEqualTo(2);
        assertThat(view("user:berta", LOBBY).unread()).isEqualTo(4);

        get(store.mark(LOBBY, ANNA, 4));
        append("e", "five");
        assertThat(unread()).isZero();
    }

    @Test
    void ownMessagesOfAGroupAreReadUpToAnotherSenders() throws InterruptedException {
        append("a", "x");
        database.holdTheNext();
        later(ANNA, "b", List.of(LOBBY), "x");
        database.awaitHeld();
        List<CompletableFuture<Appended>> group = Stream.of(ANNA, ANNA, "user:berta", ANNA)
                .map(sender -> later(sender, "group-" + ids.incrementAndGet(), List.of(LOBBY), "x"))
                .toList();
        database.release();
        group.forEach(MessageStoreContract::get);

        assertThat(unread()).isEqualTo(2);
        assertThat(view("user:berta", LOBBY).unread()).isEqualTo(6);
    }

    @Test
    void directMessageIsReadInItsSendersInboxOnly() {
        append(ANNA, "a", List.of(ANNAS, BERTAS), "x");

        assertThat(view(ANNA, ANNAS).unread()).isZero();
        assertThat(view("user:berta", BERTAS).unread()).isEqualTo(1);
        List<String> readers = Jdbi.create(database)
                .withHandle(sql -> sql.createQuery("select reader from parley_read_mark")
                        .mapTo(String.class)
                        .list());
        assertThat(readers).containsExactly(ANNA);
    }

    @Test
    void ownMessagesAreReadIfAllBeforeAreDeleted() {
        appendMany(5);
        forget(5);
        append("a", "x");

        assertThat(unread()).isZero();
    }

    @Test
    void unreadCountsOnlyStoredMessages() {
        appendMany(5);
        get(store.mark(LOBBY, ANNA, 1));
        forget(3);

        ChannelView view = get(store.open(ANNA, List.of(LOBBY))).get(LOBBY);

        assertThat(view.oldest()).isEqualTo(4);
        assertThat(view.unread()).isEqualTo(2);
        assertThat(history(EVERYTHING, 10, 1_000_000).oldest()).isEqualTo(4);
        assertThat(history(EVERYTHING, 10, 1_000_000).more()).isFalse();
    }

    @Test
    void emptiedChannelIsReadUpToItsHead() {
        appendMany(5);
        forget(5);

        ChannelView view = get(store.open(ANNA, List.of(LOBBY))).get(LOBBY);

        assertThat(view).isEqualTo(new ChannelView(new Position("epoch-1", 5), 6, 0, 0));
        assertThat(seq(append("new", "x"))).isEqualTo(6);
    }

    @Test
    void onlyPositionsWithAllLaterMessagesCanBeServed() {
        ChannelView view = new ChannelView(new Position("epoch", 9), 4, 0, 0);

        assertThat(view.canServe(new Position("epoch", 3))).isTrue();
        assertThat(view.canServe(new Position("epoch", 9))).isTrue();
        assertThat(view.canServe(new Position("epoch", 2))).isFalse();
        assertThat(view.canServe(new Position("epoch", 10))).isFalse();
        assertThat(view.canServe(new Position("other", 5))).isFalse();
    }

    @Test
    void publicRoomsAreListedWithUnreadAndPrivateAreNot() {
        append("user:berta", "a", List.of(new Channel.Room("b-room")), "x");
        append("user:berta", "b", List.of(new Channel.Room("a-room")), "x");
        append("user:berta", "c", List.of(new Channel.Room("_private")), "x");
        append("user:berta", "d", List.of(new Channel.Room("a_room")), "x");
        append("user:berta", "e", List.of(ANNAS), "x");
        get(store.mark(new Channel.Room("b-room"), ANNA, 1));

        assertThat(get(store.rooms(ANNA, 10))).isEqualTo(Map.of("a-room", 1L, "a_room", 1L, "b-room", 0L));
        assertThat(get(store.rooms(ANNA, 1))).containsExactly(Map.entry("a-room", 1L));
    }

    @Test
    void nameThatSignedInWithATokenIsRemembered() {
        assertThat(get(store.tokenUser("anna"))).isEmpty();
        assertThat(get(store.rememberTokenUser("anna"))).isEqualTo("anna");
        assertThat(get(store.rememberTokenUser("anna"))).isEqualTo("anna");
        assertThat(get(store.rememberTokenUser("ANNA"))).isEqualTo("anna");

        assertThat(get(store.tokenUser("anna"))).contains("anna");
        assertThat(get(store.tokenUser("Anna"))).contains("anna");
        assertThat(get(store.rememberTokenUser("Straße"))).isEqualTo("Straße");
        assertThat(get(store.rememberTokenUser("STRASSE"))).isEqualTo("Straße");
    }

    @Test
    void tokenUserIsFoundDespiteAnOutdatedFoldedName() {
        get(store.rememberTokenUser("Straße"));
        Jdbi.create(database).useHandle(sql -> sql.execute("update parley_token_user set folded = 'straße'"));

        assertThat(get(store.rememberTokenUser("Straße"))).isEqualTo("Straße");
        assertThat(get(store.tokenUser("STRASSE"))).contains("Straße");
    }

    @Test
    void longestNameFitsEverywhere() {
        String name = "ß".repeat(32);
        String guest = Identity.key(name, true);
        Channel.Inbox inbox = new Channel.Inbox(guest);
        assertThat(seq(append(guest, "a", List.of(inbox), "x"))).isEqualTo(1);
        assertThat(get(store.mark(inbox, guest, 1))).contains(1L);
        assertThat(get(store.rememberTokenUser(name))).isEqualTo(name);
    }

    // Opening

    @Test
    void openCreatesMissingChannelsAndKeepsTheOrder() {
        appendMany(2);

        Map<Channel, ChannelView> views = get(store.open(ANNA, List.of(BERTAS, LOBBY, Channel.BROADCAST)));

        assertThat(views.keySet()).containsExactly(BERTAS, LOBBY, Channel.BROADCAST);
        assertThat(views.get(LOBBY)).isEqualTo(new ChannelView(new Position("epoch-1", 2), 1, 2, 0));
        assertThat(views.get(BERTAS)).isEqualTo(new ChannelView(new Position("epoch-2", 0), 1, 0, 0));
        assertThat(views.get(Channel.BROADCAST).head().epoch()).isEqualTo("epoch-3");
    }

    @Test
    void missingChannelsAreQueriedOncePerChannel() {
        Channel.Room garden = new Channel.Room("garden");
        assertThat(get(store.missing(List.of(garden, BERTAS)))).isEqualTo(2);
        append(ANNA, "a", List.of(garden), "x");
        assertThat(get(store.missing(List.of(garden, BERTAS)))).isEqualTo(1);
        int before = database.transactions();

        assertThat(get(store.missing(List.of(garden, new Channel.Room("_private")))))
                .isZero();
        get(store.open(ANNA, List.of(BERTAS)));
        assertThat(get(store.missing(List.of(BERTAS)))).isZero();
        assertThat(database.transactions() - before)
                .as("of what was opened or asked for before, the database is not asked")
                .isEqualTo(1);
    }

    @Test
    void concurrentOpensCreateAChannelOnce() {
        List<CompletionStage<Map<Channel, ChannelView>>> asked = IntStream.range(0, 100)
                .mapToObj(i -> store.open("user:" + i, List.of(LOBBY, Channel.BROADCAST)))
                .toList();

        assertThat(asked.stream().map(views -> get(views).get(LOBBY).head()).distinct())
                .hasSize(1);
    }

    // Transient failures

    @Test
    void databaseOutageIsReportedAndRecoversByItself() {
        database.goDown();
        assertThat(append("a", "one")).isEqualTo(new Appended.Unavailable());
        assertUnavailable(store.open(ANNA, List.of(LOBBY)));
        assertUnavailable(store.after(LOBBY, "user:anna", 0, 1, MAX_BYTES));
        assertUnavailable(store.history(LOBBY, "user:anna", 1, 1, 1));
        assertUnavailable(store.mark(LOBBY, ANNA, 1));
        assertUnavailable(store.rooms(ANNA, 1));
        assertUnavailable(store.tokenUser("anna"));
        assertUnavailable(store.rememberTokenUser("anna"));
        assertUnavailable(store.exists(LOBBY, "user:anna"));

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

    private void rename(String table, String name) {
        Jdbi.create(database).useHandle(sql -> sql.execute("alter table " + table + " rename to " + name));
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
        assertUnavailable(store.exists(LOBBY, "user:anna"));
    }

    // What is stored is what was sent

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
        String sender = "user:" + "ß".repeat(64);

        assertThat(seq(append(sender, "a", List.of(new Channel.Inbox(sender)), "x")))
                .isEqualTo(1);
        assertThat(seq(append(sender, "x".repeat(64), List.of(new Channel.Room("r".repeat(64))), "x")))
                .isEqualTo(1);
    }

    // Helpers

    private static ServerMessage.Stored chat(Channel channel, long seq, String id, String content, String sentAt) {
        return new ServerMessage.Chat(
                channel.roomName().orElse("lobby"), seq, id, "anna", content, sentAt, Optional.empty());
    }

    private static Append message(String sender, String id, List<Channel> channels, String content) {
        return new Append(
                sender,
                id,
                channels,
                ContentDigest.of("chat", channels, List.of(Optional.of(content))),
                (channel, seq, sentAt) -> chat(channel, seq, id, content, sentAt));
    }

    private CompletableFuture<Appended> later(String sender, String id, List<Channel> channels, String content) {
        return later(store, message(sender, id, channels, content));
    }

    private static CompletableFuture<Appended> later(MessageStore store, Append append) {
        CompletableFuture<Appended> outcome = new CompletableFuture<>();
        if (!store.append(append, () -> true, outcome::complete)) {
            outcome.complete(new Appended.Unavailable());
        }
        return outcome;
    }

    private Appended append(String sender, String id, List<Channel> channels, String content) {
        return get(later(sender, id, channels, content));
    }

    private Appended append(String id, String content) {
        return append(ANNA, id, List.of(LOBBY), content);
    }

    private void appendMany(int count) {
        for (int i = 1; i <= count; i++) {
            append("user:many", "many-" + ids.incrementAndGet(), List.of(LOBBY), "message " + i);
        }
    }

    private static long seq(Appended outcome) {
        return ((Appended.Stored) outcome).place().seq();
    }

    private void forget(long upTo) {
        Jdbi.create(database).useHandle(sql -> {
            sql.execute("delete from parley_message where seq <= ?", upTo);
            sql.execute("update parley_channel set oldest = ?", upTo + 1);
        });
    }

    private HistoryPage history(long before, int limit, int maxBytes) {
        return get(store.history(LOBBY, "user:anna", before, limit, maxBytes)).orElseThrow();
    }

    private long unread() {
        return get(store.open(ANNA, List.of(LOBBY))).get(LOBBY).unread();
    }

    private List<String> contents(Channel channel) {
        return contents(get(store.after(channel, "user:anna", 0, 1_000, MAX_BYTES)).messages().stream()
                .map(placed -> placed.message().json())
                .toList());
    }

    private static List<String> contents(List<String> bodies) {
        return bodies.stream()
                .map(body -> MessageCodec.decodeStored(body).content())
                .toList();
    }

    private static List<Long> seqs(CompletionStage<ChannelPage> page) {
        return get(page).messages().stream().map(Appended.StoredCopy::seq).toList();
    }

    /** Waits for all earlier calls, including the fan-out. */
    private void settle() {
        get(store.exists(LOBBY, "user:anna"));
    }

    private static void assertUnavailable(CompletionStage<?> stage) {
        assertThatThrownBy(() -> get(stage))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StoreUnavailable.class);
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
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
