package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ChannelView;
import dev.parley.server.store.model.HistoryPage;
import dev.parley.server.store.model.Retention;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
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

    private MessageStore keeping(int count, Duration age, Duration dedupeAge) {
        return open(
                database,
                new Retention(
                        new Retention.Kind(count, age), new Retention.Kind(count + 1, age.multipliedBy(2)), dedupeAge));
    }
}
