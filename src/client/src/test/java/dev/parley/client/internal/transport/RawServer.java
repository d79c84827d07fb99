package dev.parley.client.internal.transport;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** A server that need not follow the protocol: it gives any answer to a handshake and writes any frames. */
public final class RawServer implements AutoCloseable {
    public static final int FIN = 0x80;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CONTINUATION = 0x0;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;

    private static final int PATIENCE_MILLIS = 20_000;
    private static final int QUIET_MILLIS = 300;
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 section 1.3

    private final ServerSocket server;

    public RawServer() {
        this(0);
    }

    /** @param receiveBuffer receive buffer of its connections in bytes; 0 for the system's default */
    RawServer(int receiveBuffer) {
        try {
            server = new ServerSocket();
            if (receiveBuffer > 0) {
                server.setReceiveBufferSize(receiveBuffer);
            }
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            server.setSoTimeout(PATIENCE_MILLIS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI uri() {
        return URI.create("ws://" + server.getInetAddress().getHostAddress() + ":" + server.getLocalPort() + "/chat");
    }

    /** Accepts the next connection and reads its handshake. */
    public Peer accept() {
        try {
            return new Peer(server.accept());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Accepts the next connection and closes it at once. */
    public void turnAway() {
        try {
            server.accept().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails if another connection comes within a short time. */
    public void assertNobodyComes() {
        try {
            server.setSoTimeout(QUIET_MILLIS);
            server.accept().close();
        } catch (SocketTimeoutException e) {
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("Another connection came.");
    }

    /** Accepts and upgrades the next connection. */
    public Peer upgraded() {
        Peer peer = accept();
        peer.upgrade();
        return peer;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection. */
    public static final class Peer implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final String head;

        private Peer(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(PATIENCE_MILLIS);
            in = new DataInputStream(socket.getInputStream());
            head = readHead(in);
        }

        private static String readHead(InputStream in) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = in.read();
                if (next == -1) {
                    throw new EOFException("The handshake ended: " + bytes);
                }
                bytes.write(next);
            }
            return bytes.toString(StandardCharsets.ISO_8859_1);
        }

        /** Ends the connection with a TCP reset, like a killed server. */
        public void reset() {
            try {
                socket.setSoLinger(true, 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            close();
        }

        public String head() {
            return head;
        }

        public void answer(String status, String... headers) {
            write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n" + lines(headers) + "\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
        }

        private static String lines(String... headers) {
            return headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        }

        void upgrade() {
            String key = head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:"))
                    .findFirst()
                    .orElseThrow()
                    .split(":")[1]
                    .strip();
            try {
                byte[] digest =
                        MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
                write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Protocol: parley.v1\r\nSec-WebSocket-Accept: "
                                + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The text of the next text frame. */
        public String readText() {
            return new String(read(TEXT), StandardCharsets.UTF_8);
        }

        /** The payload of the next frame, which must have this opcode. */
        public byte[] read(int opcode) {
            try {
                int first = in.readUnsignedByte();
                int length = in.readUnsignedByte() & 0x7F;
                length = length == 126 ? in.readUnsignedShort() : length;
                byte[] mask = in.readNBytes(4);
                byte[] payload = in.readNBytes(length);
                for (int i = 0; i < payload.length; i++) {
                    payload[i] ^= mask[i % 4];
                }
                if ((first & 0x0F) != opcode) {
                    throw new AssertionError("Expected opcode " + opcode + ", but got " + (first & 0x0F));
                }
                return payload;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Writes text outside of a frame. */
        public void write(String text) {
            write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public void text(String text) {
            frame(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8));
        }

        /** Writes several text frames at once. */
        public void texts(List<String> texts) {
            ByteArrayOutputStream frames = new ByteArrayOutputStream();
            texts.forEach(text -> frames.writeBytes(framed(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8))));
            write(frames.toByteArray());
        }

        /** Writes a close frame without a reason. */
        public void closeFrame(int code) {
            frame(FIN | CLOSE, ByteBuffer.allocate(2).putShort((short) code).array());
        }

        public void frame(int firstByte, byte[] payload) {
            write(framed(firstByte, payload));
        }

        private static byte[] framed(int firstByte, byte[] payload) {
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            frame.write(firstByte);
            if (payload.length < 126) {
                frame.write(payload.length);
            } else {
                frame.write(127);
                frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
            }
            frame.writeBytes(payload);
            return frame.toByteArray();
        }

        private void write(byte[] bytes) {
            try {
                socket.getOutputStream().write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /**
         * Reads until the client closes the connection.
         *
         * @return number of bytes read
         */
        public long awaitEnd() {
            long bytes = 0;
            try {
                byte[] buffer = new byte[65_536];
                for (int read = in.read(buffer); read != -1; read = in.read(buffer)) {
                    bytes += read;
                }
            } catch (IOException e) {
                // A reset is an end too; a timeout is not.
                if (e instanceof SocketTimeoutException) {
                    throw new UncheckedIOException(e);
                }
            }
            return bytes;
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
