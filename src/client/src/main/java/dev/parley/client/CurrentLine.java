package dev.parley.client;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** The line that there is, from the attempt that makes it to its end: who hears, who writes, is it alive. The owner's alone. */
final class CurrentLine {
    /** No server makes this client ping ever so often, or wait for ever. */
    private static final long HEARTBEAT_MIN_MILLIS = 1_000;

    private static final long HEARTBEAT_MAX_MILLIS = 600_000;
    private static final int FRAME_MIN = 1_024;
    private static final int FRAME_MAX = 16 * 1024 * 1024;

    private Optional<AttemptEar> ear = Optional.empty();
    private Optional<Line> line = Optional.empty();
    private Optional<Writer> writer = Optional.empty();
    private Optional<Heartbeat> heartbeat = Optional.empty();
    private int frameMax = FRAME_MIN;

    /** An attempt is under way. */
    void begun(AttemptEar fresh) {
        ear = Optional.of(fresh);
    }

    boolean isPresent() {
        return line.isPresent();
    }

    void opened(Line fresh, Writer freshWriter) {
        line = Optional.of(fresh);
        writer = Optional.of(freshWriter);
    }

    void welcomed(ServerMessage.Welcome welcome, long nanoTime) {
        heartbeat = Optional.of(new Heartbeat(
                nanos(welcome.heartbeat().interval()), nanos(welcome.heartbeat().timeout()), nanoTime));
        frameMax = Math.max(FRAME_MIN, Math.min(FRAME_MAX, welcome.limits().frame()));
        writer.orElseThrow().frameMax(frameMax);
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(Math.max(HEARTBEAT_MIN_MILLIS, Math.min(HEARTBEAT_MAX_MILLIS, millis)));
    }

    /** Bytes that a frame to this server may have. */
    int frameMax() {
        return frameMax;
    }

    void pump() {
        writer.ifPresent(Writer::pump);
    }

    /** Whether there is one, and it would take something now. */
    boolean isIdle() {
        return writer.map(Writer::isIdle).orElse(false);
    }

    /** Whether something is on its way into it. */
    boolean isBusy() {
        return writer.isPresent() && !isIdle();
    }

    Heartbeat.Verdict look(long nanoTime) {
        if (heartbeat.isEmpty()) {
            return Heartbeat.Verdict.ALIVE;
        }
        ear.flatMap(AttemptEar::heardAt).ifPresent(heartbeat.get()::heard);
        return heartbeat.get().look(writer.orElseThrow().sendingSince(), nanoTime);
    }

    /** When to look again, if there is something to look at. */
    OptionalLong nextLook() {
        return heartbeat.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(heartbeat.get().nextLook(writer.orElseThrow().sendingSince()));
    }

    /** Forgets it, and closes it. */
    void end() {
        Optional<Line> old = line;
        writer.ifPresent(Writer::end);
        ear = Optional.empty();
        line = Optional.empty();
        writer = Optional.empty();
        heartbeat = Optional.empty();
        old.ifPresent(one -> one.close(CloseCode.DONE.number(), ""));
    }
}
