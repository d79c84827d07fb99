package dev.parley.acceptance.faults;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Loses, doubles and delays published messages on their way from Redis to a node, which a network cannot do, but Redis
 * can: it drops subscribers that are slow, and a node that subscribes late misses what came before. All other answers
 * pass. Reads the Redis serialization protocol, RESP 2 and 3. Any thread.
 */
final class LossyRedis implements Line.Copy, AutoCloseable {
    private static final double LOST = 0.1;
    private static final double DOUBLED = 0.1;
    private static final double LATE = 0.1;
    private static final int LATE_MAX_MILLIS = 3_000;
    /** A published message begins so, after its type and length: an array of RESP 2 or a push of RESP 3. */
    private static final String MESSAGE = "3\r\n$7\r\nmessage\r\n";

    private static final int END = -1;

    private final Random random;
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    private final AtomicLong faults = new AtomicLong();
    private volatile boolean isLossy;

    /** @param random of all connections; it is safe for threads */
    LossyRedis(Random random) {
        this.random = random;
    }

    void beLossy(boolean lossy) {
        isLossy = lossy;
    }

    /** Number of messages that were lost, doubled or late. */
    long faults() {
        return faults.get();
    }

    @Override
    public void copy(DataInputStream from, OutputStream to) throws IOException {
        while (true) {
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            read(from, value);
            pass(value.toByteArray(), to);
        }
    }

    private void pass(byte[] value, OutputStream to) throws IOException {
        double dice = isLossy && isMessage(value) ? random.nextDouble() : 1;
        if (dice < LOST + DOUBLED + LATE) {
            faults.incrementAndGet();
        }
        if (dice < LOST) {
            return;
        }
        if (dice < LOST + LATE) {
            later.schedule(() -> writeLate(value, to), random.nextInt(LATE_MAX_MILLIS), TimeUnit.MILLISECONDS);
            return;
        }
        to.write(value, 0, value.length);
        if (dice < LOST + LATE + DOUBLED) {
            to.write(value, 0, value.length);
        }
    }

    private static void writeLate(byte[] value, OutputStream to) {
        try {
            to.write(value, 0, value.length);
        } catch (IOException e) {
            // The connection has ended meanwhile: the message is lost, as others are.
            return;
        }
    }

    private static boolean isMessage(byte[] value) {
        return new String(value, 0, Math.min(value.length, 1 + MESSAGE.length()), StandardCharsets.ISO_8859_1)
                .endsWith(MESSAGE);
    }

    /** Reads one value with all that is in it. */
    private static void read(DataInputStream from, ByteArrayOutputStream value) throws IOException {
        String line = line(from, value);
        switch (line.charAt(0)) {
            case '$', '=', '!' -> {
                int length = Integer.parseInt(line.substring(1));
                if (length >= 0) {
                    value.writeBytes(from.readNBytes(length + 2));
                }
            }
            case '*', '>', '~' -> readAll(from, value, Integer.parseInt(line.substring(1)));
            case '%', '|' -> readAll(from, value, 2 * Integer.parseInt(line.substring(1)));
            default -> {
                // A value of one line.
            }
        }
    }

    private static void readAll(DataInputStream from, ByteArrayOutputStream value, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            read(from, value);
        }
    }

    private static String line(DataInputStream from, ByteArrayOutputStream value) throws IOException {
        StringBuilder line = new StringBuilder();
        int next = from.read();
        while (next != '\n') {
            if (next == END) {
                throw new EOFException();
            }
            value.write(next);
            line.append((char) next);
            next = from.read();
        }
        value.write(next);
        return line.substring(0, line.length() - 1);
    }

    @Override
    public void close() {
        later.shutdownNow();
    }
}
