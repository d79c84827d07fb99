package dev.parley.server.dispatch.requests;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Position;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.fanout.ChannelWatch;
import dev.parley.server.http.Problem;
import dev.parley.server.store.model.ChannelPage;
import dev.parley.server.store.model.StageFailure;
import dev.parley.server.store.model.StoreUnavailable;
import jakarta.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Reads one channel for one request: a page for a request that may wait for it, page after page for a stream. It reads
 * from the store when it begins, when its output takes the next page, and when {@link ChannelWatch} wakes it. It is
 * registered there before its first read, so no message falls between the two.
 *
 * <p>Thread rule: any thread may call any method; none blocks. The lock guards fields only: reads begin and outputs are
 * called without it. One read is under way at a time.
 */
public final class ChannelReader implements ChannelWatch.Listener {
    /**
     * A read that is shared with other readers may have begun before what woke this one. The second read from here on
     * begins after it in any case.
     */
    private static final int REREADS_MAX = 2;

    private static final long OUTAGE_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long a read may take that is under way when the time of the request is over. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Streams end before their credential does. */
    private static final Duration EXPIRY_MARGIN = Duration.ofSeconds(1);

    /** The store as a reader uses it. Any thread; nothing blocks. */
    public interface Pages {
        /**
         * The first page of a reader, whose channel is created if everybody may read it. Empty if there is no such
         * channel, or it may not be read. Fails with {@link Problem.Refused} or as the store does.
         */
        CompletionStage<Optional<ChannelPage>> open(ReadRequest request);

        /** The messages after a position. Empty if there is no such channel (any more), or it may not be read. */
        CompletionStage<Optional<ChannelPage>> page(ReadRequest request, Optional<Position> after);
    }

    /** Where the messages of a reader go. Called on any thread, one call at a time but for the end; must not block. */
    public interface Output {
        /**
         * Takes the next messages. The first page of a stream may have none, and the only page of a request whose time
         * is over. The next one comes after {@link ChannelReader#next}.
         */
        void page(ReadSlice slice);

        /**
         * The reader has ended. A page that comes later counts for nothing. The output calls
         * {@link ChannelReader#close} when its request is over.
         *
         * @param reason {@link Problem.Refused}, {@link StoreUnavailable}, or a bug
         */
        void ended(Throwable reason);

        /** A stream is still open. Called several times a second. */
        void tick();
    }

    private final ReadRequest request;
    private final Output output;
    private final Pages pages;
    private final HttpReaders readers;
    private final ChannelWatch watch;
    private final long deadline;

    // Guarded by this, but for isOver, which is only written under it.

    /** Where the reader is; empty until its first page if it begins at the head of the channel. */
    private Optional<Position> position;

    /** How many reads are due even if no message is known. */
    private int readsDue = 1;

    /** Whether the output can take a page. */
    private boolean isWanted = true;

    private boolean isReading;
    private boolean hasBegun;
    /** Whether the next page is the last one, whatever is in it. */
    private boolean isLast;
    /** While the store does not answer: when to ask again. */
    private Optional<Long> pausedUntil = Optional.empty();
    /** The highest seq of which the reader was told. */
    private long known;

    private int rereads;
    /** What a request gets that has waited for nothing. */
    private Optional<ReadSlice> nothing = Optional.empty();

    private volatile boolean isOver;

    /** @param now monotonic time in nanoseconds, as in all methods */
    ChannelReader(ReadRequest request, Output output, Pages pages, HttpReaders readers, ChannelWatch watch, long now) {
        this.request = request;
        this.output = output;
        this.pages = pages;
        this.readers = readers;
        this.watch = watch;
        this.position = request.after();
        this.deadline = now + request.duration().toNanos();
        this.isLast = request.duration().isZero();
    }

    Identity who() {
        return request.who();
    }

    boolean isOver() {
        return isOver;
    }

    /** Begins to read. To be called once. */
    public void begin() {
        watch.register(request.channel(), this);
        if (isOver) {
            // Closed before it began.
            watch.unregister(request.channel(), this);
        } else if (request.isStream()) {
            admit();
        } else {
            proceed();
        }
    }

    /** Requests the next page: the output has sent the one before. */
    public void next() {
        synchronized (this) {
            isWanted = true;
        }
        proceed();
    }

    /** The request is over, whatever the reason. Frees its place. */
    public void close() {
        stop();
        readers.release(this);
    }

    /** Ends the reader for a reason that its client is told. Does nothing if it has ended. */
    void end(Throwable reason) {
        if (stop()) {
            output.ended(reason);
        }
    }

    void end(Problem reason) {
        end(new Problem.Refused(reason));
    }

    private boolean stop() {
        synchronized (this) {
            if (isOver) {
                return false;
            }
            isOver = true;
        }
        watch.unregister(request.channel(), this);
        return true;
    }

    @Override
    public void grown(long head) {
        synchronized (this) {
            if (head > known) {
                known = head;
                rereads = 0;
            }
        }
        proceed();
    }

