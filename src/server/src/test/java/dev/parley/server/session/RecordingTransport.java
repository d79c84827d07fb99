package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A transport that records its calls. A test takes what it expects; {@link #assertExhausted} finds the rest, and every
 * violation of the contract of {@link Transport}. Any thread.
 */
public final class RecordingTransport implements Transport {
    private static final int DEADLINE_SECONDS = 10;

    private static final String BINARY = "binary ";

    /** When a send is completed. */
    private enum Completion {
        AT_ONCE,
        WHEN_TOLD
    }

    private final Completion completion;
    private final LinkedBlockingQueue<String> frames = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<CloseCode> closes = new LinkedBlockingQueue<>();
    private final List<String> violations = new ArrayList<>();
    private final LinkedBlockingQueue<ByteBuffer> marks = new LinkedBlockingQueue<>();
    private volatile Optional<Consumer<ByteBuffer>> whenMarked = Optional.empty();
    private Optional<byte[]> lastArray = Optional.empty();
    private int pings;
    private Optional<Consumer<Boolean>> inFlight = Optional.empty();
    private Consumer<CloseCode> closing = code -> {};
    private Executor writer = CALLER;

    private RecordingTransport(Completion completion) {
        this.completion = completion;
    }

    /** Completes each send before it returns, as Undertow does with an empty buffer. */
    public static RecordingTransport completing() {
        return new RecordingTransport(Completion.AT_ONCE);
    }

    /** Keeps each send in flight until {@link #complete} or {@link #fail}. */
    public static RecordingTransport holding() {
        return new RecordingTransport(Completion.WHEN_TOLD);
    }

    /** Answers each ping with a payload at once, as a peer that reads does. */
    public void whenMarked(Consumer<ByteBuffer> answer) {
        whenMarked = Optional.of(answer);
    }

    /** Calls back inside {@link #close}, as Undertow does. */
    public RecordingTransport whenClosing(Consumer<CloseCode> action) {
        closing = action;
        return this;
    }

    /** Names the container's thread that writes to this connection. */
    public RecordingTransport writtenBy(Executor thread) {
        writer = thread;
        return this;
    }

    @Override
    public Executor writer() {
        return writer;
    }

    @Override
    public void send(String text, Consumer<Boolean> whenDone) {
        synchronized (this) {
            if (inFlight.isPresent()) {
                violations.add("second send in flight: " + text);
            }
            if (!closes.isEmpty()) {
                violations.add("send after close: " + text);
            }
            inFlight = Optional.of(whenDone);
        }
        frames.add(text);
        if (completion == Completion.AT_ONCE) {
            complete();
        }
    }

    /** Records a binary frame as {@link #shown}, among the texts. */
    @Override
    public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
        synchronized (this) {
            lastArray = Optional.of(frame.array());
        }
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        send(shown(bytes), whenDone);
    }

    /** The array itself of the last binary frame, which other connections may share. */
    public synchronized byte[] lastArray() {
        return lastArray.orElseThrow(() -> new AssertionError("No binary frame was sent."));
    }

    /** A binary frame as a text that no message is. */
    public static String shown(byte[] frame) {
        return BINARY + HexFormat.of().formatHex(frame);
    }

    /** The binary frame that is {@link #shown} so. */
    public static byte[] binary(String shown) {
        assertThat(shown).startsWith(BINARY);
        return HexFormat.of().parseHex(shown.substring(BINARY.length()));
    }

    @Override
    public void ping(ByteBuffer payload) {
        synchronized (this) {
            if (inFlight.isPresent()) {
                violations.add("ping while a send is in flight");
            }
            if (!payload.hasRemaining()) {
                pings++;
                return;
            }
        }
        if (whenMarked.isPresent()) {
            whenMarked.get().accept(payload);
        } else {
            marks.add(payload);
        }
    }

    @Override
    public void close(CloseCode code, String reason) {
        synchronized (this) {
            if (code != CloseCode.ABNORMAL && !reason.equals(code.wireName())) {
                violations.add("close " + code + " with the reason '" + reason + "'");
            }
        }
        closes.add(code);
        closing.accept(code);
    }

    /** Completes the send in flight. */
    public void complete() {
        finish(true);
    }

    /** Fails the send in flight. */
    public void fail() {
        finish(false);
    }

    private void finish(boolean left) {
        Consumer<Boolean> whenDone;
        synchronized (this) {
            whenDone = inFlight.orElseThrow(() -> new AssertionError("Nothing is in flight."));
            inFlight = Optional.empty();
        }
        whenDone.accept(left);
    }

    public synchronized boolean isSending() {
        return inFlight.isPresent();
    }

    /** Takes the next frame; waits for it, because another thread may send it. */
    public String takeFrame() {
        return awaited(frames, "frame");
    }

    /** Takes all frames so far. */
    public List<String> takeFrames() {
        List<String> all = new ArrayList<>();
        frames.drainTo(all);
        return all;
    }

    /** Takes the next close; waits for it, because another thread may close. */
    public CloseCode takeClose() {
        return awaited(closes, "close");
    }

    /** Takes all closes so far. */
    public List<CloseCode> takeCloses() {
        List<CloseCode> all = new ArrayList<>();
        closes.drainTo(all);
        return all;
    }

    /** Takes the number of pings without a payload since the last call. */
    public synchronized int takePings() {
        int count = pings;
        pings = 0;
        return count;
    }

    /** Takes the payload of the next checkpoint ping; waits for it, because another thread may send it. */
    public ByteBuffer takeMark() {
        return awaited(marks, "ping that carries something");
    }

    public boolean isMarked() {
        return !marks.isEmpty();
    }

    public synchronized void assertExhausted() {
        assertThat(violations).as("broken promises").isEmpty();
        assertThat(frames).as("frames nobody expected").isEmpty();
        assertThat(closes).as("closes nobody expected").isEmpty();
        assertThat(pings).as("pings nobody expected").isZero();
        assertThat(marks).as("pings that carry something").isEmpty();
    }

    private static <T> T awaited(LinkedBlockingQueue<T> queue, String what) {
        try {
            T next = queue.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("No " + what + " came.");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while waiting for a " + what + ".", e);
        }
    }
}
