package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.RetentionTables;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ChannelView;
import dev.parley.server.store.model.HistoryPage;
import dev.parley.server.store.model.Retention;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.junit.jupiter.api.Test;

/** Retention: the messages and ids that are deleted. */
class RetentionTest extends MessageStoreContract {
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
                    .useHandle(sql -> sql.execute("insert into parley_channel (kind, name, epoch, head, oldest)"
                            + " select 'ROOM', 'r' || v.n, 'e', 1, 1 from (select row_number() over () as n"
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

    @Test
    void messagesOverTheCountAreHiddenBeforeTheirDeletion() {
        appendMany(5);
        append(UserKey.user("many"), "i", List.of(ANNAS), "x");
        try (MessageStore keepsThree = keeping(3, Duration.ofDays(1), Duration.ofDays(1))) {
            ChannelView view =
                    get(keepsThree.open(UserKey.user("nobody"), List.of(LOBBY))).get(LOBBY);
            HistoryPage history = get(keepsThree.history(LOBBY, ANNA, EVERYTHING, 10, MAX_BYTES))
                    .orElseThrow();

            assertThat(view)
                    .usingRecursiveComparison()
                    .ignoringFields("asOf")
                    .isEqualTo(new ChannelView(view.head(), 3, 3, 0, 0));
            assertThat(view.canServe(new Position(view.head().epoch(), 2))).isTrue();
            assertThat(view.canServe(new Position(view.head().epoch(), 1))).isFalse();
            assertThat(contents(history.bodies())).containsExactly("message 3", "message 4", "message 5");
            assertThat(history).isEqualTo(new HistoryPage(history.bodies(), 3, false));
            assertThat(get(keepsThree.history(LOBBY, ANNA, 3, 10, MAX_BYTES)))
                    .contains(new HistoryPage(List.of(), 3, false));
            assertThat(get(keepsThree.rooms(ANNA, 10))).isEqualTo(Map.of("lobby", 3L));
            assertThat(seqs(keepsThree.after(LOBBY, Set.of(ANNA), 1, 10, MAX_BYTES)))
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
        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 10, MAX_BYTES)))
                .containsExactly(5L, 6L, 7L);
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
        assertThat(get(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 5_000, MAX_BYTES))
                        .entries())
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
        assertThat(view(LOBBY))
                .usingRecursiveComparison()
                .ignoringFields("asOf")
                .isEqualTo(new ChannelView(new Position("epoch-1", 2), 3, 0, 0, 0));
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
    void channelsThatGrewByAFewAreTrimmedTogether() {
        List<Channel> rooms = IntStream.range(0, 50)
                .<Channel>mapToObj(i -> new Channel.Room("room-" + i))
                .toList();
        for (Channel room : rooms) {
            IntStream.range(0, 4).forEach(i -> append(ANNA, room.name() + i, List.of(room), "x"));
        }
        Map<Channel, Long> trimmed = new ConcurrentHashMap<>();
        try (MessageStore forgetful = keeping(3, Duration.ofDays(1), Duration.ofDays(1))) {
            forgetful.onTrimmed(trimmed::put);
            int before = database.transactions();
            get(forgetful.trim());
            assertThat(database.transactions() - before)
                    .as("transactions for %d rooms", rooms.size())
                    .isLessThan(20);
        }
        assertThat(trimmed).hasSize(rooms.size()).containsValue(1L);
        assertThat(rooms).allSatisfy(room -> assertThat(view(room).oldest()).isEqualTo(2));
    }

    @Test
    void batchesAreBoundedAndInTheOrderOfTheIds() {
        List<List<RetentionTables.Overdue>> batches = RetentionTables.batches(
                List.of(overdue(3, 1, 4_500), overdue(1, 11, 500), overdue(2, 7, 7), overdue(4, 10, 9)));

        assertThat(batches)
                .containsExactly(
                        List.of(overdue(1, 11, 500), overdue(2, 7, 7)),
                        List.of(overdue(3, 1, 2_000)),
                        List.of(overdue(3, 2_001, 4_000)),
                        List.of(overdue(3, 4_001, 4_500)));
    }