    @Override
    public void changed() {
        synchronized (this) {
            readsDue = REREADS_MAX;
        }
        proceed();
    }

    /** Reads, if there is a reason to read and nothing against it. */
    private void proceed() {
        Optional<Position> after;
        boolean isFirst;
        synchronized (this) {
            if (isOver || isReading || !isWanted || pausedUntil.isPresent() || !isDue()) {
                return;
            }
            isReading = true;
            readsDue = Math.max(0, readsDue - 1);
            isFirst = !hasBegun;
            after = position;
        }
        CompletionStage<Optional<ChannelPage>> page = isFirst ? pages.open(request) : pages.page(request, after);
        page.whenComplete(this::answered);
    }

    private boolean isDue() {
        return readsDue > 0
                || position.filter(reached -> known <= reached.seq()).isEmpty();
    }

    private void answered(Optional<ChannelPage> page, Throwable failure) {
        if (failure != null) {
            failed(StageFailure.cause(failure));
        } else if (page.isEmpty()) {
            end(noSuchChannel());
        } else {
            accept(page.get()).run();
        }
    }

    private Problem noSuchChannel() {
        return request.channel()
                .roomName()
                .map(room -> Refusal.noSuchRoom(room).problem())
                .orElseGet(() -> Problem.ofStatus(404));
    }

    /** Decides what follows from a page. */
    private synchronized Runnable accept(ChannelPage page) {
        isReading = false;
        if (isOver) {
            return () -> {};
        }
        if (position.isPresent() && !page.isRecovered()) {
            return () -> end(notRecovered(page));
        }
        ReadSlice slice = ReadSlice.of(position, page);
        boolean isNews = !slice.entries().isEmpty() || position.isEmpty() || isLast;
        boolean isBegin = request.isStream() && !hasBegun;
        hasBegun = true;
        position = Optional.of(slice.reached());
        if (isNews || isBegin) {
            isWanted = false;
            known = Math.max(known, page.head().seq());
            rereads = 0;
            return () -> output.page(slice);
        }
        if (known > slice.reached().seq() && rereads < REREADS_MAX) {
            rereads++;
            return this::proceed;
        }
        // Not further, if the log went back, as after a restored backup.
        known = Math.min(known, slice.reached().seq());
        nothing = Optional.of(slice);
        return this::admit;
    }

    /** Takes a place among the readers that wait. Streams do so before they begin. */
    private void admit() {
        readers.admit(this).ifPresentOrElse(this::end, this::proceed);
    }

    /** The position of the channel's end is where its reader goes on, as in a {@code joined}. */
    private static Problem notRecovered(ChannelPage page) {
        return Problem.of(
                        410,
                        Problem.NOT_RECOVERED,
                        "What followed your position is no longer there. Go on from 'position', or from the message"
                                + " before 'oldest' to read what is left.")
                .withMember("position", Positions.json(page.head()))
                .withMember("oldest", Json.createValue(page.oldest()));
    }

    private void failed(Throwable failure) {
        boolean goesOn;
        synchronized (this) {
            isReading = false;
            goesOn = request.isStream() && hasBegun && StoreUnavailable.isReasonOf(failure);
            if (goesOn) {
                // Asked again by the next check.
                readsDue = Math.max(1, readsDue);
                pausedUntil = Optional.of(readers.now() + OUTAGE_PAUSE_NANOS);
            }
        }
        if (!goesOn) {
            end(failure);
        }
    }

    /** Called several times a second, once the reader has a place. */
    void check(long now, Instant time) {
        boolean isExpiring = request.who()
                .expiresAt()
                .filter(expiry -> !time.plus(EXPIRY_MARGIN).isBefore(expiry))
                .isPresent();
        boolean isTimeOver = now - deadline >= 0;
        if (!request.isStream()) {
            if (isExpiring || isTimeOver) {
                finish(now);
            }
        } else if (isExpiring) {
            end(Credentials.unauthorized(
                    ErrorCode.TOKEN_EXPIRED, "Your token expires. Come back with a new one, from the last id."));
        } else if (isTimeOver) {
            end(Problem.of(
                    503, Problem.TRY_AGAIN_LATER, "The stream is as old as it may be. Come back from the last id."));
        } else {
            retry(now);
            output.tick();
        }
    }

    private void retry(long now) {
        synchronized (this) {
            if (pausedUntil.filter(until -> now - until >= 0).isEmpty()) {
                return;
            }
            pausedUntil = Optional.empty();
        }
        proceed();
    }

    /** Answers a request whose time is over: with nothing, or with what a read under way finds. */
    private void finish(long now) {
        finishing(now).run();
    }

    private synchronized Runnable finishing(long now) {
        if (isOver) {
            return () -> {};
        }
        if (!isReading && nothing.isPresent()) {
            isWanted = false;
            ReadSlice slice = nothing.get();
            return () -> output.page(slice);
        }
        isLast = true;
        return now - deadline < GRACE_NANOS
                ? () -> {}
                : () -> end(new StoreUnavailable("The database did not answer in time."));
    }
}
