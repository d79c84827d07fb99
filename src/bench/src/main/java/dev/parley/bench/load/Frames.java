package dev.parley.bench.load;

import java.nio.ByteBuffer;

/** The frames of RFC 6455, as a client writes them. */
final class Frames {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    static final int FINAL = 0x80;
    private static final int MASKED = 0x80;
    static final int SHORT_LENGTH = 126;
    static final int LONG_LENGTH = 127;

    private Frames() {}

    /** One whole frame. Its mask is zero, which costs nothing here; the server unmasks as usual. */
    static ByteBuffer of(int opcode, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length).put((byte) (FINAL | opcode));
        if (payload.length < SHORT_LENGTH) {
            frame.put((byte) (MASKED | payload.length));
        } else if (payload.length < 65_536) {
            frame.put((byte) (MASKED | SHORT_LENGTH)).putShort((short) payload.length);
        } else {
            frame.put((byte) (MASKED | LONG_LENGTH)).putLong(payload.length);
        }
        return frame.putInt(0).put(payload).flip();
    }
}
