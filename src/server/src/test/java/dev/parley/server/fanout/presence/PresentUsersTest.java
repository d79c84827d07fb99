package dev.parley.server.fanout.presence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ServerMessage;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PresentUsersTest {
    private final PresentUsers present = new PresentUsers();

    private static ServerMessage.Person user(String name) {
        return ServerMessage.Person.user(name);
    }

    private void joinMany(int count) {
        IntStream.rangeClosed(1, count).forEach(i -> present.join(user("user-%03d".formatted(i))));
    }

    @Test
    void userWithSeveralSessionsIsAnnouncedOnce() {
        present.join(user("Ana"));
        present.join(user("Ana"));
        assertThat(present.takeChange()).contains(new PresentUsers.Change(List.of(user("Ana")), List.of(), 1, false));
        present.join(user("Ana"));
        present.leave(user("Ana"));
        present.leave(user("Ana"));
        assertThat(present.takeChange()).isEmpty();
        present.leave(user("Ana"));
        assertThat(present.takeChange()).contains(new PresentUsers.Change(List.of(), List.of(user("Ana")), 0, false));
    }

    @Test
    void userAndGuestsOfOneNameAreDifferent() {
        ServerMessage.Person guest = new ServerMessage.Person("Ana", Optional.of("k3f9"));
        ServerMessage.Person other = new ServerMessage.Person("Ana", Optional.of("a2b3"));
        present.join(guest);
        present.join(user("Ana"));
        present.join(other);
        assertThat(present.first()).containsExactly(user("Ana"), other, guest);
        present.takeChange();
        present.leave(guest);
        assertThat(present.takeChange()).contains(new PresentUsers.Change(List.of(), List.of(guest), 2, false));
    }

    @Test
    void changeIsAnnouncedOnce() {
        present.join(user("Ana"));
        present.takeChange();
        assertThat(present.takeChange()).isEmpty();
    }

    /** Somebody asked who is here between a change and its announcement. */
    @Test
    void whoeverWasToldOfAChangeIsToldOfItsEnd() {
        present.join(user("Ana"));
        present.takeChange();
        present.join(user("Ben"));
        present.leave(user("Ana"));
        assertThat(present.tellFirst()).containsExactly(user("Ben"));
        present.leave(user("Ben"));
        present.join(user("Ana"));
        assertThat(present.takeChange())
                .contains(new PresentUsers.Change(List.of(user("Ana")), List.of(user("Ben")), 1, false));
        present.join(user("Ben"));
        present.leave(user("Ben"));
        assertThat(present.takeChange()).isEmpty();
    }

    @Test
    void joinAndLeaveBetweenAnnouncementsCancelOut() {
        present.join(user("Ana"));
        present.takeChange();
        present.join(user("Ben"));
        present.leave(user("Ben"));
        present.leave(user("Ana"));
        present.join(user("Ana"));
        assertThat(present.takeChange()).isEmpty();
    }

    @Test
    void namesAreTheFirstHundredInAlphabeticalOrder() {
        joinMany(150);
        assertThat(present.first()).hasSize(100).startsWith(user("user-001")).endsWith(user("user-100"));
        assertThat(present.count()).isEqualTo(150);
    }

    @Test
    void above200UsersOnlyTheCountIsAnnounced() {
        joinMany(200);
        assertThat(present.takeChange().map(PresentUsers.Change::isCountOnly)).contains(false);
        present.join(user("one too many"));
        Optional<PresentUsers.Change> change = present.takeChange();
        assertThat(change.map(PresentUsers.Change::isCountOnly)).contains(true);
        assertThat(change.map(PresentUsers.Change::count)).contains(201);
    }
}
