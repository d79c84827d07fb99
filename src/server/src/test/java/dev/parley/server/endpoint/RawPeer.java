package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A WebSocket peer on a plain socket, which sends and ignores what it likes. */
final class RawPeer implements AutoCloseable {
    static final int FIN = 0x80;
    static final int TEXT = 1;
    private static final int CLOSE = 8;

    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int MASKED = 0x80;
    private static final int LENGTH_OF_2 = 126;
    private static final int LENGTH_OF_8 = 127;

    private final Socket socket;
    private final DataInputStream in;

    /** Connects and sends the request of the handshake. */
    RawPeer(int port, String path) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
                                + "\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads the answer to the handshake, which must be 101. */
    RawPeer upgraded() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        assertThat(head.toString()).startsWith("HTTP/1.1 101 ");
        return this;
    }

    /** Sends a frame, masked with zeros. */
    void write(int firstByte, byte[] payload) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        DataOutputStream to = new DataOutputStream(frame);
        to.write(firstByte);
        to.write(MASKED | LENGTH_OF_8);
        to.writeLong(payload.length);
        to.writeInt(0);
        to.write(payload);
        socket.getOutputStream().write(frame.toByteArray());
    }

    /** Reads up to the close frame and returns its code. */
    int closeCode() throws IOException {
        while (true) {
            int opcode = in.readUnsignedByte() & 0xF;
            long length = in.readUnsignedByte();
            if (length == LENGTH_OF_2) {
                length = in.readUnsignedShort();
            } else if (length == LENGTH_OF_8) {
                length = in.readLong();
            }
            byte[] payload = in.readNBytes((int) length);
            if (opcode == CLOSE) {
                return (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
