package dev.parley.acceptance.support;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A peer that need not follow the protocol. It writes any handshake and any bytes, and sees the exact answer. */
public final class RawSocket implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final DataInputStream in;

    private RawSocket(URI server, Optional<String> from, OptionalInt receiveBuffer) throws IOException {
        socket = new Socket();
        if (from.isPresent()) {
            socket.bind(new InetSocketAddress(from.get(), 0));
        }
        if (receiveBuffer.isPresent()) {
            socket.setReceiveBufferSize(receiveBuffer.getAsInt());
        }
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new DataInputStream(socket.getInputStream());
    }

    public static RawSocket to(URI server) {
        return to(server, Optional.empty(), OptionalInt.empty());
    }

    /** @param address a loopback address, such as 127.0.0.2 on Linux, that the connection comes from */
    public static RawSocket from(String address, URI server) {
        return to(server, Optional.of(address), OptionalInt.empty());
    }

    /** A socket with a small receive buffer, so that the server's writes block soon unless the test reads. */
    public static RawSocket withReceiveBuffer(URI server, int bytes) {
        return to(server, Optional.empty(), OptionalInt.of(bytes));
    }

    private static RawSocket to(URI server, Optional<String> from, OptionalInt receiveBuffer) {
        try {
            return new RawSocket(server, from, receiveBuffer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Upgrades correctly on this path, and expects 101. */
    public static RawSocket upgraded(URI server, String path) {
        RawSocket raw = to(server);
        HttpHandshake.Response response = raw.handshake("GET", path, HttpHandshake.properHeaders(server));
        if (response.status() != 101) {
            throw new AssertionError("Expected 101, but got " + response);
        }
        return raw;
    }

    public HttpHandshake.Response handshake(String method, String path, List<String> headers) {
        String request = HttpHandshake.head(method + " " + path + " HTTP/1.1", headers);
        write(request.getBytes(StandardCharsets.ISO_8859_1));
        return response(method);
    }

    /**
     * Reads the answer to an HTTP request.
     *
     * @param method method of the request: an answer to HEAD has a Content-Length but no body
     */
    public HttpHandshake.Response response(String method) {
        HttpHandshake.Response head = head();
        try {
            String body =
                    head.status() == 101 || method.equals("HEAD") ? "" : new String(body(head), StandardCharsets.UTF_8);
            return new HttpHandshake.Response(head.status(), head.headers(), body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A body of chunks, of a length, or up to the end of the connection (RFC 9112 section 6.3). */
    private byte[] body(HttpHandshake.Response head) throws IOException {
        if (head.header("Transfer-Encoding").isPresent()) {
            return chunks();
        }
        Optional<Integer> length = head.header("Content-Length").map(Integer::parseInt);
        boolean isLast =
                head.header("Connection").filter("close"::equalsIgnoreCase).isPresent();
        return length.isEmpty() && isLast ? in.readAllBytes() : in.readNBytes(length.orElse(0));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int length;
        do {
            length = Integer.parseInt(line(), 16);
            body.write(in.readNBytes(length));
            line();
        } while (length > 0);
        return body.toByteArray();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
            line.append((char) next);
        }
        return line.toString().strip();
    }

    /** Reads the status and the headers of an answer, but not the body. */
    public HttpHandshake.Response head() {
        try {
            return HttpHandshake.readResponseHead(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public RawSocket text(String text) {
        return frame(Frame.FIN | Frame.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a masked frame. The first byte has FIN, the reserved bits and the opcode. */
    public RawSocket frame(int firstByte, byte[] payload) {
        write(Frame.masked(firstByte, payload));
        return this;
    }

    /** Sends a frame. Returns false if the server has closed the connection; the test then looks at the close code. */
    public boolean tryFrame(int firstByte, byte[] payload) {
        return tryWrite(Frame.masked(firstByte, payload));
    }

    /**
     * Sends a fragment again and again, up to 5,000 times, until the server answers or closes. It sends no further one
     * then: a server that ends a connection with unread bytes resets it, and the peer may lose the close frame.
     */
    public void flood(int firstByte, byte[] payload) {
        try {
            for (int i = 0; i < 5_000 && in.available() == 0 && tryFrame(firstByte, payload); i++) {
                // The server decides when to close.
            }
        } catch (SocketException e) {
            // Closed; what has arrived can still be read.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends bytes. Returns false if the server has closed the connection; the test then looks at the close code. */
    public boolean tryWrite(byte[] bytes) {
        try {
            write(bytes);
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
            Frame frame = Frame.read(in);
            if (frame.mask().isPresent()) {
                throw new AssertionError("The server masked a frame (RFC 6455 section 5.1).");
            }
            return Optional.of(frame);
        } catch (EOFException | SocketException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads up to the close frame, and returns its code. */
    public int closeCode() {
        return closeCodeUnlessReset()
                .orElseThrow(() -> new AssertionError("The connection ended without a close frame."));
    }

    /** The same; empty if the connection ended without a close frame. */
    public OptionalInt closeCodeUnlessReset() {
        for (Optional<Frame> frame = read(); frame.isPresent(); frame = read()) {
            if (frame.get().opcode() == Frame.CLOSE) {
                return OptionalInt.of(frame.get().closeCode());
            }
        }
        return OptionalInt.empty();
    }

    /** Reads up to the end of the TCP connection, which the server delays by less than this. */
    public void awaitEnd(Duration patience) {
        try {
            socket.setSoTimeout((int) patience.toMillis());
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
        awaitEnd();
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
