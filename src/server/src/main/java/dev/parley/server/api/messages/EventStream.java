package dev.parley.server.api.messages;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.dispatch.requests.ChannelReader;
import dev.parley.server.dispatch.requests.Positions;
import dev.parley.server.dispatch.requests.ReadSlice;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.http.Problem;
import jakarta.json.Json;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The response that streams one channel to its reader as server-sent events, without a thread that waits for a slow
 * reader. The next page is read from the store when the one before has been written, so a reader that does not read
 * occupies one page.
 *
 * <p>Thread rule: any thread may call any method; none blocks, except on a container whose writes wait for the reader.
 * There all writes are made on threads that nothing else needs.
 */
final class EventStream implements ChannelReader.Output, WriteListener, AsyncListener {
    private static final Logger LOG = System.getLogger(EventStream.class.getName());

    /** Bytes written at a time, as in a download. */
    private static final int SLICE = 16 * 1024;

    /**
     * Undertow keeps the rest of a flush that a slow reader does not take, and writes it with the next one. So there
     * are some more, each second.
     */
    private static final long FLUSH_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long FLUSHED_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final byte[] NOTHING = {};
    private static final byte[] HEARTBEAT = bytes(":\n\n");

    private final Channel channel;
    private final AsyncContext async;
    private final HttpServletResponse response;
    private final ServletOutputStream out;
    private final Writers writers;
    private final Function<Throwable, Problem> problems;
    private final long heartbeatNanos;
    private final ChannelReader reader;

    private final AtomicBoolean isOver = new AtomicBoolean();

    /** Whether the container has said that writing is possible. */
    private volatile boolean isOpen;

    /** Counts wake-ups: the first one starts the writing, which does the work of all. */
    private final AtomicInteger wakeUps = new AtomicInteger();

    private final Object lock = new Object();

    // Guarded by the lock.

    private final Queue<byte[]> waiting = new ArrayDeque<>();
    private boolean hasBegun;
    /** Whether nothing comes after what waits. */
    private boolean isLast;
    /** Whether the reader gets the next page when everything is written. */
    private boolean takesNext;
    /** Sets the status and the headers. */
    private Runnable head = () -> {};

    private long queuedAt;
    private long flushedAt;
    private boolean mustFlush;
    /** Whether the container has taken everything that was queued. */
    private boolean isWritten = true;

    // Confined to the thread that counted wakeUps from 0.

    private byte[] current = NOTHING;
    private int written;
    private boolean isHeadSet;

    /**
     * How writes are made.
     *
     * @param executor runs what writes
     * @param isBlocking whether a write waits for its reader
     */
    record Writers(Executor executor, boolean isBlocking) {}

    /**
     * @param problems the problem of a failure, which it logs if it is a bug
     * @param heartbeat after which a stream without a message sends a comment
     * @param readers makes the reader of this stream
     */
    EventStream(
            Channel channel,
            AsyncContext async,
            Writers writers,
            Function<Throwable, Problem> problems,
            Duration heartbeat,
            Function<ChannelReader.Output, ChannelReader> readers)
            throws IOException {
        this.channel = channel;
        this.async = async;
        this.response = (HttpServletResponse) async.getResponse();
        this.out = response.getOutputStream();
        this.writers = writers;
        this.problems = problems;
        this.heartbeatNanos = heartbeat.toNanos();
        this.reader = readers.apply(this);
    }

    /** Begins to read. To be called once, when writes can be made. */
    void begin() {
        reader.begin();
    }

    @Override
    public void page(ReadSlice slice) {
        StringBuilder events = new StringBuilder();
        synchronized (lock) {
            if (isLast) {
                return;
            }
            if (!hasBegun) {
                hasBegun = true;
                head = this::setStreamHead;
                events.append(position(slice.from()));
            }
            for (Backlog.Entry entry : slice.entries()) {
                events.append(event(slice.from().at(entry.seq()), entry.message().json()));
            }
            queue(bytes(events.toString()));
            takesNext = true;
        }
        wake();
    }

    private String position(Position position) {
        String data = Json.createObjectBuilder()
                .add("channel", channel.wireKey())
                .add("position", Positions.json(position))
                .build()
                .toString();
        return "event: position\n" + event(position, data);
    }

    private static String event(Position position, String data) {
        return "id: " + Positions.text(position) + "\ndata: " + data + "\n\n";
    }

    @Override
    public void ended(Throwable reason) {
        Problem problem = problems.apply(reason);
        synchronized (lock) {
            if (isLast) {
                return;
            }
            isLast = true;
            if (hasBegun) {
                queue(bytes("event: end\n" + retry(problem) + "data: " + problem.json() + "\n\n"));
            } else {
                head = () -> setProblemHead(problem);
                queue(bytes(problem.json().toString()));
            }
        }
        wake();
    }

