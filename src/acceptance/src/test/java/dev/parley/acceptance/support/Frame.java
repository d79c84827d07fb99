package dev.parley.acceptance.support;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * One frame of RFC 6455 section 5.2. It codes and decodes, and checks nothing, so that a test can also write what the
 * RFC forbids.
 *
 * @param firstByte FIN, the reserved bits and the opcode
 * @param mask the masking key of 4 bytes, which a client must use and a server must not
 * @param payload not masked
 */
public record Frame(int firstByte, Optional<byte[]> mask, byte[] payload) {
    public static final int FIN = 0x80;
    public static final int CONTINUATION = 0x0;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;

    /** The bit of the second byte that announces a masking key. */
    public static final int MASKED = 0x80;
    /** The length that announces the real one in the next 2 bytes. */
    public static final int LENGTH_OF_2 = 126;
    /** The length that announces the real one in the next 8 bytes. */
    public static final int LENGTH_OF_8 = 127;

    private static final byte[] MASK = {1, 2, 3, 4};
    private static final int OPCODE = 0x0F;
    private static final int NO_STATUS = 1005;

    /** The bytes of a client's frame. */
    public static byte[] masked(int firstByte, byte[] payload) {
        return new Frame(firstByte, Optional.of(MASK), payload).bytes();
    }

    /** The bytes of a frame that only a server may send. */
    public static byte[] unmasked(int firstByte, byte[] payload) {
        return new Frame(firstByte, Optional.empty(), payload).bytes();
    }

    /** The masking key, followed by the masked payload: what follows the length in a client's frame. */
    public static byte[] withMask(byte[] payload) {
        return ByteBuffer.allocate(MASK.length + payload.length)
                .put(MASK)
                .put(xor(payload, MASK))
                .array();
    }

    /** Reads the next frame. An {@link java.io.EOFException} is the end of the stream, also within the frame. */
    public static Frame read(DataInputStream in) throws IOException {
        int firstByte = in.readUnsignedByte();
        int secondByte = in.readUnsignedByte();
        long length = secondByte & ~MASKED;
        if (length == LENGTH_OF_2) {
            length = in.readUnsignedShort();
        } else if (length == LENGTH_OF_8) {
            length = in.readLong();
        }
        Optional<byte[]> mask = Optional.empty();
        if ((secondByte & MASKED) != 0) {
            mask = Optional.of(readFully(in, MASK.length));
        }
        byte[] payload = readFully(in, length);
        return new Frame(firstByte, mask, mask.map(key -> xor(payload, key)).orElse(payload));
    }

    private static byte[] readFully(DataInputStream in, long length) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(length)];
        in.readFully(bytes);
        return bytes;
    }

    private static byte[] xor(byte[] payload, byte[] key) {
        byte[] result = new byte[payload.length];
        for (int i = 0; i < payload.length; i++) {
            result[i] = (byte) (payload[i] ^ key[i % key.length]);
        }
        return result;
    }

    /** The bytes on the connection. */
    public byte[] bytes() {
        int maskBit = mask.isPresent() ? MASKED : 0;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(firstByte);
        if (payload.length < LENGTH_OF_2) {
            out.write(maskBit | payload.length);
        } else if (payload.length < 65_536) {
            out.write(maskBit | LENGTH_OF_2);
            out.writeBytes(
                    ByteBuffer.allocate(2).putShort((short) payload.length).array());
        } else {
            out.write(maskBit | LENGTH_OF_8);
            out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        mask.ifPresent(out::writeBytes);
        out.writeBytes(mask.map(key -> xor(payload, key)).orElse(payload));
        return out.toByteArray();
    }

    /** The same frame with another text. */
    public Frame withText(String text) {
        return new Frame(firstByte, mask, text.getBytes(StandardCharsets.UTF_8));
    }

    public int opcode() {
        return firstByte & OPCODE;
    }

    public String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    /** The close code; 1005 if the frame has none (RFC 6455 section 7.1.5). */
    public int closeCode() {
        return payload.length == 0 ? NO_STATUS : ByteBuffer.wrap(payload).getShort() & 0xFFFF;
    }
}
