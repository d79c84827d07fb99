package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests coders without {@code init}, which some servers call late or never. */
class MessageDecoderTest {
    private final MessageDecoder decoder = new MessageDecoder();

    @Test
    void textBecomesMessages() {
        assertThat(decoder.decode("{\"type\":\"ping\",\"id\":\"a\"}").messages())
                .containsExactly(ping("a"));
        assertThat(decoder.decode("[{\"type\":\"ping\",\"id\":\"a\"},{\"type\":\"ping\",\"id\":\"b\"}]")
                        .messages())
                .containsExactly(ping("a"), ping("b"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | BAD_JSON",
                "{ | BAD_JSON",
                "{\"type\":\"nonsense\"} | UNKNOWN_TYPE",
                "{\"type\":\"chat\"} | MISSING_FIELD",
                "{\"type\":\"ping\",\"id\":\"no spaces\"} | BAD_MESSAGE"
            })
    void malformedTextBecomesAValueInsteadOfAnException(String text, ErrorCode code) {
        assertThat(decoder.decode(text).messages())
                .singleElement()
                .isInstanceOfSatisfying(Decoded.Malformed.class, malformed -> assertThat(malformed.code())
                        .isEqualTo(code));
    }

    @Property
    void everyTextIsDecoded(@ForAll String text) {
        assertThat(decoder.willDecode(text)).isTrue();
        assertThat(decoder.decode(text).messages()).isNotEmpty();
    }

    @Test
    void theEncoderWritesWhatTheCodecReads() {
        ServerMessage message = new ServerMessage.Pong(Optional.of("a"));

        assertThat(MessageCodec.decodeServer(new MessageEncoder().encode(message)))
                .isEqualTo(message);
    }

    private static Decoded ping(String id) {
        return new Decoded.Valid(new ClientMessage.Ping(Optional.of(id)));
    }
}
