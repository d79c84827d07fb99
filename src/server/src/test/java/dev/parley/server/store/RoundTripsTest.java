package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.GuestSecret;
import dev.parley.server.auth.Identity;
import dev.parley.server.backplane.GrowthLog;
import dev.parley.server.store.jdbc.RecordedStatements;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import dev.parley.server.store.model.OpenedChannels;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * The number of round trips to the database. On H2, which runs in the process, commits are not counted: there each
 * statement has a transaction.
 */
class RoundTripsTest extends MessageStoreContract {
    private static final GuestSecret SECRET = new GuestSecret("secret");
    private static final Identity GUEST = Identity.guest(UserKey.guest("1"), "Guest", "tag1");
    private static final List<Channel> OWN = List.of(LOBBY, ANNAS, Channel.Broadcast.INSTANCE);
    private static final List<Channel> GUESTS =
            List.of(LOBBY, new Channel.Inbox(GUEST.key()), Channel.Broadcast.INSTANCE);
    private static final List<Channel> ROOMS = IntStream.range(0, 50)
            .<Channel>mapToObj(i -> new Channel.Room("room-" + i))
            .toList();

    private RecordedStatements recorded;

    @Override
    DataSource empty() {
        recorded = new RecordedStatements(super.empty());
        return recorded;
    }

    private List<String> roundTrips() {
        return recorded.take().stream()
                .filter(asked -> dialect == Dialect.POSTGRESQL || !asked.equals("commit"))
                .toList();
    }

    private OpenedChannels signIn(String name) {
        return get(store.openForUser(UserKey.user(name), name, OWN, ROOMS));
    }

    @Test
    void userThatWasHereBeforeSignsInWithOne() {
        get(store.open(ANNA, ROOMS));
        signIn("anna");
        recorded.take();

        OpenedChannels opened = signIn("anna");
        assertThat(roundTrips()).hasSize(1);
        assertThat(opened.user()).contains("anna");
        assertThat(opened.views()).hasSize(OWN.size() + ROOMS.size());
    }

    @Test
    void usersFirstSignInTakesThree() {
        get(store.open(UserKey.user("berta"), List.of(LOBBY, Channel.Broadcast.INSTANCE)));
        recorded.take();

        OpenedChannels opened = signIn("anna");
        assertThat(roundTrips())
                .as("the name is looked up before anything is written, for a database that is read-only")
                .hasSize(3);
        assertThat(opened.views()).containsOnlyKeys(OWN);
    }

    @Test
    void newGuestSignsInWithTwo() {
        get(store.open(ANNA, OWN));
        recorded.take();

        assertThat(get(guests.create(GUEST, SECRET))).isEqualTo(new GuestStore.Entry.Entered(GUEST));
        assertThat(get(store.open(GUEST.key(), GUESTS, ROOMS))).containsOnlyKeys(GUESTS);
        assertThat(roundTrips()).hasSize(2);
    }

    @Test
    void guestComesBackWithTwo() {
        get(guests.create(GUEST, SECRET));
        get(store.open(GUEST.key(), GUESTS, ROOMS));
        recorded.take();

        assertThat(get(guests.comeBack(SECRET))).contains(GUEST);
        OpenedChannels opened = get(store.openForGuest(GUEST, GUESTS, ROOMS));
        assertThat(roundTrips()).hasSize(2);
        assertThat(opened.user()).isEmpty();
        assertThat(opened.views()).containsOnlyKeys(GUESTS);
    }

    @Test
    void pagesTakeOneForEachStatement() {
        append("a", "one");
        recorded.take();
        assertThat(get(store.after(LOBBY, Set.of(ANNA), 0, 10, MAX_BYTES)).entries())
                .hasSize(1);
        assertThat(roundTrips()).as("the channel, the sizes, the messages").hasSize(3);
        assertThat(history(EVERYTHING, 10, MAX_BYTES).bodies()).hasSize(1);
        assertThat(roundTrips()).as("the same, and what was trimmed meanwhile").hasSize(4);
    }

    @Test
    void littleThatWasMissedInAnInboxTakesOne() {
        append(ANNA, "a", List.of(ANNAS), "one");
        recorded.take();
        assertThat(get(store.after(ANNAS, Set.of(), 0, 1_000, MAX_BYTES)).entries())
                .hasSize(1);
        assertThat(roundTrips()).hasSize(1);
    }

