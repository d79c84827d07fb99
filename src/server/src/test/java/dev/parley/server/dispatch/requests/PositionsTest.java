package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.Position;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionsTest {
    @Test
    void textIsReadAsItIsWritten() {
        Position position = new Position("5f1c", 41);
        assertThat(Positions.text(position)).isEqualTo("5f1c:41");
        assertThat(Positions.parse("after", "5f1c:41")).isEqualTo(position);
        assertThat(Positions.json(position)).hasToString("{\"epoch\":\"5f1c\",\"seq\":41}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ":", "a:", ":1", "1", "a:b", "a:-1", "a:+1", "a:1 ", "a:b:1", "a:1.0", "a:9999999999999999999"
            })
    void everythingElseIsRefused(String text) {
        assertThatThrownBy(() -> Positions.parse("after", text))
                .isInstanceOf(InvalidMessage.class)
                .hasMessageContaining("'after'")
                .hasMessageEndingWith(".");
    }

    @Test
    void epochIsBounded() {
        assertThatThrownBy(() -> Positions.parse("after", "e".repeat(65) + ":1")).isInstanceOf(InvalidMessage.class);
    }
}
