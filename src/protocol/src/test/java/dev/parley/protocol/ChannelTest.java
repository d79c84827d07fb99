package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelTest {
    private static final Channel ROOM = new Channel.Room("team-a");
    private static final Channel INBOX = new Channel.Inbox(UserKey.user("anna"));
    private static final List<Channel> ALL = List.of(ROOM, INBOX, Channel.Broadcast.INSTANCE);

    @Test
    void wireKeysAreThoseOfTheProtocol() {
        assertThat(ALL).extracting(Channel::wireKey).containsExactly("room:team-a", "inbox", "broadcast");
    }

    @Test
    void wireKeyIsParsedToItsChannel() {
        assertThat(Channel.parse("room:team-a")).contains(ROOM);
        assertThat(Channel.parse("inbox")).contains(Channel.Inbox.OWN);
        assertThat(Channel.parse("broadcast")).contains(Channel.Broadcast.INSTANCE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "room:", "room:a b", "room:\u200d", "team-a", "Inbox", "inbox:user:anna", "broadcast ", "*"})
    void anotherTextIsNoWireKey(String text) {
        assertThat(Channel.parse(text)).isEmpty();
    }

    @Test
    void nameInTheStoreContainsTheOwnerOfAnInbox() {
        assertThat(INBOX.name()).isNotEqualTo(new Channel.Inbox(UserKey.user("bert")).name());
    }

    @Test
    void namesOfDifferentKindsNeverCollide() {
        Stream<Channel> lookalikes = Stream.of(
                new Channel.Room("inbox"),
                new Channel.Room("broadcast"),
                new Channel.Room("user"),
                new Channel.Inbox(UserKey.user("broadcast")),
                new Channel.Inbox(UserKey.guest("broadcast")),
                Channel.Broadcast.INSTANCE);

        assertThat(lookalikes.map(Channel::name)).doesNotHaveDuplicates();
    }

    @Test
    void everyChannelHasExactlyOneKind() {
        assertThat(ALL)
                .extracting(Channel::roomName)
                .containsExactly(Optional.of("team-a"), Optional.empty(), Optional.empty());
        assertThat(ALL).extracting(Channel::isInbox).containsExactly(false, true, false);
        assertThat(ALL).extracting(Channel::isBroadcast).containsExactly(false, false, true);
        assertThat(ALL)
                .extracting(Channel::kind)
                .containsExactly(Channel.Kind.ROOM, Channel.Kind.INBOX, Channel.Kind.BROADCAST);
        assertThat(new Channel.Room("_plans-x1").kind()).isEqualTo(Channel.Kind.PRIVATE_ROOM);
    }

    @Test
    void leadingUnderscoreMakesARoomPrivate() {
        assertThat(new Channel.Room("_plans-x1").isPrivate()).isTrue();
        assertThat(new Channel.Room("plans_x1").isPrivate()).isFalse();
        assertThat(Channel.Room.LOBBY.isPrivate()).isFalse();
    }

    @Test
    void invalidRoomNameIsRejected() {
        assertThatThrownBy(() -> new Channel.Room("a b"))
                .isInstanceOf(InvalidMessage.class)
                .hasMessageContaining("'a b'");
    }

    @Test
    void spellingsOfARoomNameAreOneRoom() {
        assertThat(new Channel.Room("LOBBY")).isEqualTo(Channel.Room.LOBBY);
        assertThat(new Channel.Room("\uff34eam-A").name()).isEqualTo("team-a");
        assertThat(Channel.parse("room:Team-A")).contains(ROOM);
    }

    @Test
    void onlyTheServersSpellingIsAWireKey() {
        assertThat(ALL).extracting(Channel::wireKey).allMatch(Channel::isWireKey);
        assertThat(Stream.of("room:Team-A", "room:a b", "lobby", "Inbox")).noneMatch(Channel::isWireKey);
    }

    @Test
    void historyAndReadNameTheirChannel() {
        assertThat(history("\"room\":\"team-a\"").channel(UserKey.user("anna"))).isEqualTo(ROOM);
        assertThat(history("\"inbox\":true").channel(UserKey.user("anna"))).isEqualTo(INBOX);
        assertThat(history("\"broadcast\":true").channel(UserKey.user("anna"))).isEqualTo(Channel.Broadcast.INSTANCE);
    }

    private static ClientMessage.History history(String target) {
        Decoded decoded =
                MessageCodec.decode("{\"type\":\"history\"," + target + "}").get(0);
        return (ClientMessage.History) ((Decoded.Valid) decoded).message();
    }
}
