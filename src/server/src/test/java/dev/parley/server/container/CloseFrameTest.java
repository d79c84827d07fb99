package dev.parley.server.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseFrameTest {
    private static byte[] frame(int first, int payload) {
        ByteBuffer frame = ByteBuffer.allocate(6 + payload);
        frame.put((byte) first).put((byte) (0x80 | payload)).putInt(0x11223344);
        while (frame.hasRemaining()) {
            frame.put((byte) 0x55);
        }
        return frame.array();
    }

    private static boolean endsIn(byte[] bytes) {
        return CloseFrame.endsIn(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 20, 125})
    void closeFrameIsFoundAtTheEnd(int payload) {
        byte[] close = frame(0x88, payload);
        assertThat(endsIn(close)).isTrue();
        byte[] text = frame(0x81, 100);
        byte[] both = ByteBuffer.allocate(text.length + close.length)
                .put(text)
                .put(close)
                .array();
        assertThat(endsIn(both)).isTrue();
        assertThat(CloseFrame.endsIn(both, text.length, close.length)).isTrue();
        assertThat(CloseFrame.endsIn(both, 0, text.length)).isFalse();
    }

    @Test
    void otherBytesAreNone() {
        assertThat(endsIn(frame(0x81, 2))).isFalse();
        assertThat(endsIn(frame(0x89, 0))).as("a ping").isFalse();
        assertThat(endsIn(new byte[] {(byte) 0x88})).isFalse();
        assertThat(endsIn(new byte[0])).isFalse();
        byte[] cut = frame(0x88, 20);
        assertThat(CloseFrame.endsIn(cut, 0, cut.length - 1)).isFalse();
    }
}
