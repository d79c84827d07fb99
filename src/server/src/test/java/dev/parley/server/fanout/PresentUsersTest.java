package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PresentUsersTest {
    private final PresentUsers present = new PresentUsers();

    private void joinMany(int count) {
        IntStream.rangeClosed(1, count).forEach(i -> present.join("user-%03d".formatted(i)));
    }

    @Test
    void userWithSeveralSessionsIsAnnouncedOnce() {
        present.join("Ana");
        present.join("Ana");
        assertThat(present.takeChange()).contains(new PresentUsers.Change(List.of("Ana"), List.of(), 1, false));
        present.join("Ana");
        present.leave("Ana");
        present.leave("Ana");
        assertThat(present.takeChange()).isEmpty();
        present.leave("Ana");
        assertThat(present.takeChange()).contains(new PresentUsers.Change(List.of(), List.of("Ana"), 0, false));
    }

    @Test
    void changeIsAnnouncedOnce() {
        present.join("Ana");
        present.takeChange();
        assertThat(present.takeChange()).isEmpty();
    }

    @Test
    void joinAndLeaveBetweenAnnouncementsCancelOut() {
        present.join("Ana");
        present.takeChange();
        present.join("Ben");
        present.leave("Ben");
        present.leave("Ana");
        present.join("Ana");
        assertThat(present.takeChange()).isEmpty();
    }

    @Test
    void namesAreTheFirstHundredInAlphabeticalOrder() {
        joinMany(150);
        assertThat(present.firstNames()).hasSize(100).startsWith("user-001").endsWith("user-100");
        assertThat(present.count()).isEqualTo(150);
    }

    @Test
    void above200UsersOnlyTheCountIsAnnounced() {
        joinMany(200);
        assertThat(present.takeChange().map(PresentUsers.Change::isCountOnly)).contains(false);
        present.join("one too many");
        Optional<PresentUsers.Change> change = present.takeChange();
        assertThat(change.map(PresentUsers.Change::isCountOnly)).contains(true);
        assertThat(change.map(PresentUsers.Change::count)).contains(201);
    }
}
