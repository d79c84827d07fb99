package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.ChannelView;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Channels: their creation, their positions and the list of rooms. */
class ChannelsTest extends MessageStoreContract {
    @Test
    void openCreatesMissingChannelsAndKeepsTheOrder() {
        appendMany(2);

        Map<Channel, ChannelView> views = get(store.open(ANNA, List.of(BERTAS, LOBBY, Channel.Broadcast.INSTANCE)));

        assertThat(views.keySet()).containsExactly(BERTAS, LOBBY, Channel.Broadcast.INSTANCE);
        assertThat(views.get(LOBBY))
                .usingRecursiveComparison()
                .ignoringFields("asOf")
                .isEqualTo(new ChannelView(new Position("epoch-1", 2), 1, 2, 0, 0));
        assertThat(views.get(BERTAS))
                .usingRecursiveComparison()
                .ignoringFields("asOf")
                .isEqualTo(new ChannelView(new Position("epoch-2", 0), 1, 0, 0, 0));
        assertThat(views.get(Channel.Broadcast.INSTANCE).head().epoch()).isEqualTo("epoch-3");
    }

    @Test
    void missingChannelsAreQueriedOncePerChannel() {
        Channel.Room garden = new Channel.Room("garden");
        assertThat(get(store.missing(List.of(garden, BERTAS)))).isEqualTo(2);
        append(ANNA, "a", List.of(garden), "x");
        assertThat(get(store.missing(List.of(garden, BERTAS)))).isEqualTo(1);
        get(store.open(ANNA, List.of(BERTAS)));
        int before = database.transactions();

        assertThat(get(store.missing(List.of(garden, new Channel.Room("_private")))))
                .isZero();
        assertThat(get(store.missing(List.of(BERTAS)))).isZero();
        assertThat(database.transactions() - before)
                .as("of what was opened or asked for before, the database is not asked")
                .isZero();
    }

    @Test
    void concurrentOpensCreateAChannelOnce() {
        List<CompletionStage<Map<Channel, ChannelView>>> asked = IntStream.range(0, 100)
                .mapToObj(i -> store.open(UserKey.user("" + i), List.of(LOBBY, Channel.Broadcast.INSTANCE)))
                .toList();

        assertThat(asked.stream().map(views -> get(views).get(LOBBY).head()).distinct())
                .hasSize(1);
    }

    @Test
    void positionDoesNotCreateARoom() {
        assertThat(get(store.open(ANNA, List.of(LOBBY), List.of(new Channel.Room("nowhere")))))
                .containsOnlyKeys(LOBBY);
        assertThat(get(store.exists(new Channel.Room("nowhere"), ANNA))).isFalse();
    }

    @Test
    void onlyPositionsWithAllLaterMessagesCanBeServed() {
        ChannelView view = new ChannelView(new Position("epoch", 9), 4, 0, 0, 0);

        assertThat(view.canServe(new Position("epoch", 3))).isTrue();
        assertThat(view.canServe(new Position("epoch", 9))).isTrue();
        assertThat(view.canServe(new Position("epoch", 2))).isFalse();
        assertThat(view.canServe(new Position("epoch", 10))).isFalse();
        assertThat(view.canServe(new Position("other", 5))).isFalse();
    }

    @Test
    void publicRoomsAreListedWithUnreadAndPrivateAreNot() {
        append(UserKey.user("berta"), "a", List.of(new Channel.Room("b-room")), "x");
        append(UserKey.user("berta"), "b", List.of(new Channel.Room("a-room")), "x");
        append(UserKey.user("berta"), "c", List.of(new Channel.Room("_private")), "x");
        append(UserKey.user("berta"), "d", List.of(new Channel.Room("a_room")), "x");
        append(UserKey.user("berta"), "e", List.of(ANNAS), "x");
        get(store.mark(new Channel.Room("b-room"), ANNA, 1));

        assertThat(get(store.rooms(ANNA, 10))).isEqualTo(Map.of("a-room", 1L, "a_room", 1L, "b-room", 0L));
        assertThat(get(store.rooms(ANNA, 1))).containsExactly(Map.entry("a-room", 1L));
    }

    @Test
    void longestNamesOfRoomsAreStored() {
        // The most characters, bytes and UTF-16 units that a name can have.
        Channel.Room room = new Channel.Room("\uD840\uDC00".repeat(32) + "r".repeat(32));
        append(ANNA, "a", List.of(room), "x");

        assertThat(seq(append(ANNA, "b", List.of(room), "x"))).isEqualTo(2);
        assertThat(get(store.rooms(ANNA, 10))).containsKey(room.name());
    }

    @Test
    void roomsWithNamesOfANewerUnicodeAreNotListed() {
        append(ANNA, "a", List.of(LOBBY), "x");
        Jdbi.create(database)
                .useHandle(sql -> sql.execute(
                        "insert into parley_channel (kind, name, epoch, head) values ('ROOM', ?, 'e', 7)", "\u0378"));

        assertThat(get(store.rooms(ANNA, 10))).containsOnlyKeys(LOBBY.name());
    }
}
