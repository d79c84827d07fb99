package dev.parley.server.session;

import java.nio.ByteBuffer;

/** An encoded binary frame, ready to be sent. Encoded once, queued in many outboxes. Immutable. */
public final class EncodedBinary implements Outbox.Waiting {
    private final byte[] frame;

    private EncodedBinary(byte[] frame) {
        this.frame = frame;
    }

    /** @param frame not copied, so it must not change any more */
    public static EncodedBinary of(byte[] frame) {
        return new EncodedBinary(frame);
    }

    @Override
    public int bytes() {
        return frame.length;
    }

    /** A new view of the frame, for a reader of its own. Not read-only: containers read the array itself. */
    public ByteBuffer frame() {
        return ByteBuffer.wrap(frame);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EncodedBinary binary && binary.frame().equals(frame());
    }

    @Override
    public int hashCode() {
        return frame().hashCode();
    }

    @Override
    public String toString() {
        return "binary frame of " + frame.length + " bytes";
    }
}
