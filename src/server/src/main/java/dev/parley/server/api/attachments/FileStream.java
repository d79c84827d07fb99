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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One file on its way out, part by part, and without a thread while its reader takes its time: what a handshake needs
 * is never held by a peer that reads a byte a minute.
 */
final class FileStream implements WriteListener, AsyncListener {
    /** Whoever reads less in a second on the whole is given up, as with uploads: 8 MiB have nine minutes. */
    private static final int BYTES_A_SECOND_MIN = 16 * 1024;

    private static final Duration GRACE = Duration.ofSeconds(30);

    /** What the server keeps of a part that its reader does not take, also after the deadline. */
    private static final int SLICE = 16 * 1024;

    private final AttachmentStore store;
    private final String id;
    private final AsyncContext async;
    private final ServletOutputStream out;
    private final Runnable whenOver;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicBoolean isReleased = new AtomicBoolean();

    /** The server says that one may write, the store that a part is here: whoever comes first does the work of both. */
    private final AtomicInteger turns = new AtomicInteger();

    /** Owned by whose turn it is. Empty while the store is asked for the next one. */
    private Optional<byte[]> part;

    private int number;
    private int written;

    /**
     * @param first the part with the number 0
     * @param whenOver run once, however it ends
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
        takeTurn();
    }

    private void takeTurn() {
        if (turns.getAndIncrement() > 0) {
            return;
        }
        do {
            write();
        } while (turns.decrementAndGet() > 0);
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
        number++;
        store.part(id, number).whenComplete((found, failure) -> {
            if (failure != null || found.isEmpty()) {
                // Where the store failed, less was sent than announced: the server drops the line, its reader sees
                // that.
                end();
                return;
            }
            part = found;
            written = 0;
            takeTurn();
        });
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
        // Not completed here: what has begun and is left to the server ends with its connection, and nothing waits for
        // the reader.
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
        // Nobody starts anew what is under way.
    }
}
