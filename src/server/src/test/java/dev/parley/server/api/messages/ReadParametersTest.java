package dev.parley.server.api.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.Channel;
import dev.parley.protocol.InvalidMessage;
import dev.parley.server.auth.Identity;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadParametersTest {
    private static final Identity ANA = Identity.user("Ana", Set.of(), Instant.MAX, Optional.empty());

    @Test
    void channelIsNamedAsInPositions() {
        assertThat(ReadParameters.channel("room/Lobby")).isEqualTo(Channel.Room.LOBBY);
        assertThat(ReadParameters.channel("room:Lobby")).isEqualTo(Channel.Room.LOBBY);
        assertThat(ReadParameters.channel("broadcast")).isEqualTo(Channel.Broadcast.INSTANCE);
        assertThat(ReadParameters.of(ANA, ReadParameters.channel("inbox"))).isEqualTo(new Channel.Inbox(ANA.key()));
        assertThat(ReadParameters.of(ANA, Channel.Room.LOBBY)).isEqualTo(Channel.Room.LOBBY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "lobby",
                "room",
                "room:",
                "room/",
                "room/a/b",
                "room:not a room",
                "inbox:ana",
                "user:ana",
                "*"
            })
    void otherNamesAreRefused(String name) {
        assertThatThrownBy(() -> ReadParameters.channel(name))
                .isInstanceOf(InvalidMessage.class)
                .hasMessageEndingWith(".");
    }

    @Test
    void numberIsWithinItsRange() {
        assertThat(ReadParameters.number("wait", Optional.empty(), 7, 0, 55)).isEqualTo(7);
        assertThat(ReadParameters.number("wait", Optional.of("0"), 7, 0, 55)).isZero();
        assertThat(ReadParameters.number("wait", Optional.of("55"), 7, 0, 55)).isEqualTo(55);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "56", "1.5", "ten", "99999999999999999999", " 1", "+1"})
    void otherNumbersAreRefused(String text) {
        assertThatThrownBy(() -> ReadParameters.number("wait", Optional.of(text), 0, 0, 55))
                .isInstanceOf(InvalidMessage.class)
                .hasMessageContaining("from 0 to 55");
    }
}
