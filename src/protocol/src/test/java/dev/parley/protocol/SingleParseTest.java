package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** JSON Binding gets the objects that the checks have parsed, and never their text. */
class SingleParseTest {
    static List<String> serverMessages() {
        return ServerMessages.BY_NAME.values().stream()
                .map(MessageCodec::encode)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("dev.parley.protocol.Vectors#client")
    void frameOfAClientIsParsedOnce(Vectors.ClientVector vector) {
        assertThat(CountingJsonProvider.parsedBy(() -> MessageCodec.decode(vector.text())))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("serverMessages")
    void messageOfAServerIsParsedOnce(String text) {
        assertThat(CountingJsonProvider.parsedBy(() -> MessageCodec.decodeFromServer(text)))
                .isEqualTo(1);
    }

    @Test
    void frameOfAServerIsParsedOnce() {
        String frame = "[" + String.join(",", serverMessages()) + "]";
        assertThat(CountingJsonProvider.parsedBy(() -> assertThat(MessageCodec.decodeFromServer(frame))
                        .hasSize(serverMessages().size())
                        .hasOnlyElementsOfType(DecodedServerMessage.Known.class)))
                .isEqualTo(1);
    }

    @Test
    void bodyIsParsedOnce() {
        byte[] body = "{\"name\":\"plans\"}".getBytes(StandardCharsets.UTF_8);
        assertThat(CountingJsonProvider.parsedBy(() -> StrictJson.object(body))).isEqualTo(1);
    }
}
