package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding of server messages by a client. */
class DecodedServerMessageTest {
    static List<JsonObject> vectors() {
        return Vectors.server().toList();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void everyServerMessageIsDecoded(JsonObject vector) {
        String json = vector.getJsonObject("message").toString();
        assertThat(MessageCodec.decodeFromServer(json))
                .singleElement()
                .isInstanceOfSatisfying(DecodedServerMessage.Known.class, known -> assertThat(
                                Vectors.parse(MessageCodec.encode(known.message())))
                        .isEqualTo(Vectors.parse(json)));
    }

    @Test
    void clientMessagesAreReadBackByTheServer() {
        Vectors.clientValid().forEach(vector -> {
            Decoded decoded = MessageCodec.decode(vector.text()).get(0);
            ClientMessage message = ((Decoded.Valid) decoded).message();
            assertThat(MessageCodec.decode(MessageCodec.encode(message))).containsExactly(decoded);
        });
    }

    @Test
    void batchKeepsItsOrderAndUnknownTypesAreIgnored() {
        assertThat(MessageCodec.decodeFromServer(
                        "[{\"type\":\"pong\"},{\"type\":\"news\",\"x\":[1]},{\"type\":\"pong\"}]"))
                .containsExactly(
                        new DecodedServerMessage.Known(new ServerMessage.Pong(Optional.empty()), 15),
                        new DecodedServerMessage.Unknown("news"),
                        new DecodedServerMessage.Known(new ServerMessage.Pong(Optional.empty()), 15));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "[",
                "{}",
                "{\"type\":5}",
                "{\"type\":\"chat\"}",
                "{\"type\":\"chat\",\"room\":\"a\",\"id\":\"i\",\"sender\":\"s\","
                        + "\"content\":\"c\",\"sentAt\":\"t\"}",
                "{\"type\":\"chat\",\"room\":\"a\",\"seq\":{},\"id\":\"i\",\"sender\":\"s\","
                        + "\"content\":\"c\",\"sentAt\":\"t\"}",
                "{\"type\":\"welcome\",\"username\":\"a\"}",
                "{\"type\":\"history\",\"room\":\"a\",\"messages\":[null],\"oldest\":1,\"more\":false}",
                "{\"type\":\"joined\",\"room\":\"a\",\"position\":{\"epoch\":\"e\"},"
                        + "\"recovered\":true,\"present\":[],\"count\":1}",
                "{\"type\":\"presence\",\"room\":\"a\",\"present\":[\"anna\"],\"count\":1}",
                "{\"type\":\"presence\",\"room\":\"a\",\"present\":[{\"guest\":\"k3f9\"}],\"count\":1}",
                "{\"type\":\"members\",\"room\":\"_a\",\"members\":[\"anna\"]}",
                "{\"type\":\"members\",\"room\":\"_a\",\"owner\":\"anna\",\"members\":[null]}",
                "{\"type\":\"pong\"}{\"type\":\"pong\"}",
                "{\"type\":\"pong\",\"x\":\"a\\u0000\"}",
                "{\"type\":\"pong\",\"x\\ud83d\":1}",
                "{\"type\":\"news\",\"x\":\"\\ude00\\ud83d\"}",
                "{\"type\":\"pong\",\"x\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}",
            })
    void invalidServerMessageIsMalformedAndNeverThrows(String text) {
        assertThat(MessageCodec.decodeFromServer(text))
                .singleElement()
                .isInstanceOf(DecodedServerMessage.Malformed.class);
    }
}
