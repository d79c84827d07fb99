package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ChannelTest {
    private static final Channel ROOM = new Channel.Room("team-a");
    private static final Channel INBOX = new Channel.Inbox("user:anna");
    private static final List<Channel> ALL = List.of(ROOM, INBOX, Channel.BROADCAST);

    @Test
    void wireKeysAreThoseOfTheProtocol() {
        assertThat(ALL).extracting(Channel::wireKey).containsExactly("room:team-a", "inbox", "broadcast");
    }

    @Test
    void storeKeyContainsTheOwnerOfAnInbox() {
        assertThat(INBOX.storeKey()).isNotEqualTo(new Channel.Inbox("user:bert").storeKey());
    }

    @Test
    void keysOfDifferentKindsNeverCollide() {
        Stream<Channel> lookalikes = Stream.of(
                new Channel.Room("inbox"),
                new Channel.Room("broadcast"),
                new Channel.Inbox("broadcast"),
                new Channel.Inbox(""),
                Channel.BROADCAST);

        assertThat(lookalikes.map(Channel::storeKey)).doesNotHaveDuplicates();
    }

    @Test
    void everyChannelHasExactlyOneKind() {
        assertThat(ALL)
                .extracting(Channel::roomName)
                .containsExactly(Optional.of("team-a"), Optional.empty(), Optional.empty());
        assertThat(ALL).extracting(Channel::isInbox).containsExactly(false, true, false);
        assertThat(ALL).extracting(Channel::isBroadcast).containsExactly(false, false, true);
    }

    @Test
    void leadingUnderscoreMakesARoomPrivate() {
        assertThat(new Channel.Room("_plans-x1").isPrivate()).isTrue();
        assertThat(new Channel.Room("plans_x1").isPrivate()).isFalse();
        assertThat(Channel.LOBBY.isPrivate()).isFalse();
    }

    @Test
    void invalidRoomNameIsRejected() {
        assertThatThrownBy(() -> new Channel.Room("Lobby"))
                .isInstanceOf(InvalidMessage.class)
                .hasMessageContaining("'Lobby'");
    }

    @Test
    void historyAndReadNameTheirChannel() {
        assertThat(history("\"room\":\"team-a\"").channel("user:anna")).isEqualTo(ROOM);
        assertThat(history("\"inbox\":true").channel("user:anna")).isEqualTo(INBOX);
        assertThat(history("\"broadcast\":true").channel("user:anna")).isEqualTo(Channel.BROADCAST);
    }

    private static ClientMessage.History history(String target) {
        Decoded decoded =
                MessageCodec.decode("{\"type\":\"history\"," + target + "}").get(0);
        return (ClientMessage.History) ((Decoded.Valid) decoded).message();
    }
}
