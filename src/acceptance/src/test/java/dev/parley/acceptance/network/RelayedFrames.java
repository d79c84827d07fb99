package dev.parley.acceptance.network;

import dev.parley.acceptance.support.Frame;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;

/** One direction of a relayed connection, frame by frame. Not thread-safe. */
final class RelayedFrames {
    private final DataInputStream in;
    private final Relay.FrameFault fault;

    /** @param in bytes after the handshake; must support a mark of one byte */
    RelayedFrames(DataInputStream in, Relay.FrameFault fault) {
        this.in = in;
        this.fault = fault;
    }

    boolean isAtEnd() throws IOException {
        in.mark(1);
        boolean isAtEnd = in.read() == -1;
        if (!isAtEnd) {
            in.reset();
        }
        return isAtEnd;
    }

    /** The bytes that replace the next frame, according to the fault. */
    byte[] next() throws IOException {
        Frame frame = Frame.read(in);
        if (frame.firstByte() != (Frame.FIN | Frame.TEXT)) {
            return frame.bytes();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        fault.pass(frame.text())
                .forEach(text -> out.writeBytes(frame.withText(text).bytes()));
        return out.toByteArray();
    }
}
