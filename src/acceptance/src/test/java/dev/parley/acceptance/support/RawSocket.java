package dev.parley.acceptance.support;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A peer that need not follow the protocol. It writes any handshake and any bytes, and sees the exact answer. */
public final class RawSocket implements AutoCloseable {
    public static final int TEXT = 0x1;
    public static final int CONTINUATION = 0x0;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;
    public static final int FIN = 0x80;

    private static final int NO_STATUS = 1005;
    private static final int PATIENCE_MILLIS = 20_000;
    private static final byte[] MASK = {1, 2, 3, 4};

    private final Socket socket;
    private final DataInputStream in;

    /** The server's answer to a handshake. */
    public record Response(int status, List<String> headers, String body) {
        public Optional<String> header(String name) {
            return headers.stream()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst();
        }
    }

    /** A frame from the server. */
    public record Frame(int opcode, byte[] payload) {
        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The close code; 1005 if the frame has none (RFC 6455 section 7.1.5). */
        public int closeCode() {
            return payload.length == 0 ? NO_STATUS : ByteBuffer.wrap(payload).getShort() & 0xFFFF;
        }
    }

    private RawSocket(URI server, OptionalInt receiveBuffer) throws IOException {
        socket = new Socket();
        if (receiveBuffer.isPresent()) {
            socket.setReceiveBufferSize(receiveBuffer.getAsInt());
        }
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new DataInputStream(socket.getInputStream());
    }

    public static RawSocket to(URI server) {
        return to(server, OptionalInt.empty());
    }

    /** A socket with a small receive buffer, so that the server's writes block soon unless the test reads. */
    public static RawSocket withReceiveBuffer(URI server, int bytes) {
        return to(server, OptionalInt.of(bytes));
    }

    private static RawSocket to(URI server, OptionalInt receiveBuffer) {
        try {
            return new RawSocket(server, receiveBuffer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Upgrades correctly on this path, and expects 101. */
    public static RawSocket upgraded(URI server, String path) {
        RawSocket raw = to(server);
        Response response = raw.handshake("GET", path, properHeaders(server));
        if (response.status() != 101) {
            throw new AssertionError("Expected 101, but got " + response);
        }
        return raw;
    }

    public static List<String> properHeaders(URI server) {
        return properHeaders(server.getAuthority());
    }

    public static List<String> properHeaders(String host) {
        return List.of(
                "Host: " + host,
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    }

    public static List<String> headersWith(URI server, String... more) {
        List<String> headers = new ArrayList<>(properHeaders(server));
        headers.addAll(List.of(more));
        return headers;
    }

    public Response handshake(String method, String path, List<String> headers) {
        write((method + " " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        return response(method);
    }

    /**
     * Reads the answer to an HTTP request.
     *
     * @param method method of the request: an answer to HEAD has a Content-Length but no body
     */
    public Response response(String method) {
        Response head = head();
        int length = head.header("Content-Length").map(Integer::parseInt).orElse(0);
        try {
            String body = head.status() == 101 || method.equals("HEAD")
                    ? ""
                    : new String(in.readNBytes(length), StandardCharsets.UTF_8);
            return new Response(head.status(), head.headers(), body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the status and the headers of an answer, but not the body. */
    public Response head() {
        try {
            int status = Integer.parseInt(line(in).split(" ")[1]);
            List<String> answered = new ArrayList<>();
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                answered.add(line);
            }
            return new Response(status, answered, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b == -1) {
                throw new EOFException("The connection ended within a line: " + line);
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    public RawSocket text(String text) {
        return frame(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a masked frame. The first byte has FIN, the reserved bits and the opcode. */
    public RawSocket frame(int firstByte, byte[] payload) {
        write(masked(firstByte, payload));
        return this;
    }

    /** The bytes of a masked frame. */
    public static byte[] masked(int firstByte, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(firstByte);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else if (payload.length < 65_536) {
            frame.write(0x80 | 126);
            frame.writeBytes(
                    ByteBuffer.allocate(2).putShort((short) payload.length).array());
        } else {
            frame.write(0x80 | 127);
            frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        frame.writeBytes(withMask(payload));
        return frame.toByteArray();
    }

    /** The masking key, followed by the masked payload. */
    public static byte[] withMask(byte[] payload) {
        ByteBuffer masked = ByteBuffer.allocate(MASK.length + payload.length).put(MASK);
        for (int i = 0; i < payload.length; i++) {
            masked.put((byte) (payload[i] ^ MASK[i % MASK.length]));
        }
        return masked.array();
    }

    /** Sends a frame. Returns false if the server has closed the connection; the test then looks at the close code. */
    public boolean tryFrame(int firstByte, byte[] payload) {
        try {
            frame(firstByte, payload);
            return true;
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof SocketException) {
                return false;
            }
            throw e;
        }
    }

    public void write(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next frame; empty if the connection has ended. */
    public Optional<Frame> read() {
        try {
            int first = in.readUnsignedByte();
            long length = in.readUnsignedByte() & 0x7F;
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = in.readLong();
            }
            return Optional.of(new Frame(first & 0x0F, in.readNBytes((int) length)));
        } catch (EOFException | SocketException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads up to the close frame, and returns its code. */
    public int closeCode() {
        for (Optional<Frame> frame = read(); frame.isPresent(); frame = read()) {
            if (frame.get().opcode() == CLOSE) {
                return frame.get().closeCode();
            }
        }
        throw new AssertionError("The connection ended without a close frame.");
    }

    /** Reads up to the end of the TCP connection. */
    public void awaitEnd() {
        Optional<Frame> frame = read();
        while (frame.isPresent()) {
            frame = read();
        }
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
