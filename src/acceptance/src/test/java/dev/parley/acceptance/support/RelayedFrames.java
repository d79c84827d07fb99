package dev.parley.acceptance.support;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One direction of a relayed connection, frame by frame. Not thread-safe. */
final class RelayedFrames {
    private final DataInputStream in;
    private final Relay.FrameFault fault;
    private final boolean isMasked;

    /** @param in bytes after the handshake; must support a mark of one byte */
    RelayedFrames(DataInputStream in, Relay.FrameFault fault, boolean isMasked) {
        this.in = in;
        this.fault = fault;
        this.isMasked = isMasked;
    }

    /** The request or the answer of the handshake, up to the empty line. */
    static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next == -1) {
                throw new IOException("The connection ended within the handshake.");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
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
        int first = in.readUnsignedByte();
        long length = in.readUnsignedByte() & 0x7F;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] mask = isMasked ? in.readNBytes(4) : new byte[4];
        byte[] payload = in.readNBytes((int) length);
        masked(payload, mask);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (first == (RawSocket.FIN | RawSocket.TEXT)) {
            for (String text : fault.pass(new String(payload, StandardCharsets.UTF_8))) {
                write(out, first, text.getBytes(StandardCharsets.UTF_8), mask);
            }
        } else {
            write(out, first, payload, mask);
        }
        return out.toByteArray();
    }

    private static void masked(byte[] payload, byte[] mask) {
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i % mask.length];
        }
    }

    private void write(ByteArrayOutputStream out, int first, byte[] payload, byte[] mask) {
        int maskBit = isMasked ? 0x80 : 0;
        out.write(first);
        if (payload.length < 126) {
            out.write(maskBit | payload.length);
        } else if (payload.length < 65_536) {
            out.write(maskBit | 126);
            out.writeBytes(
                    ByteBuffer.allocate(2).putShort((short) payload.length).array());
        } else {
            out.write(maskBit | 127);
            out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        if (isMasked) {
            out.writeBytes(mask);
            masked(payload, mask);
        }
        out.writeBytes(payload);
    }
}
