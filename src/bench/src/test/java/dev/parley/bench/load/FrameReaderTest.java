package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
    private final List<String> seen = new ArrayList<>();
    private final FrameReader reader = new FrameReader(new FrameReader.Sink() {
        @Override
        public void text(byte[] bytes, int from, int end) {
            seen.add(new String(bytes, from, end - from, StandardCharsets.UTF_8));
        }

        @Override
        public void control(int opcode, byte[] payload) {
            seen.add("control " + opcode + " " + new String(payload, StandardCharsets.UTF_8));
        }
    });

    /** As a server writes it: without a mask. */
    private static byte[] frame(int first, String payload) {
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(10 + bytes.length).put((byte) first);
        if (bytes.length < 126) {
            frame.put((byte) bytes.length);
        } else if (bytes.length < 65_536) {
            frame.put((byte) 126).putShort((short) bytes.length);
        } else {
            frame.put((byte) 127).putLong(bytes.length);
        }
        frame.put(bytes).flip();
        byte[] whole = new byte[frame.remaining()];
        frame.get(whole);
        return whole;
    }

    private static byte[] all(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] text(String payload) {
        return frame(Frames.FINAL | Frames.TEXT, payload);
    }

    @Test
    void severalFramesOfOneReadAreTakenApart() {
        byte[] bytes = all(text("one"), text(""), text("three"));
        reader.feed(bytes, 0, bytes.length);
        assertThat(seen).containsExactly("one", "", "three");
    }

    @Test
    void bytesOutsideTheGivenRangeAreNotRead() {
        byte[] bytes = all(text("before"), text("in"), text("after"));
        int from = text("before").length;
        reader.feed(bytes, from, from + text("in").length);
        assertThat(seen).containsExactly("in");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536, 200_000})
    void aFrameOfAnyLengthMayComeInAnyPieces(int length) {
        String payload = "x".repeat(length);
        byte[] bytes = all(text(payload), text("next"));
        for (int piece : new int[] {1, 3, 1_000, 70_000}) {
            seen.clear();
            for (int at = 0; at < bytes.length; at += piece) {
                reader.feed(bytes, at, Math.min(bytes.length, at + piece));
            }
            assertThat(seen).as("pieces of %d bytes", piece).containsExactly(payload, "next");
        }
    }

    @Test
    void aFrameMayBeSplitAtEachByte() {
        byte[] bytes = all(text("first"), text("y".repeat(300)), text("last"));
        for (int split = 0; split <= bytes.length; split++) {
            seen.clear();
            reader.feed(bytes, 0, split);
            reader.feed(bytes, split, bytes.length);
            assertThat(seen).as("split at %d", split).containsExactly("first", "y".repeat(300), "last");
        }
    }

    @Test
    void fragmentsAreOneMessageAlsoAroundAPing() {
        byte[] bytes = all(
                frame(Frames.TEXT, "a"),
                frame(Frames.FINAL | Frames.PING, "p"),
                frame(Frames.CONTINUATION, "b"),
                frame(Frames.FINAL | Frames.CONTINUATION, "c"),
                text("d"));
        reader.feed(bytes, 0, bytes.length);
        assertThat(seen).containsExactly("control 9 p", "abc", "d");
    }

    @Test
    void aMaskedFrameIsAnError() {
        byte[] masked = {(byte) 0x81, (byte) 0x80, 0, 0, 0, 0};
        assertThatThrownBy(() -> reader.feed(masked, 0, masked.length)).hasMessageContaining("masks");
    }
}
