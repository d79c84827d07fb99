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
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Streams one file to its reader, part by part, without a thread that waits for a slow reader: a peer that reads a byte
 * a minute never blocks a thread that handshakes need.
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
    private final ServletOutputStream out;
    private final Runnable whenOver;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicBoolean isReleased = new AtomicBoolean();

    /**
     * Counts calls of {@link #continueWriting}, by the server when writing is possible and by the store when a part has
     * arrived: the first caller does the work of all.
     */
    private final AtomicInteger wakeUps = new AtomicInteger();

    /** Confined to the thread that counted {@link #wakeUps} from 0. Empty while the store fetches the next part. */
    private Optional<byte[]> part;

    private int number;
    private int written;

    /**
     * @param first the part with the number 0
     * @param whenOver called once, however the download ends
     */
    FileStream(AttachmentStore store, String id, byte[] first, AsyncContext async, Runnable whenOver)
            throws IOException {
        this.store = store;
        this.id = id;
        this.part = Optional.of(first);
        this.async = async;
        this.out = async.getResponse().getOutputStream();
        this.whenOver = whenOver;
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
            while (!isOver.get() && part.isPresent() && out.isReady()) {
                byte[] bytes = part.get();
                if (written == bytes.length) {
                    fetchNext();
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
    }

    private void fetchNext() {
        part = Optional.empty();
        // Before the next part is there: the thread that writes may see it at once.
        written = 0;
        number++;
        store.part(id, number).whenComplete((found, failure) -> {
            if (failure != null || found.isEmpty()) {
                // If the store failed, less was sent than announced: the server drops the connection, so the reader
                // notices.
                end();
                return;
            }
            part = found;
            continueOnAnotherThread();
        });
    }

    /** This one is the database's, and Liberty blocks a write outside {@link #onWritePossible} for a slow reader. */
    private void continueOnAnotherThread() {
        try {
            async.start(this::continueWriting);
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
        if (isReleased.compareAndSet(false, true)) {
            whenOver.run();
        }
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // Never called: a running download is not started again.
    }
}
