package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ChannelView;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Read marks and the count of unread messages. */
class ReadMarkTest extends MessageStoreContract {
    @Test
    void unreadCountsMessagesAfterTheMark() {
        appendMany(5);

        assertThat(unread()).isEqualTo(5);
        assertThat(get(store.mark(LOBBY, ANNA, 3))).contains(3L);
        assertThat(unread()).isEqualTo(2);
        assertThat(get(store.open(UserKey.user("berta"), List.of(LOBBY)))
                        .get(LOBBY)
                        .unread())
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
        append(UserKey.user("berta"), "c", List.of(LOBBY), "three");
        append("d", "behind an unread one");
        assertThat(unread()).isEqualTo(2);
        assertThat(view(UserKey.user("berta"), LOBBY).unread()).isEqualTo(4);

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
        List<CompletableFuture<Appended>> group = Stream.of(ANNA, ANNA, UserKey.user("berta"), ANNA)
                .map(sender -> later(sender, "group-" + ids.incrementAndGet(), List.of(LOBBY), "x"))
                .toList();
        database.release();
        group.forEach(MessageStoreContract::get);

        assertThat(unread()).isEqualTo(2);
        assertThat(view(UserKey.user("berta"), LOBBY).unread()).isEqualTo(6);
    }

    @Test
    void directMessageIsReadInItsSendersInboxOnly() {
        append(ANNA, "a", List.of(ANNAS, BERTAS), "x");

        assertThat(view(ANNA, ANNAS).unread()).isZero();
        assertThat(view(UserKey.user("berta"), BERTAS).unread()).isEqualTo(1);
        List<String> readers = Jdbi.create(database)
                .withHandle(sql -> sql.createQuery("select reader from parley_read_mark")
                        .mapTo(String.class)
                        .list());
        assertThat(readers).containsExactly(ANNA.value());
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

        assertThat(view)
                .usingRecursiveComparison()
                .ignoringFields("asOf")
                .isEqualTo(new ChannelView(new Position("epoch-1", 5), 6, 0, 0, 0));
        assertThat(seq(append("new", "x"))).isEqualTo(6);
    }

    private long unread() {
        return get(store.open(ANNA, List.of(LOBBY))).get(LOBBY).unread();
    }

    private void forget(long upTo) {
        Jdbi.create(database).useHandle(sql -> {
            sql.execute("delete from parley_message where seq <= ?", upTo);
            sql.execute("update parley_channel set oldest = ?", upTo + 1);
        });
    }
}