    private static RetentionTables.Overdue overdue(long id, long oldest, long upTo) {
        return new RetentionTables.Overdue(id, Optional.empty(), oldest, upTo);
    }

    @Test
    void nodeThatIsNotTheFirstTrimsWhatGrewThroughItAlone() {
        append(ANNA, "r-1", List.of(LOBBY), "old");
        append(ANNA, "i-1", List.of(ANNAS), "old");
        now = now.plus(Duration.ofDays(3));
        try (MessageStore other = keeping(1, Duration.ofDays(2), Duration.ofDays(1))) {
            assertThat(get(later(other, message(ANNA, "r-2", List.of(LOBBY), "new"))))
                    .isInstanceOf(Appended.Stored.class);
            // A channel is marked as grown after the ack.
            await().untilAsserted(() -> {
                get(other.trimGrown());
                assertThat(view(LOBBY).oldest()).isEqualTo(2);
            });
            assertThat(view(ANNAS).oldest()).as("too old, but another node's").isEqualTo(1);
            assertThat(append("r-1", "old")).isInstanceOf(Appended.Duplicate.class);

            now = now.plus(Duration.ofDays(3));
            get(other.trim());
            assertThat(view(ANNAS).oldest()).isEqualTo(2);
        }
    }

    @Test
    void manyIdsAreForgottenInBoundedSteps() {
        int count = 25_000;
        Jdbi direct = Jdbi.create(database.unswitched());
        direct.useHandle(sql -> {
            PreparedBatch batch = sql.prepareBatch("insert into parley_sent (sender, id, seq, sent_at, digest)"
                    + " values ('anna', :id, 1, :at, 'x')");
            for (int i = 0; i < count; i++) {
                // A group of messages has one time.
                batch.bind("id", "id-" + i)
                        .bind("at", now.plusMillis(i / 500).atOffset(ZoneOffset.UTC))
                        .add();
            }
            batch.execute();
        });
        append("young", "x");
        List<Integer> left = new CopyOnWriteArrayList<>();
        now = now.plus(Duration.ofHours(1));
        try (MessageStore forgetful = keeping(100, Duration.ofDays(1), Duration.ofMinutes(59))) {
            append("youngest", "x");
            database.whenBegun(() -> left.add(remembered(direct)));
            get(forgetful.trim());
        } finally {
            database.whenBegun(() -> {});
        }
        assertThat(remembered(direct)).as("the youngest").isEqualTo(1);
        List<Integer> steps = left.stream().distinct().toList();
        assertThat(steps).startsWith(25_002).endsWith(1).hasSizeGreaterThanOrEqualTo(4);
        assertThat(IntStream.range(1, steps.size()).map(i -> steps.get(i - 1) - steps.get(i)))
                .allSatisfy(step -> assertThat(step).isLessThanOrEqualTo(10_000));
    }

    @Test
    void idThatABackupBroughtBackIsForgottenWithinAnHour() {
        Jdbi direct = Jdbi.create(database);
        try (MessageStore forgetful = keeping(100, Duration.ofDays(1), Duration.ofHours(2))) {
            get(forgetful.trim());
            direct.useHandle(sql -> sql.createUpdate("insert into parley_sent (sender, id, seq, sent_at, digest)"
                            + " values ('anna', 'old', 1, :at, 'x')")
                    .bind("at", now.minus(Duration.ofDays(1)).atOffset(ZoneOffset.UTC))
                    .execute());
            now = now.plus(Duration.ofMinutes(61));
            get(forgetful.trim());
            assertThat(remembered(direct)).isZero();
        }
    }

    private static int remembered(Jdbi direct) {
        return direct.withHandle(sql -> sql.createQuery("select count(*) from parley_sent")
                .mapTo(Integer.class)
                .one());
    }

    private MessageStore keeping(int count, Duration age, Duration dedupeAge) {
        return open(
                database,
                new Retention(
                        new Retention.Kind(count, age), new Retention.Kind(count + 1, age.multipliedBy(2)), dedupeAge));
    }
}
