package dev.parley.client.internal.outbound;

import dev.parley.client.ParleyException;
import dev.parley.client.internal.transport.ClientErrors;
import dev.parley.protocol.Attachment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Uploads of files, one at a time: the announcement, then the bytes, then the server's confirmation. An upload that a
 * connection does not finish starts again on the next one. Confined to the event loop; callers pass the monotonic time
 * in nanoseconds.
 */
public final class Uploads {
    private static final long RETRY_NANOS = 500_000_000L;

    private enum Step {
        WAITS,
        ANNOUNCED,
        SENDS,
        SENT
    }

    /** @param announcement JSON of the {@code upload} message */
    public record File(
            String id, String announcement, byte[] content, long deadline, SendCallback<Attachment> callback) {}

    private final Deque<File> files = new ArrayDeque<>();
    private Step step = Step.WAITS;
    private int sent;
    private OptionalLong notBefore = OptionalLong.empty();

    void add(File file) {
        files.add(file);
    }

    boolean isUnderWay(String id) {
        return !files.isEmpty() && files.peek().id().equals(id) && step != Step.WAITS;
    }

    /** Whether the server may take a binary frame for bytes of a file. */
    boolean isUnderWay() {
        return !files.isEmpty() && step != Step.WAITS;
    }

    boolean isEmpty() {
        return files.isEmpty();
    }

    /**
     * The next item to write.
     *
     * @param frameMax maximum bytes of a frame
     */
    Optional<FrameWriter.Outbound> next(int frameMax, long nanoTime) {
        if (files.isEmpty()) {
            return Optional.empty();
        }
        File file = files.peek();
        if (step == Step.WAITS) {
            if (notBefore.isPresent() && nanoTime - notBefore.getAsLong() < 0) {
                return Optional.empty();
            }
            begin(Step.ANNOUNCED);
            return Optional.of(new FrameWriter.Outbound.Message(Optional.empty(), file.announcement()));
        }
        if (step != Step.SENDS) {
            return Optional.empty();
        }
        int length = Math.min(frameMax, file.content().length - sent);
        ByteBuffer part = ByteBuffer.wrap(file.content(), sent, length).slice().asReadOnlyBuffer();
        sent += length;
        step = sent == file.content().length ? Step.SENT : Step.SENDS;
        return Optional.of(new FrameWriter.Outbound.Bytes(part));
    }

    private void begin(Step first) {
        step = first;
        sent = 0;
        notBefore = OptionalLong.empty();
    }

    /** The server has accepted the announcement and waits for the bytes. */
    void announced() {
        if (step == Step.ANNOUNCED) {
            step = files.peek().content().length == 0 ? Step.SENT : Step.SENDS;
        }
    }

    void uploaded(Attachment attachment) {
        File file = files.remove();
        begin(Step.WAITS);
        file.callback().succeeded(attachment);
    }

    void refused(ParleyException why, long nanoTime) {
        if (ClientErrors.isRetryable(why.code())) {
            begin(Step.WAITS);
            notBefore = OptionalLong.of(
                    nanoTime + why.retryAfter().map(Duration::toNanos).orElse(RETRY_NANOS));
        } else {
            File file = files.remove();
            begin(Step.WAITS);
            file.callback().failed(why);
        }
    }

    void connectionLost() {
        begin(Step.WAITS);
    }

    /**
     * Fails the files whose deadline has passed.
     *
     * @return whether one of them was interrupted midway
     */
    boolean expire(long nanoTime, Supplier<ParleyException> why) {
        boolean breaksOff = false;
        while (!files.isEmpty() && nanoTime - files.peek().deadline() >= 0) {
            breaksOff |= step != Step.WAITS;
            File file = files.remove();
            begin(Step.WAITS);
            file.callback().failed(why.get());
        }
        return breaksOff;
    }

    /** The next deadline, or the end of a pause. */
    OptionalLong nextDeadline(boolean isOpen, long nanoTime) {
        if (files.isEmpty()) {
            return OptionalLong.empty();
        }
        long deadline = files.peek().deadline();
        boolean isPaused = isOpen && notBefore.isPresent() && notBefore.getAsLong() - nanoTime > 0;
        return OptionalLong.of(isPaused && notBefore.getAsLong() - deadline < 0 ? notBefore.getAsLong() : deadline);
    }

    void fail(ParleyException why) {
        List<File> rest = new ArrayList<>(files);
        files.clear();
        begin(Step.WAITS);
        rest.forEach(file -> file.callback().failed(why));
    }
}
