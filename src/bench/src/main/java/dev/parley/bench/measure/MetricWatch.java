package dev.parley.bench.measure;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Turn;
import dev.parley.bench.load.Upgrade;
import dev.parley.bench.system.ParleyWire;
import dev.parley.bench.system.RunningTarget;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Watches one of Parley's own metrics, which comes once a second, over a connection of its own. Any thread. */
public final class MetricWatch {
    /** The value at one time. */
    public record Sample(double value, long nanoTime) {}

    private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
    private volatile double last;

    public MetricWatch(ConnectionLoop loop, RunningTarget server, String metricId) {
        Pattern value = Pattern.compile("\"metricId\":\"" + Pattern.quote(metricId) + "\",\"value\":([0-9.E]+)");
        Dialog watching = new Watching(ParleyWire.BATCHES.sender("bench-watch"), metricId, value);
        Client client = new Client(loop, server.address(), watching, new Recorder(), 0, 1, new Client.Events() {
            @Override
            public void ready(Client ready) {}

            @Override
            public void lost(Client lost, int code, String reason) {}
        });
        loop.execute(client::connect);
    }

    /** The last value; 0 before the first. */
    public double last() {
        return last;
    }

    public void clear() {
        samples.clear();
    }

    /** Waits for the next value. */
    public Sample next() throws InterruptedException {
        return samples.take();
    }

    private final class Watching implements Dialog {
        private final Dialog dialog;
        private final String metricId;
        private final Pattern value;

        Watching(Dialog dialog, String metricId, Pattern value) {
            this.dialog = dialog;
            this.metricId = metricId;
            this.value = value;
        }

        @Override
        public Upgrade upgrade() {
            return dialog.upgrade();
        }

        @Override
        public Turn opened() {
            return dialog.opened();
        }

        @Override
        public Turn heard(String frame) {
            Matcher metric = value.matcher(frame);
            while (metric.find()) {
                last = Double.parseDouble(metric.group(1));
                samples.add(new Sample(last, System.nanoTime()));
            }
            Turn turn = dialog.heard(frame);
            return turn.isReady()
                    ? new Turn(List.of("{\"type\":\"subscribe\",\"metricId\":\"" + metricId + "\"}"), true)
                    : turn;
        }
    }
}
