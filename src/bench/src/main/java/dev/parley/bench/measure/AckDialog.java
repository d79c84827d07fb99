package dev.parley.bench.measure;

import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Marker;
import dev.parley.bench.load.Turn;
import dev.parley.bench.load.Upgrade;
import java.time.Duration;
import java.util.Optional;

/** The dialog of a sender to Parley that looks at the answers to its messages. Confined to the loop. */
public final class AckDialog implements Dialog {
    /** Called on the loop's thread. */
    public interface Answers {
        /** A message was stored. */
        void acked(long number);

        /** So many messages were not. */
        void refused(int count);
    }

    private static final String ACK = "\"type\":\"ack\"";
    private static final String ERROR = "\"type\":\"error\"";

    private final Dialog dialog;
    private final Answers answers;
    private String lastFrame = "";

    public AckDialog(Dialog dialog, Answers answers) {
        this.dialog = dialog;
        this.answers = answers;
    }

    @Override
    public Upgrade upgrade() {
        return dialog.upgrade();
    }

    @Override
    public Turn opened() {
        return dialog.opened();
    }

    /** Acks share frames with load messages where the sender reads its own room. */
    @Override
    public boolean isTracking() {
        return true;
    }

    @Override
    public void delivered(String frame) {
        answered(frame);
        dialog.delivered(frame);
    }

    @Override
    public Turn heard(String frame) {
        answered(frame);
        return dialog.heard(frame);
    }

    /** Until the client is ready, a frame may be both heard and delivered. */
    private void answered(String frame) {
        if (frame.equals(lastFrame)) {
            return;
        }
        lastFrame = frame;
        for (int at = frame.indexOf(ACK); at >= 0; at = frame.indexOf(ACK, at + 1)) {
            Marker.ID.numberIn(frame, at).ifPresent(answers::acked);
        }
        int errors = count(frame, ERROR);
        if (errors > 0) {
            answers.refused(errors);
        }
    }

    private static int count(String frame, String text) {
        int count = 0;
        for (int at = frame.indexOf(text); at >= 0; at = frame.indexOf(text, at + 1)) {
            count++;
        }
        return count;
    }

    @Override
    public Optional<Duration> takeReconnectDelay() {
        return dialog.takeReconnectDelay();
    }
}
