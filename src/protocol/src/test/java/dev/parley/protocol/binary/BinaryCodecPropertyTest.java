package dev.parley.protocol.binary;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class BinaryCodecPropertyTest {
    private static final String MARK = "\u00a4";
    private static final int SHOWN_MAX = 40;

    @Property
    void anyBytesAreAnswered(@ForAll byte[] frame) {
        assertAnswered(frame);
    }

    @Property(tries = 2_000)
    void anyHeaderIsAnswered(@ForAll("headers") String header, @ForAll byte[] payload) {
        assertAnswered(frame(header, payload));
    }

    @Property(tries = 2_000)
    void anyMutationIsAnswered(@ForAll("headers") String header, @ForAll @IntRange(max = 80) int at, @ForAll byte to) {
        byte[] frame = frame(header, new byte[3]);
        frame[at % frame.length] = to;
        assertAnswered(frame);
    }

    @Property(tries = 2_000)
    void errorsContainLittleInputAndNoControlCharacters(
            @ForAll("hostile") String text, @ForAll("places") String place) {
        String header = place.replace("HERE", text.replace("\"", "").replace("\\", ""));
        if (BinaryCodec.decode(frame(header, new byte[0])) instanceof DecodedBinary.Malformed<ClientBinary> malformed) {
            assertThat(malformed.reason().codePoints().filter(point -> point == MARK.codePointAt(0)))
                    .hasSizeLessThanOrEqualTo(SHOWN_MAX);
            assertThat(malformed.reason().codePoints())
                    .noneMatch(point -> Character.isISOControl(point)
                            || Character.getType(point) == Character.FORMAT
                            || Character.getType(point) == Character.SURROGATE);
        }
    }

    @Property
    void payloadIsUnchangedFromClientToReader(@ForAll byte[] payload, @ForAll("names") String sender) {
        byte[] sent = BinaryCodec.encode(
                new ClientBinary(Optional.empty(), "lobby", ClientBinary.DEFAULT_MEDIA_TYPE, ByteBuffer.wrap(payload)));
        ClientBinary taken = valid(BinaryCodec.decode(sent));
        byte[] relayed = BinaryCodec.encode(
                new ServerBinary(taken.room(), sender, Optional.of("k3f9"), taken.mediaType(), taken.payload()));
        ServerBinary read = valid(BinaryCodec.decodeFromServer(relayed));

        assertThat(read.payload()).isEqualTo(ByteBuffer.wrap(payload));
        assertThat(read.sender()).isEqualTo(sender);
    }

    private static <T> T valid(DecodedBinary<T> decoded) {
        return ((DecodedBinary.Valid<T>) decoded).frame();
    }

    private static void assertAnswered(byte[] frame) {
        assertSentence(BinaryCodec.decode(frame));
        assertSentence(BinaryCodec.decodeFromServer(frame));
    }

    private static <T> void assertSentence(DecodedBinary<T> decoded) {
        if (decoded instanceof DecodedBinary.Malformed<T> malformed) {
            assertThat(malformed.reason()).endsWith(".");
        }
    }

    private static byte[] frame(String header, byte[] payload) {
        byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + bytes.length + payload.length)
                .putShort((short) bytes.length)
                .put(bytes)
                .put(payload)
                .array();
    }

    /** JSON objects with fields of right and wrong kinds. */
    @Provide
    Arbitrary<String> headers() {
        Arbitrary<String> values = Arbitraries.of(
                "\"lobby\"",
                "\"image/png\"",
                "\"a1\"",
                "5",
                "true",
                "null",
                "[]",
                "{}",
                "\"\"",
                "\"\\ud83d\"",
                "1e999999999");
        Arbitrary<String> names = Arbitraries.of("room", "mediaType", "id", "sender", "guest", "x");
        return Combinators.combine(names, values)
                .as((name, value) -> "\"" + name + "\":" + value)
                .list()
                .ofMaxSize(6)
                .map(fields -> "{" + String.join(",", fields) + "}");
    }

    /** Texts of mostly marks, which Parley's own sentences do not contain. */
    @Provide
    Arbitrary<String> hostile() {
        return Arbitraries.of(
                        MARK.repeat(50), "\u202e", "\u200b", "\ufeff", "\u0007", "\u2028", "\r\n", "\u001b[2J", "a")
                .list()
                .ofMinSize(1)
                .ofMaxSize(12)
                .map(pieces -> String.join("", pieces));
    }

    @Provide
    Arbitrary<String> places() {
        return Arbitraries.of(
                "HERE",
                "{HERE",
                "{\"HERE\":1,\"HERE\":2}",
                "{\"room\":\"HERE\"}",
                "{\"room\":\"lobby\",\"mediaType\":\"HERE\"}",
                "{\"room\":\"lobby\",\"id\":\"HERE\"}",
                "{\"room\":HERE}");
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings()
                .alpha()
                .withChars('\u738b', '"', '\\', '\u00fc')
                .ofMinLength(1)
                .ofMaxLength(64);
    }
}
