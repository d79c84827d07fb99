package dev.parley.server.fanout.presence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ServerMessage;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RemotePresenceTest {
    private final PresentUsers all = new PresentUsers();
    private final RemotePresence elsewhere = new RemotePresence(all);

    private static List<ServerMessage.Person> people(String... names) {
        return Stream.of(names).map(ServerMessage.Person::user).toList();
    }

    private static Occupants named(String... names) {
        return new Occupants(people(names), 0);
    }

    private List<String> present() {
        return all.all().stream().map(ServerMessage.Person::username).toList();
    }

    @Test
    void changesThatFollowEachOtherApply() {
        elsewhere.present("a", 3, named("ana", "ben"));
        assertThat(elsewhere.changed("a", 3, 5, people("cid"), people("ana"))).isTrue();
        assertThat(present()).containsExactly("ben", "cid");
        assertThat(elsewhere.isAt("a", 5)).isTrue();
        assertThat(elsewhere.isAt("a", 6)).isFalse();
    }

    @Test
    void changeOfAnUnknownVersionIsNoUse() {
        assertThat(elsewhere.changed("a", 1, 2, people("ana"), List.of())).isFalse();
        elsewhere.present("a", 2, named("ana"));
        assertThat(elsewhere.changed("a", 3, 4, people("ben"), List.of())).isFalse();
        assertThat(present()).containsExactly("ana");
    }

    @Test
    void doubledAndLateReportsChangeNothing() {
        elsewhere.present("a", 3, named("ana"));
        elsewhere.changed("a", 3, 4, people("ben"), List.of());
        assertThat(elsewhere.changed("a", 3, 4, people("ben"), List.of())).isTrue();
        elsewhere.present("a", 3, named("cid"));
        assertThat(present()).containsExactly("ana", "ben");
    }

    @Test
    void whoIsOnSeveralNodesLeavesWithTheLast() {
        all.join(ServerMessage.Person.user("ana"));
        elsewhere.present("a", 1, named("ana"));
        elsewhere.present("b", 1, named("ana"));
        elsewhere.present("a", 2, Occupants.NOBODY);
        all.leave(ServerMessage.Person.user("ana"));
        assertThat(present()).containsExactly("ana");

        assertThat(elsewhere.keepOnly(Set.of("a"))).containsExactly("b");
        assertThat(present()).isEmpty();
        assertThat(elsewhere.keepOnly(Set.of("a"))).isEmpty();
    }

    @Test
    void peopleWhoAreKnownByNumberAreCounted() {
        elsewhere.present("a", 1, new Occupants(people("ana"), 1_500));
        elsewhere.present("b", 1, new Occupants(people("ben"), 2_000));
        assertThat(all.count()).isEqualTo(3_502);
        assertThat(all.takeChange().map(PresentUsers.Change::count)).contains(3_502);
        elsewhere.present("a", 2, new Occupants(people("ana"), 1_400));
        assertThat(all.takeChange().map(PresentUsers.Change::count))
                .as("a change of the number alone is one")
                .contains(3_402);
        elsewhere.present("a", 2, new Occupants(people("ana"), 1_400));
        assertThat(all.takeChange()).isEmpty();

        elsewhere.present("a", 3, named("ana", "cid"));
        elsewhere.keepOnly(Set.of("a"));
        assertThat(all.count()).isEqualTo(2);
        assertThat(present()).containsExactly("ana", "cid");
    }
}
