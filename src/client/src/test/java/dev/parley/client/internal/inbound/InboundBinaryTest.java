package dev.parley.client.internal.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InboundBinaryTest {
    private final InboundBinary binary = new InboundBinary(4);

    private String add(boolean isLast, int... bytes) {
        ByteBuffer part = ByteBuffer.allocate(bytes.length);
        for (int one : bytes) {
            part.put((byte) one);
        }
        InboundBinary.Result result = binary.add(part.flip(), isLast);
        return result instanceof InboundBinary.Result.Whole whole
                ? Arrays.toString(whole.frame())
                : result.getClass().getSimpleName();
    }

    @Test
    void partsMakeOneFrame() {
        assertThat(add(false, 1, 2)).isEqualTo("Incomplete");
        assertThat(add(false)).isEqualTo("Incomplete");
        assertThat(add(true, 3)).isEqualTo("[1, 2, 3]");
        assertThat(add(true, 4)).isEqualTo("[4]");
        assertThat(add(true)).isEqualTo("[]");
    }

    @Test
    void longFrameIsDroppedAndTheNextOneTaken() {
        assertThat(add(false, 1, 2, 3)).isEqualTo("Incomplete");
        assertThat(add(false, 4, 5)).isEqualTo("Incomplete");
        assertThat(add(true, 6)).isEqualTo("Dropped");
        assertThat(add(true, 1, 2, 3, 4, 5)).isEqualTo("Dropped");
        assertThat(add(true, 1, 2, 3, 4)).isEqualTo("[1, 2, 3, 4]");
    }
}
