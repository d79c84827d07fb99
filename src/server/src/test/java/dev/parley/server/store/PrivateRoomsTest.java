package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.model.Appended;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Private rooms: their members, and who may read and change them. */
class PrivateRoomsTest extends MessageStoreContract {
    private static final Channel.Room SECRET = new Channel.Room("_secret-1");
    private static final UserKey BERTA = UserKey.user("berta");

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
        assertThat(get(store.after(SECRET, Set.of(ANNA), 0, 10, MAX_BYTES)).entries())
                .hasSize(1);
        assertThat(get(store.after(SECRET, Set.of(BERTA), 0, 10, MAX_BYTES)).authorized())
                .isEmpty();
        assertThat(get(store.page(SECRET, ANNA, Optional.empty(), 10, MAX_BYTES)))
                .isPresent();
        assertThat(get(store.page(SECRET, BERTA, Optional.empty(), 10, MAX_BYTES)))
                .isEmpty();
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
        assertThat(get(store.after(SECRET, Set.of(BERTA), 1, 10, MAX_BYTES)).authorized())
                .isEmpty();

        assertThat(get(rooms.invite(SECRET, ANNA, BERTA))).isEqualTo(RoomStore.Change.DONE);
        assertThat(get(store.after(SECRET, Set.of(BERTA), 1, 10, MAX_BYTES)))
                .extracting(Backlog.Page::authorized, Backlog.Page::aclVersion)
                .containsExactly(Set.of(BERTA), 1L);
    }

    @Test
    void onlyTheOwnerChangesAPrivateRoomButAnyoneMayLeave() {
        RoomStore rooms = rooms();
        get(rooms.create(SECRET, ANNA, List.of(BERTA)));
        assertThat(get(rooms.invite(SECRET, BERTA, UserKey.user("carl")))).isEqualTo(RoomStore.Change.NOT_OWNER);
        assertThat(get(rooms.invite(SECRET, UserKey.user("carl"), UserKey.user("carl"))))
                .isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
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
        rooms.onAclChanged((room, aclVersion) -> {
            throw new AssertionError("changed to " + aclVersion);
        });
        get(rooms.create(SECRET, ANNA, List.of()));
        assertThat(get(rooms.remove(SECRET, ANNA, BERTA))).isEqualTo(RoomStore.Change.DONE);
        assertThat(get(store.open(ANNA, List.of(SECRET))).get(SECRET).aclVersion())
                .isZero();
    }

    @Test
    void manyReadersAreCheckedAtOnce() {
        RoomStore rooms = rooms();
        get(rooms.create(SECRET, ANNA, List.of(BERTA, UserKey.user("carl"))));
        get(rooms.remove(SECRET, ANNA, UserKey.user("carl")));
        Backlog.Page page = get(store.after(SECRET, Set.of(ANNA, UserKey.user("carl")), 0, 10, MAX_BYTES));
        assertThat(page.authorized()).containsExactly(ANNA);
        assertThat(page.aclVersion()).isEqualTo(1);
        assertThat(get(store.after(SECRET, Set.of(), 0, 10, MAX_BYTES)).aclVersion())
                .as("where nobody asks for a right")
                .isEqualTo(1);
        assertThat(get(store.after(new Channel.Room("_none"), Set.of(ANNA), 0, 10, MAX_BYTES)))
                .isEqualTo(Backlog.Page.FORBIDDEN);
        page = get(store.after(LOBBY, Set.of(ANNA), 0, 10, MAX_BYTES));
        assertThat(page.authorized()).containsExactly(ANNA);
        assertThat(page.aclVersion()).isZero();
    }

    @Test
    void membersAreListedForMembersAlone() {
        RoomStore rooms = rooms();
        get(store.rememberTokenUser("Anna"));
        UserKey carl = UserKey.user("CARL");
        get(rooms.create(SECRET, ANNA, List.of(BERTA, carl)));
        get(rooms.create(new Channel.Room("_secret-2"), BERTA, List.of(UserKey.user("dora"))));
        Optional<RoomStore.Members> all = Optional.of(new RoomStore.Members("Anna", List.of("Anna", "berta", "carl")));
        assertThat(get(rooms.members(SECRET, ANNA))).isEqualTo(all);
        assertThat(get(rooms.members(SECRET, BERTA))).isEqualTo(all);
        assertThat(get(rooms.members(SECRET, UserKey.user("dora")))).isEmpty();
        assertThat(get(rooms.members(SECRET, UserKey.guest("anna")))).isEmpty();
        assertThat(get(rooms.members(new Channel.Room("_none"), ANNA))).isEmpty();
        assertThat(get(rooms.members(LOBBY, ANNA))).isEmpty();

        get(rooms.remove(SECRET, ANNA, carl));
        assertThat(get(rooms.members(SECRET, carl))).isEmpty();
        assertThat(get(rooms.members(SECRET, ANNA))).contains(new RoomStore.Members("Anna", List.of("Anna", "berta")));
    }

    @Test
    void membersOfAFullRoomAreAllListed() {
        RoomStore rooms = rooms();
        List<UserKey> crowd = IntStream.range(1, RoomStore.MEMBERS_MAX)
                .mapToObj(i -> UserKey.user("" + i))
                .toList();
        get(rooms.create(SECRET, ANNA, crowd));
        assertThat(get(rooms.members(SECRET, ANNA)).orElseThrow().names()).hasSize(RoomStore.MEMBERS_MAX);
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
            assertThat(get(rooms.invite(SECRET, UserKey.user("carl"), BERTA))).isEqualTo(RoomStore.Change.NO_SUCH_ROOM);
            assertThat(get(rooms.remove(SECRET, BERTA, ANNA))).isEqualTo(RoomStore.Change.NOT_OWNER);
        });
    }

    @Test
    void privateRoomsAndTheirMembersAreBounded() {
        RoomStore rooms = rooms();
        List<UserKey> crowd = IntStream.range(0, RoomStore.MEMBERS_MAX)
                .mapToObj(i -> UserKey.user("" + i))
                .toList();
        assertThat(get(rooms.create(SECRET, ANNA, crowd))).isEqualTo(RoomStore.Change.TOO_MANY);
        assertThat(get(rooms.create(SECRET, UserKey.user("host"), crowd.subList(1, crowd.size()))))
                .isEqualTo(RoomStore.Change.DONE);
        assertThat(get(rooms.invite(SECRET, UserKey.user("host"), UserKey.user("0"))))
                .isEqualTo(RoomStore.Change.TOO_MANY);
        assertThat(get(rooms.invite(SECRET, UserKey.user("host"), UserKey.user("1"))))
                .as("in already")
                .isEqualTo(RoomStore.Change.DONE);
        for (int i = 0; i < RoomStore.OWNED_MAX; i++) {
            get(rooms.create(new Channel.Room("_r-" + i), ANNA, List.of()));
        }
        assertThat(get(rooms.create(SECRET, ANNA, List.of()))).isEqualTo(RoomStore.Change.TOO_MANY);
        assertThat(get(rooms.create(new Channel.Room("_other"), BERTA, List.of())))
                .isEqualTo(RoomStore.Change.DONE);
    }
}
