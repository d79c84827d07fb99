package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.GuestSecret;
import dev.parley.server.auth.Identity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Guests, their secrets, and how long both are remembered. */
class GuestStoreTest extends MessageStoreContract {
    private static final Duration DAY = Duration.ofDays(1);

    private static GuestSecret secret(String id) {
        return new GuestSecret("secret of " + id);
    }

    private Identity create(String id, String name) {
        GuestStore.Entry entry = get(guests.create(Identity.guest(UserKey.guest(id), name, "tag" + id), secret(id)));
        return ((GuestStore.Entry.Entered) entry).guest();
    }

    private Optional<Identity> find(String id) {
        return get(guests.comeBack(secret(id)));
    }

    private void trim(Identity... connected) {
        get(guests.trim(List.of(connected).stream().map(Identity::key).toList()));
    }

    private int count(String table) {
        return Jdbi.create(database).withHandle(sql -> sql.createQuery("select count(*) from " + table)
                .mapTo(Integer.class)
                .one());
    }

    @Test
    void guestIsFoundByItsSecretOnly() {
        Identity anna = create("1", "Anna");
        Identity other = create("2", "Anna");
        assertThat(find("1")).contains(anna);
        assertThat(find("2")).contains(other);
        assertThat(get(guests.comeBack(new GuestSecret("tag1")))).isEmpty();
        String stored = Jdbi.create(database)
                .withHandle(sql -> sql.createQuery("select secret_hash from parley_guest where tag = 'tag1'")
                        .mapTo(String.class)
                        .one());
        assertThat(stored).isEqualTo(secret("1").hash()).doesNotContain("secret");
    }

    @Test
    void guestIsFoundByItsTagUnderWhateverName() {
        Identity anna = create("1", "Anna");
        create("12", "Anna");
        assertThat(get(guests.tagged("tag1"))).contains(anna);
        Identity renamed = anna.named("Berta");
        get(guests.enter(renamed));
        assertThat(get(guests.tagged("tag1"))).contains(renamed);
        assertThat(get(guests.tagged("tag"))).isEmpty();
        now = now.plus(GUEST_AGE).plusSeconds(1);
        assertThat(get(guests.tagged("tag1"))).as("over before it is deleted").isEmpty();
    }

    @Test
    void tagInUseGetsMoreCharacters() {
        create("1", "Anna");
        for (String tag : List.of("tag1x", "tag1xx")) {
            Identity wanted = Identity.guest(UserKey.guest(tag), "Berta", "tag1");
            assertThat(get(guests.create(wanted, secret(tag))))
                    .isEqualTo(new GuestStore.Entry.Entered(Identity.guest(wanted.key(), "Berta", tag)));
        }
    }

    @Test
    void nameOfAUserIsTakenInAnyCase() {
        Identity guest = create("1", "Carla");
        get(store.rememberTokenUser("Anna"));
        assertThat(get(guests.create(Identity.guest(UserKey.guest("2"), "ANNA", "tag2"), secret("2"))))
                .isEqualTo(new GuestStore.Entry.NameTaken());
        assertThat(get(guests.enter(guest.named("anna")))).isEqualTo(new GuestStore.Entry.NameTaken());
        assertThat(find("1")).contains(guest);
        assertThat(find("2")).isEmpty();
    }

    @Test
    void guestIsEnteredUnderAnotherName() {
        Identity renamed = create("1", "Anna").named("Berta");
        assertThat(get(guests.enter(renamed))).isEqualTo(new GuestStore.Entry.Entered(renamed));
        assertThat(find("1")).contains(renamed);
        assertThat(get(guests.holder("anna"))).isEqualTo(GuestStore.Holder.NOBODY);
        assertThat(get(guests.holder("BERTA"))).isEqualTo(GuestStore.Holder.GUESTS);
    }

    @Test
    void userHoldsANameBeforeGuestsDo() {
        create("1", "Anna");
        assertThat(get(guests.holder("ANNA"))).isEqualTo(GuestStore.Holder.GUESTS);
        get(store.rememberTokenUser("anna"));
        assertThat(get(guests.holder("Anna"))).isEqualTo(GuestStore.Holder.USER);
    }

    @Test
    void guestWhoseTimeIsOverIsForgottenWithItsInboxAndMarks() {
        Identity anna = create("1", "Anna");
        Channel inbox = new Channel.Inbox(anna.key());
        append(anna.key(), "a", List.of(LOBBY), "stays");
        append(ANNA, "b", List.of(ANNAS, inbox), "to the guest");
        assertThat(get(store.mark(inbox, anna.key(), 1))).contains(1L);
        assertThat(get(store.mark(LOBBY, ANNA, 1))).contains(1L);
        int channels = count("parley_channel");
        trim();
        assertThat(count("parley_channel")).isEqualTo(channels);

        now = now.plus(GUEST_AGE).plusSeconds(1);
        assertThat(find("1")).as("over before it is deleted").isEmpty();
        trim();
        assertThat(count("parley_guest")).isZero();
        assertThat(count("parley_channel")).isEqualTo(channels - 1);
        assertThat(contents(LOBBY)).containsExactly("stays");
        assertThat(contents(ANNAS)).containsExactly("to the guest");
        assertThat(count("parley_message")).isEqualTo(2);
        assertThat(view(ANNA, LOBBY).unread()).isZero();
        assertThat(get(guests.enter(anna))).isEqualTo(new GuestStore.Entry.Forgotten());
        assertThat(get(store.history(inbox, anna.key(), EVERYTHING, 10, MAX_BYTES)))
                .isEmpty();
    }

    @Test
    void useAndPresenceBeginTheTimeOfAGuestAgain() {
        Identity used = create("1", "Anna");
        Identity connected = create("2", "Berta");
        create("3", "Carla");
        now = now.plus(GUEST_AGE).minus(DAY);
        get(guests.enter(used));
        trim(connected);
        now = now.plus(DAY).plusSeconds(1);
        trim();
        assertThat(find("1")).isPresent();
        assertThat(find("2")).isPresent();
        assertThat(find("3")).isEmpty();
        assertThat(count("parley_guest")).isEqualTo(2);
    }

    @Test
    void moreGuestsThanOneTransactionDeletesAreForgotten() {
        for (int i = 0; i < 120; i++) {
            create(Integer.toString(i), "Anna");
        }
        now = now.plus(GUEST_AGE).plusSeconds(1);
        trim();
        assertThat(count("parley_guest")).isZero();
    }

    @Test
    void ofTooManyGuestsThoseThatWereAwayLongestAreForgotten() {
        guests = guests(GUEST_AGE, 2);
        Identity connected = create("0", "Anna");
        for (int i = 1; i <= 4; i++) {
            now = now.plus(DAY);
            create(Integer.toString(i), "Anna");
        }
        now = now.plus(DAY);
        trim(connected);
        assertThat(find("0")).isPresent();
        assertThat(List.of(find("1"), find("2"), find("3"))).containsOnly(Optional.empty());
        assertThat(find("4")).isPresent();
    }

    @Test
    void guestsOfTheLastMinutesAreKeptHoweverMany() {
        guests = guests(GUEST_AGE, 2);
        for (int i = 1; i <= 5; i++) {
            now = now.plusSeconds(1);
            create(Integer.toString(i), "Anna");
        }
        now = now.plusSeconds(60);
        trim();
        assertThat(count("parley_guest")).isEqualTo(5);
        now = now.plusSeconds(3_600);
        trim();
        assertThat(count("parley_guest")).isEqualTo(2);
    }
}
