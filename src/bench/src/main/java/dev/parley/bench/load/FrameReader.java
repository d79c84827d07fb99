package dev.parley.bench.load;

import java.util.Arrays;

/**
 * Splits the bytes that a server sends into WebSocket messages (RFC 6455). Whole frames are handed on where they stand
 * in the received bytes; only a frame or message that is not complete is copied. Confined to one thread.
 */
final class FrameReader {
    /** What is done with the messages. The bytes are valid during the call only. */
    interface Sink {
        void text(byte[] bytes, int from, int end);

        /** A ping, a pong or a close. */
        void control(int opcode, byte[] payload);
    }

    private static final int UNKNOWN = -1;
    private static final byte[] NOTHING = {};

    private final Sink sink;

    /** The begin of a frame that is not complete: {@code held} bytes. */
    private byte[] partial = NOTHING;

    private int held;
    /** The fragments so far of a message that is not complete. */
    private byte[] fragments = NOTHING;

    FrameReader(Sink sink) {
        this.sink = sink;
    }

    /** Takes the next bytes of the connection. */
    void feed(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end) {
            if (held > 0) {
                at = complete(bytes, at, end);
                continue;
            }
            int length = frameLength(bytes, at, end);
            if (length == UNKNOWN || length > end - at) {
                hold(bytes, at, end - at, length);
                return;
            }
            frame(bytes, at, at + length);
            at += length;
        }
    }

    /** Adds bytes to the held frame, and handles the frame if it is complete then. Returns the index behind them. */
    private int complete(byte[] bytes, int at, int end) {
        int length = frameLength(partial, 0, held);
        // Without its length one byte at a time, so that no byte of the next frame is taken.
        int taken = Math.min(length == UNKNOWN ? 1 : length - held, end - at);
        hold(bytes, at, taken, length);
        if (frameLength(partial, 0, held) == held) {
            int whole = held;
            held = 0;
            frame(partial, 0, whole);
        }
        return at + taken;
    }

    private void hold(byte[] bytes, int from, int count, int frameLength) {
        int needed = Math.max(held + count, frameLength);
        if (partial.length < needed) {
            partial = Arrays.copyOf(partial, needed);
        }
        System.arraycopy(bytes, from, partial, held, count);
        held += count;
    }

    /** Bytes of the frame that begins here, with its header; {@link #UNKNOWN} while the header is not complete. */
    private static int frameLength(byte[] bytes, int from, int end) {
        if (end - from < 2) {
            return UNKNOWN;
        }
        int length = bytes[from + 1] & 0xff;
        int further = lengthBytes(length);
        if (end - from < 2 + further) {
            return UNKNOWN;
        }
        return Math.addExact(2 + further, payloadLength(bytes, from, length, further));
    }

    private static int lengthBytes(int length) {
        return length == Frames.SHORT_LENGTH ? Short.BYTES : length == Frames.LONG_LENGTH ? Long.BYTES : 0;
    }

    private static int payloadLength(byte[] bytes, int from, int length, int further) {
        if (length > Frames.LONG_LENGTH) {
            throw new IllegalStateException("The server masks its frames.");
        }
        if (further == 0) {
            return length;
        }
        long value = 0;
        for (int i = 0; i < further; i++) {
            value = value << 8 | bytes[from + 2 + i] & 0xff;
        }
        return Math.toIntExact(value);
    }

    private void frame(byte[] bytes, int from, int end) {
        int opcode = bytes[from] & 0x0f;
        boolean isFinal = (bytes[from] & Frames.FINAL) != 0;
        int payload = from + 2 + lengthBytes(bytes[from + 1] & 0xff);
        if (opcode >= Frames.CLOSE) {
            sink.control(opcode, Arrays.copyOfRange(bytes, payload, end));
        } else if (isFinal && opcode != Frames.CONTINUATION) {
            sink.text(bytes, payload, end);
        } else {
            fragment(bytes, payload, end, isFinal);
        }
    }

    private void fragment(byte[] bytes, int from, int end, boolean isLast) {
        int before = fragments.length;
        byte[] all = Arrays.copyOf(fragments, before + end - from);
        System.arraycopy(bytes, from, all, before, end - from);
        fragments = isLast ? NOTHING : all;
        if (isLast) {
            sink.text(all, 0, all.length);
        }
    }
}
