package dev.parley.client.internal.loop;

import dev.parley.client.internal.outbound.FrameWriter;
import dev.parley.client.internal.transport.Transport;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * The current connection with its attempt, writer and heartbeat, from the start of the attempt to the end. Confined to
 * the event loop.
 */
final class ActiveConnection {
    /** Bounds of the heartbeat: a server cannot make this client send pings too often or wait forever. */
    private static final long HEARTBEAT_MIN_MILLIS = 1_000;

    private static final long HEARTBEAT_MAX_MILLIS = 600_000;
    private static final int FRAME_MIN = 1_024;
    private static final int FRAME_MAX = 16 * 1024 * 1024;

    private Optional<Attempt> attempt = Optional.empty();
    private Optional<Transport> transport = Optional.empty();
    private Optional<FrameWriter> writer = Optional.empty();
    private Optional<Heartbeat> heartbeat = Optional.empty();
    private int frameMax = FRAME_MIN;

    /** An attempt has started. */
    void attemptStarted(Attempt fresh) {
        attempt = Optional.of(fresh);
    }

    boolean isPresent() {
        return transport.isPresent();
    }

    void opened(Transport fresh, FrameWriter freshWriter) {
        transport = Optional.of(fresh);
        writer = Optional.of(freshWriter);
    }

    void welcomed(ServerMessage.Welcome welcome, long nanoTime) {
        attempt.ifPresent(Attempt::succeeded);
        heartbeat = Optional.of(new Heartbeat(
                nanos(welcome.heartbeat().interval()), nanos(welcome.heartbeat().timeout()), nanoTime));
        frameMax = Math.max(FRAME_MIN, Math.min(FRAME_MAX, welcome.limits().frame()));
        writer.orElseThrow().frameMax(frameMax);
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(Math.max(HEARTBEAT_MIN_MILLIS, Math.min(HEARTBEAT_MAX_MILLIS, millis)));
    }

    /** Maximum bytes of a frame to this server. */
    int frameMax() {
        return frameMax;
    }

    void pump() {
        writer.ifPresent(FrameWriter::pump);
    }

    /** Whether there is a connection, no send is in flight and no chunk waits. */
    boolean isIdle() {
        return writer.map(FrameWriter::isIdle).orElse(false);
    }

    /** Whether a send is in flight or a chunk waits. */
    boolean isBusy() {
        return writer.isPresent() && !isIdle();
    }

    Heartbeat.Verdict check(long nanoTime) {
        if (heartbeat.isEmpty()) {
            return Heartbeat.Verdict.ALIVE;
        }
        attempt.flatMap(Attempt::receivedAt).ifPresent(heartbeat.get()::received);
        return heartbeat.get().check(writer.orElseThrow().sendingSince(), nanoTime);
    }

    /** The time of the next {@link #check}, if there is a heartbeat. */
    OptionalLong nextCheck() {
        return heartbeat.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(heartbeat.get().nextCheck(writer.orElseThrow().sendingSince()));
    }

    /** Forgets the attempt or connection and closes it. */
    void end() {
        attempt.ifPresent(Attempt::end);
        Optional<Transport> old = transport;
        writer.ifPresent(FrameWriter::end);
        attempt = Optional.empty();
        transport = Optional.empty();
        writer = Optional.empty();
        heartbeat = Optional.empty();
        old.ifPresent(one -> one.close(CloseCode.NORMAL.number(), ""));
    }
}
