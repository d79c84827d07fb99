package dev.parley.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.bench.load.Marker;
import dev.parley.bench.system.ParleyWire;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AckDialogTest {
    private final List<String> answers = new ArrayList<>();
    private final AckDialog dialog = new AckDialog(ParleyWire.BATCHES.sender("ana"), new AckDialog.Answers() {
        @Override
        public void acked(long number) {
            answers.add("acked " + number);
        }

        @Override
        public void refused(int count) {
            answers.add("refused " + count);
        }
    });

    private static String ack(long number) {
        return "{\"type\":\"ack\",\"id\":\"m" + Marker.ID.of(number) + "\",\"room\":\"r\",\"seq\":7}";
    }

    @Test
    void eachAckOfAFrameIsReported() {
        dialog.heard("[" + ack(3) + "," + ack(53) + "]");
        assertThat(answers).containsExactly("acked 3", "acked 53");
    }

    @Test
    void anErrorIsNoAckThoughItHasTheId() {
        dialog.heard("[{\"type\":\"error\",\"id\":\"m" + Marker.ID.of(9) + "\",\"code\":\"store_unavailable\"},"
                + ack(4) + "]");
        assertThat(answers).containsExactly("acked 4", "refused 1");
    }

    @Test
    void acksBesideMessagesCountOnce() {
        assertThat(dialog.isTracking()).isTrue();
        String frame = "[" + ack(3) + ",{\"type\":\"chat\",\"room\":\"r\",\"seq\":7}]";
        dialog.delivered(frame);
        dialog.heard(frame);
        assertThat(answers).containsExactly("acked 3");
    }
}
