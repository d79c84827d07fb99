package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MembersTest {
    private final Members members = new Members();

    private void joinMany(int count) {
        IntStream.rangeClosed(1, count).forEach(i -> members.join("user-%03d".formatted(i)));
    }

    @Test
    void userIsToldOnceOverSeveralSessions() {
        members.join("Ana");
        members.join("Ana");
        assertThat(members.takeChange()).contains(new Members.Change(List.of("Ana"), List.of(), 1, false));
        members.join("Ana");
        members.leave("Ana");
        members.leave("Ana");
        assertThat(members.takeChange()).isEmpty();
        members.leave("Ana");
        assertThat(members.takeChange()).contains(new Members.Change(List.of(), List.of("Ana"), 0, false));
    }

    @Test
    void changeIsToldOnce() {
        members.join("Ana");
        members.takeChange();
        assertThat(members.takeChange()).isEmpty();
    }

    @Test
    void whoCameAndWentInBetweenIsNotTold() {
        members.join("Ana");
        members.takeChange();
        members.join("Ben");
        members.leave("Ben");
        members.leave("Ana");
        members.join("Ana");
        assertThat(members.takeChange()).isEmpty();
    }

    @Test
    void namesAreTheFirstHundredInAlphabeticalOrder() {
        joinMany(150);
        assertThat(members.firstNames()).hasSize(100).startsWith("user-001").endsWith("user-100");
        assertThat(members.count()).isEqualTo(150);
    }

    @Test
    void above200MembersOnlyTheCountIsTold() {
        joinMany(200);
        assertThat(members.takeChange().map(Members.Change::isCountOnly)).contains(false);
        members.join("one too many");
        Optional<Members.Change> change = members.takeChange();
        assertThat(change.map(Members.Change::isCountOnly)).contains(true);
        assertThat(change.map(Members.Change::count)).contains(201);
    }
}
