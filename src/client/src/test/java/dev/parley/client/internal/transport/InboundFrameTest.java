package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InboundFrameTest {
    private final InboundFrame frame = new InboundFrame(10);

    @Test
    void partsAreJoined() {
        assertThat(frame.add("ab", false)).isEmpty();
        assertThat(frame.add("你", true)).contains(new InboundFrame.Whole("ab你", 5));
        assertThat(frame.add("0123456789", true)).isPresent();
    }

    @Test
    void tooLongFrameIsDropped() {
        frame.add("012345678", false);
        assertThat(frame.add("9x", true)).isEmpty();
        assertThat(frame.isSpent()).isTrue();
    }

    @Test
    void endlessEmptyPartsAreRejected() {
        for (int i = 0; i <= InboundFrame.PARTS_MAX; i++) {
            frame.add("", false);
        }
        assertThat(frame.isSpent()).isTrue();
    }
}