    @Test
    void signInsThatComeTogetherShareTheirs() {
        List<String> names = IntStream.range(0, 90).mapToObj(i -> "user-" + i).toList();
        names.forEach(this::signIn);
        recorded.take();
        database.hold();
        List<CompletionStage<OpenedChannels>> together = names.stream()
                .map(name -> store.openForUser(
                        UserKey.user(name), name, List.of(LOBBY, new Channel.Inbox(UserKey.user(name))), ROOMS))
                .toList();
        database.release();

        for (int i = 0; i < names.size(); i++) {
            OpenedChannels opened = get(together.get(i));
            assertThat(opened.user()).contains(names.get(i));
            assertThat(opened.views()).containsKeys(LOBBY, new Channel.Inbox(UserKey.user(names.get(i))));
        }
        assertThat(roundTrips()).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void singleReadsTakeOne() {
        append("a", "one");
        recorded.take();
        get(store.exists(LOBBY, ANNA));
        assertThat(roundTrips()).hasSize(1);
        get(guests.holder("anna"));
        assertThat(roundTrips()).hasSize(1);
        get(guests.tagged("tag1"));
        assertThat(roundTrips()).hasSize(1);
        get(store.missing(List.of(BERTAS)));
        assertThat(roundTrips()).hasSize(1);
        get(store.findDuplicate(message(ANNA, "a", List.of(LOBBY), "one")));
        assertThat(roundTrips()).hasSize(1);
        get(store.ping());
        assertThat(roundTrips()).hasSize(1);
    }

    @Test
    void growthAndChangesOfOtherNodesTakeOneASecond() {
        GrowthStore growth = new GrowthStore(threads, "this", new DatabaseClock(InstantSource.system()));
        append("a", "one");
        logGrowth(1);
        GrowthLog.Growth first = get(growth.since(new GrowthLog.Mark(Map.of("other", 0L), Set.of(), Instant.EPOCH)));
        recorded.take();
        assertThat(get(growth.since(first.mark())).heads()).isEmpty();
        assertThat(roundTrips()).as("in a quiet second").hasSize(1);

        logGrowth(2);
        get(store.renewEpoch(LOBBY));
        recorded.take();
        GrowthLog.Growth second = get(growth.since(first.mark()));
        assertThat(roundTrips()).as("with news of a channel that is known").hasSize(1);
        assertThat(second.heads()).isEqualTo(Map.of(LOBBY, 1L));
        assertThat(second.changed()).containsExactly(LOBBY);
    }

    private void logGrowth(long number) {
        get(threads.query(sql -> sql.execute("insert into parley_growth (node, n, channels, heads) select 'other', "
                + number + ", array[id], array[head] from parley_channel where name = 'lobby'")));
    }

    @Test
    void threadsKeepTheirConnectionsAsLongAsWorkWaits() {
        get(store.exists(LOBBY, ANNA));
        int before = database.connections();
        database.hold();
        List<CompletableFuture<Boolean>> waiting = IntStream.range(0, 100)
                .mapToObj(i -> threads.statements(sql -> sql.createQuery("select 1")
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent()))
                .toList();
        database.release();

        assertThat(waiting).allSatisfy(done -> assertThat(get(done)).isTrue());
        assertThat(database.connections() - before).isLessThanOrEqualTo(3);
        Awaitility.await().until(() -> database.lent() == 0);
    }

    @Test
    void messagesAreEncodedBeforeTheirChannelsAreLocked() {
        append("a", "one");
        recorded.take();
        AtomicReference<Boolean> wasLocked = new AtomicReference<>();
        CompletableFuture<Appended> outcome = later(
                store,
                new Append(
                        ANNA,
                        new MessageId("b"),
                        List.of(LOBBY),
                        ContentDigest.of("chat", List.of(LOBBY), List.of(Optional.of("two"))),
                        (channel, seq, sentAt) -> {
                            wasLocked.compareAndSet(null, recorded.wasAsked("for update"));
                            return chat(channel, seq, "b", "two", sentAt);
                        }));

        assertThat(seq(get(outcome))).isEqualTo(2);
        assertThat(wasLocked).hasValue(false);
        assertThat(recorded.wasAsked("for update")).isTrue();
        assertThat(contents(LOBBY)).containsExactly("one", "two");
    }

    @Test
    void newChannelsOfAGroupAreCreatedInOneStatement() throws InterruptedException {
        append("a", "one");
        database.holdTheNext();
        later(ANNA, "first", List.of(LOBBY), "x");
        database.awaitHeld();
        List<CompletableFuture<Appended>> group = ROOMS.stream()
                .map(room -> later(ANNA, "id-" + room.name(), List.of(room), "x"))
                .toList();
        recorded.take();
        database.release();

        assertThat(group).allSatisfy(outcome -> assertThat(get(outcome)).isInstanceOf(Appended.Stored.class));
        assertThat(recorded.take())
                .filteredOn(asked -> asked.contains("insert into parley_channel"))
                .hasSize(1);
    }
}