    /** In ms, as the field has it. */
    private static String retry(Problem problem) {
        return Optional.ofNullable(problem.headers().get("Retry-After"))
                .map(seconds -> "retry: " + seconds + "000\n")
                .orElse("");
    }

    /** Under the lock. */
    private void queue(byte[] bytes) {
        waiting.add(bytes);
        isWritten = false;
        queuedAt = System.nanoTime();
    }

    @Override
    public void tick() {
        long now = System.nanoTime();
        synchronized (lock) {
            boolean isSilent = isWritten && !isLast && now - queuedAt >= heartbeatNanos;
            boolean mayBeStuck = !isWritten || now - queuedAt < FLUSHED_NANOS;
            if (!hasBegun || !(isSilent || (mayBeStuck && now - flushedAt >= FLUSH_PERIOD_NANOS))) {
                return;
            }
            if (isSilent) {
                queue(HEARTBEAT);
            }
            flushedAt = now;
            mustFlush = true;
        }
        wake();
    }

    private void setStreamHead() {
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("text/event-stream;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        // For nginx, which would collect the events.
        response.setHeader("X-Accel-Buffering", "no");
    }

    private void setProblemHead(Problem problem) {
        response.setStatus(problem.status());
        problem.headers().forEach(response::setHeader);
        response.setContentType(Problem.MEDIA_TYPE + ";charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
    }

    @Override
    public void onWritePossible() {
        isOpen = true;
        if (wakeUps.getAndIncrement() == 0) {
            writeWhileWoken();
        }
    }

    private void wake() {
        if (wakeUps.getAndIncrement() > 0) {
            return;
        }
        try {
            writers.executor().execute(this::writeWhileWoken);
        } catch (IllegalStateException e) {
            // The response has ended meanwhile.
            forget();
        } catch (RejectedExecutionException e) {
            // The server has no thread for it, or stops.
            end();
        }
    }

    private void writeWhileWoken() {
        int seen = wakeUps.get();
        do {
            try {
                write();
            } catch (IOException | IllegalStateException e) {
                // The reader is gone, or the server has ended the response.
                end();
            } catch (RuntimeException e) {
                // Logs it. Not rethrown: the wake-ups would never return to 0.
                problems.apply(e);
                end();
            }
            seen = wakeUps.addAndGet(-seen);
        } while (seen > 0);
    }

    private void write() throws IOException {
        while (!isOver.get() && hasBytes()) {
            if (!isWritable()) {
                return;
            }
            int length = Math.min(SLICE, current.length - written);
            out.write(current, written, length);
            written += length;
        }
        if (isOver.get()) {
            current = NOTHING;
        } else if (flush()) {
            sent();
        }
    }

    private boolean hasBytes() {
        if (written < current.length) {
            return true;
        }
        synchronized (lock) {
            if (waiting.isEmpty()) {
                return false;
            }
            current = waiting.remove();
            written = 0;
            mustFlush = true;
        }
        if (!isHeadSet) {
            isHeadSet = true;
            head.run();
        }
        return true;
    }

    private boolean isWritable() {
        return writers.isBlocking() || (isOpen && out.isReady());
    }

    /** Returns whether nothing is left to be flushed. */
    private boolean flush() throws IOException {
        synchronized (lock) {
            if (!mustFlush) {
                return true;
            }
        }
        if (!isWritable()) {
            return false;
        }
        synchronized (lock) {
            mustFlush = false;
        }
        out.flush();
        return true;
    }

    private void sent() {
        boolean isEnd;
        boolean isNext;
        synchronized (lock) {
            if (!waiting.isEmpty()) {
                // Queued meanwhile, and counted as a wake-up.
                return;
            }
            isWritten = true;
            current = NOTHING;
            written = 0;
            isEnd = isLast;
            isNext = takesNext;
            takesNext = false;
        }
        if (isEnd) {
            end();
        } else if (isNext) {
            reader.next();
        }
    }

    /** Ends the response, whatever was sent of it. */
    private void end() {
        if (isOver.compareAndSet(false, true)) {
            try {
                async.complete();
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "The server has ended a stream itself.", e);
            }
        }
        reader.close();
    }

    /** The response has ended. */
    private void forget() {
        isOver.set(true);
        reader.close();
    }

    @Override
    public void onError(Throwable thrown) {
        end();
    }

    @Override
    public void onError(AsyncEvent event) {
        end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        // Not completed here: the server ends the response with its connection, and nothing waits for the reader.
        forget();
    }

    @Override
    public void onComplete(AsyncEvent event) {
        forget();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // Never called: a running stream is not started again.
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
