package dev.parley.protocol.binary;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The codec against the vectors, which the JavaScript tests read too. */
class BinaryCodecTest {
    private static final byte[] PAYLOAD = {0, 1, (byte) 0xff};

    @ParameterizedTest
    @MethodSource("vectors")
    void everyVectorIsReadAsItSays(JsonObject vector) {
        byte[] frame = HexFormat.of().parseHex(vector.getString("hex"));
        if (vector.getString("from").equals("client")) {
            assertAnswer(vector, BinaryCodec.decode(frame), BinaryCodecTest::json, ClientBinary::payload);
        } else {
            assertAnswer(vector, BinaryCodec.decodeFromServer(frame), BinaryCodecTest::json, ServerBinary::payload);
        }
    }

    private static <T> void assertAnswer(
            JsonObject vector,
            DecodedBinary<T> decoded,
            Function<T, JsonObject> header,
            Function<T, ByteBuffer> payload) {
        if (decoded instanceof DecodedBinary.Valid<T> valid) {
            assertThat(header.apply(valid.frame())).isEqualTo(vector.getJsonObject("header"));
            assertThat(HexFormat.of().formatHex(bytes(payload.apply(valid.frame()))))
                    .isEqualTo(vector.getString("payload"));
            return;
        }
        DecodedBinary.Malformed<T> malformed = (DecodedBinary.Malformed<T>) decoded;
        JsonObject error = vector.getJsonObject("error");
        assertThat(error).as(malformed.reason()).isNotNull();
        assertThat(malformed.code().wireName()).isEqualTo(error.getString("code"));
        assertThat(malformed.reason()).contains(error.getString("mentions"));
        assertThat(malformed.id()).isEqualTo(Optional.ofNullable(error.getString("id", null)));
    }

    @Test
    void lengthOfAHeaderIsUnsigned() {
        byte[] frame = new byte[2 + 0xffff];
        Arrays.fill(frame, (byte) 0xff);
        assertThat(BinaryCodec.decode(frame))
                .isInstanceOfSatisfying(DecodedBinary.Malformed.class, malformed -> assertThat(malformed.reason())
                        .contains("65535"));
    }

    @Test
    void framesOfAClientAreReadBack() {
        ClientBinary frame = new ClientBinary(Optional.of("a1"), "lobby", "image/png", ByteBuffer.wrap(PAYLOAD));
        assertThat(BinaryCodec.decode(BinaryCodec.encode(frame))).isEqualTo(new DecodedBinary.Valid<>(frame));
    }

    @Test
    void framesOfTheServerAreReadBack() {
        ServerBinary frame =
                new ServerBinary("lobby", "\u738b \"x\"", Optional.of("k3f9"), "image/png", ByteBuffer.wrap(PAYLOAD));
        assertThat(BinaryCodec.decodeFromServer(BinaryCodec.encode(frame))).isEqualTo(new DecodedBinary.Valid<>(frame));
    }

    @Test
    void frameIsLengthHeaderAndPayload() {
        byte[] frame =
                BinaryCodec.encode(new ClientBinary(Optional.empty(), "lobby", "a/b", ByteBuffer.wrap(PAYLOAD, 1, 2)));
        String header = "{\"room\":\"lobby\",\"mediaType\":\"a/b\"}";
        assertThat(frame).startsWith(0, header.length()).endsWith(1, 0xff).hasSize(2 + header.length() + 2);
        assertThat(new String(Arrays.copyOfRange(frame, 2, 2 + header.length())))
                .isEqualTo(header);
    }

    @Test
    void payloadIsReadOnlyAndReadAgainFromItsStart() {
        ClientBinary frame = new ClientBinary(Optional.empty(), "lobby", "a/b", ByteBuffer.wrap(PAYLOAD));
        assertThat(frame.payload().isReadOnly()).isTrue();
        assertThat(bytes(frame.payload())).isEqualTo(PAYLOAD);
        assertThat(bytes(frame.payload())).isEqualTo(PAYLOAD);
    }

    static Stream<Named<JsonObject>> vectors() {
        try (JsonReader reader = Json.createReader(BinaryCodecTest.class.getResourceAsStream("/vectors/binary.json"))) {
            return reader.readArray().getValuesAs(JsonObject.class).stream()
                    .map(vector -> Named.of(vector.getString("from") + ": " + vector.getString("name"), vector));
        }
    }

    private static JsonObject json(ClientBinary frame) {
        JsonObjectBuilder header = Json.createObjectBuilder();
        frame.id().ifPresent(id -> header.add("id", id));
        return header.add("room", frame.room())
                .add("mediaType", frame.mediaType())
                .build();
    }

    private static JsonObject json(ServerBinary frame) {
        JsonObjectBuilder header =
                Json.createObjectBuilder().add("room", frame.room()).add("sender", frame.sender());
        frame.guest().ifPresent(guest -> header.add("guest", guest));
        return header.add("mediaType", frame.mediaType()).build();
    }

    private static byte[] bytes(ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        return bytes;
    }
}
