package dev.parley.server.api.attachments;

import dev.parley.server.store.AttachmentStore;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Streams one file to its reader, part by part, without a thread that waits for a slow reader: a peer that reads a byte
 * a minute never blocks a thread that handshakes need. The next part is fetched while the reader gets the one before.
 * Where writes wait for the reader all the same, all of them are made on threads that nothing else needs.
 */
final class FileStream implements WriteListener, AsyncListener {
    /** Minimum average rate, as with uploads; a slower reader is disconnected. 8 MiB may take nine minutes. */
    private static final int BYTES_A_SECOND_MIN = 16 * 1024;

    private static final Duration GRACE = Duration.ofSeconds(30);

    /**
     * Bytes written at a time: bounds what the server buffers for a reader that does not read, even after the deadline.
     */
    private static final int SLICE = 16 * 1024;

    private final AttachmentStore store;
    private final String id;
    private final AsyncContext async;
    private final Executor writers;
    private final ServletOutputStream out;
    private final Runnable whenOver;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicBoolean isReleased = new AtomicBoolean();

    /**
     * Counts calls of {@link #continueWriting}, by the server when writing is possible or over and by the store when a
     * part has arrived: the first caller does the work of all.
     */
    private final AtomicInteger wakeUps = new AtomicInteger();

    // Confined to the thread that counted wakeUps from 0.

    /** Empty while it waits for {@link #next}. */
    private Optional<byte[]> part;

    /** The part behind it, fetched meanwhile. */
    private CompletableFuture<Optional<byte[]>> next;

    private int number;
    private int written;

    /**
     * @param first the part with the number 0
     * @param writers runs what writes when a part has arrived
     * @param whenOver called once, however the download ends
     */
    FileStream(AttachmentStore store, String id, byte[] first, AsyncContext async, Executor writers, Runnable whenOver)
            throws IOException {
        this.store = store;
        this.id = id;
        this.part = Optional.of(first);
        this.async = async;
        this.writers = writers;
        this.out = async.getResponse().getOutputStream();
        this.whenOver = whenOver;
        fetchNext();
    }

    static Duration deadline(long size) {
        return GRACE.plusSeconds(size / BYTES_A_SECOND_MIN);
    }

    @Override
    public void onWritePossible() {
        continueWriting();
    }

    private void continueWriting() {
        if (wakeUps.getAndIncrement() > 0) {
            return;
        }
        do {
            write();
        } while (wakeUps.decrementAndGet() > 0);
    }

    private void write() {
        try {
            while (!isOver.get() && isPartThere() && out.isReady()) {
                byte[] bytes = part.get();
                if (written == bytes.length) {
                    endPart();
                } else {
                    int length = Math.min(SLICE, bytes.length - written);
                    out.write(bytes, written, length);
                    written += length;
                }
            }
        } catch (IOException e) {
            // The reader is gone.
            end();
        }
        if (isOver.get()) {
            forget();
        }
    }

    /** Threads of Open Liberty's keep their last response, and so this stream, until they get another one. */
    private void forget() {
        part = Optional.empty();
        next = CompletableFuture.completedFuture(Optional.empty());
    }

    private void fetchNext() {
        number++;
        next = store.part(id, number).toCompletableFuture();
    }

    private boolean isPartThere() {
        if (part.isEmpty() && next.isDone()) {
            take();
        }
        return part.isPresent();
    }

    private void take() {
        part = next.isCompletedExceptionally() ? Optional.empty() : next.getNow(Optional.empty());
        if (part.isPresent()) {
            fetchNext();
        } else {
            // If the store failed, less was sent than announced: the server drops the connection, so the reader
            // notices.
            end();
        }
    }

    /** The next part is mostly there already. */
    private void endPart() {
        part = Optional.empty();
        written = 0;
        if (!next.isDone()) {
            next.whenComplete((found, failure) -> continueOnAnotherThread());
        }
    }

    /** This one is the database's. */
    private void continueOnAnotherThread() {
        try {
            writers.execute(this::continueWriting);
        } catch (IllegalStateException e) {
            // The response has ended meanwhile.
            isOver.set(true);
        } catch (RejectedExecutionException e) {
            // The server has no thread for it, or stops.
            end();
        }
    }

    private void end() {
        if (isOver.compareAndSet(false, true)) {
            async.complete();
        }
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
        isOver.set(true);
    }

    @Override
    public void onComplete(AsyncEvent event) {
        isOver.set(true);
        continueWriting();
        if (isReleased.compareAndSet(false, true)) {
            whenOver.run();
        }
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // Never called: a running download is not started again.
    }
}
