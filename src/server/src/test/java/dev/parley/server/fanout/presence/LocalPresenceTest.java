package dev.parley.server.fanout.presence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ServerMessage;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LocalPresenceTest {
    private final LocalPresence here = new LocalPresence();

    private static ServerMessage.Person user(int number) {
        return ServerMessage.Person.user("user-%04d".formatted(number));
    }

    private void join(int from, int to) {
        IntStream.rangeClosed(from, to).forEach(i -> here.join(user(i)));
    }

    private void leave(int from, int to) {
        IntStream.rangeClosed(from, to).forEach(i -> here.leave(user(i)));
    }

    private Occupants all() {
        return ((LocalPresence.Report.All) here.takeReport().orElseThrow()).occupants();
    }

    @Test
    void changesAreReportedByName() {
        join(1, 2);
        assertThat(here.takeReport()).contains(new LocalPresence.Report.Change(List.of(user(1), user(2)), List.of()));
        leave(1, 1);
        assertThat(here.takeReport()).contains(new LocalPresence.Report.Change(List.of(), List.of(user(1))));
        assertThat(here.takeReport()).isEmpty();
    }

    @Test
    void manyPeopleAreReportedByNumberUntilTheyAreFewAgain() {
        join(1, LocalPresence.NAMED_MAX);
        assertThat(here.takeReport()).containsInstanceOf(LocalPresence.Report.Change.class);
        assertThat(here.isCounted()).isFalse();

        join(LocalPresence.NAMED_MAX + 1, LocalPresence.NAMED_MAX + 1);
        Occupants many = all();
        assertThat(many.named()).hasSize(PresentUsers.NAMES_MAX).startsWith(user(1));
        assertThat(many.unnamed()).isEqualTo(LocalPresence.NAMED_MAX + 1 - PresentUsers.NAMES_MAX);
        assertThat(here.isCounted()).isTrue();

        leave(LocalPresence.NAMED_AGAIN + 2, LocalPresence.NAMED_MAX + 1);
        assertThat(all().unnamed()).isEqualTo(LocalPresence.NAMED_AGAIN + 1 - PresentUsers.NAMES_MAX);

        leave(LocalPresence.NAMED_AGAIN + 1, LocalPresence.NAMED_AGAIN + 1);
        Occupants few = all();
        assertThat(few.named()).as("so that changes may follow").hasSize(LocalPresence.NAMED_AGAIN);
        assertThat(few.unnamed()).isZero();

        join(9_000, 9_000);
        assertThat(here.takeReport()).contains(new LocalPresence.Report.Change(List.of(user(9_000)), List.of()));
    }
}
