package dev.parley.acceptance;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network between clients and the server that does what networks do: it cuts lines, also in the middle of a frame, lets
 * them hang, and stops reading. On whole frames it can do what no network does but a lost ack or a repeated send look
 * like: drop and repeat messages.
 */
final class Relay implements AutoCloseable {
    private static final int CHUNK = 4096;
    private static final int PART_OF_A_FRAME = 50;
    /** So that little lies in the kernel's buffers when nobody reads; below two segments of the loopback it would crawl. */
    private static final int RECEIVE_BUFFER = 128 * 1024;

    private final ServerSocket entrance;
    private final InetSocketAddress server;
    private final FrameFault toServer;
    private final FrameFault toClient;
    private final Set<Line> lines = ConcurrentHashMap.newKeySet();
    private volatile boolean isReadingFromServer = true;

    /** What becomes of a text frame: the frames in its place. */
    interface FrameFault {
        FrameFault NONE = List::of;

        List<String> pass(String text);
    }

    /** How a line ends. */
    enum Cut {
        /** Both ends hear of it at once. */
        RESET,
        /** What is under way still arrives. */
        END,
        /** The next bytes arrive in part, most likely up to the middle of a frame; then both ends hear of it. */
        WITHIN_A_FRAME,
        /** Nobody hears of it; bytes just stop. */
        HANG
    }

    private Relay(URI server, FrameFault toServer, FrameFault toClient) {
        this.server = new InetSocketAddress(server.getHost(), server.getPort());
        this.toServer = toServer;
        this.toClient = toClient;
        try {
            entrance = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("relay-entrance", this::accept);
    }

    static Relay to(URI server) {
        return new Relay(server, FrameFault.NONE, FrameFault.NONE);
    }

    static Relay to(URI server, FrameFault toServer, FrameFault toClient) {
        return new Relay(server, toServer, toClient);
    }

    /** Where clients find the server's {@code /chat}. */
    URI chat() {
        return URI.create("ws://127.0.0.1:" + entrance.getLocalPort() + "/chat");
    }

    /** Ends a random share of the lines. */
    int cut(double share, Random random) {
        List<Line> unlucky =
                lines.stream().filter(line -> random.nextDouble() < share).toList();
        unlucky.forEach(line -> line.cut(Cut.values()[random.nextInt(Cut.values().length)]));
        return unlucky.size();
    }

    /** Stops, or goes on, to read what the server sends: its buffers fill. */
    void readFromServer(boolean reads) {
        synchronized (lines) {
            isReadingFromServer = reads;
            lines.notifyAll();
        }
    }

    private void awaitReading() throws InterruptedException {
        synchronized (lines) {
            while (!isReadingFromServer) {
                lines.wait();
            }
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Line line = new Line(entrance.accept());
                start("relay-connect", line::connect);
            } catch (IOException e) {
                // Closed, or a client that has gone: the next one, if any.
                continue;
            }
        }
    }

    @Override
    public void close() {
        try {
            entrance.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        readFromServer(true);
        lines.forEach(line -> line.cut(Cut.RESET));
    }

    private final class Line {
        private final Socket client;
        private final Socket upstream = new Socket();
        private final AtomicInteger directionsOpen = new AtomicInteger(2);
        private volatile boolean isHanging;
        /** How many bytes of a chunk still pass. */
        private volatile int passing = CHUNK;

        Line(Socket client) {
            this.client = client;
        }

        void connect() {
            try {
                upstream.setReceiveBufferSize(RECEIVE_BUFFER);
                upstream.connect(server);
                upstream.setTcpNoDelay(true);
                client.setTcpNoDelay(true);
            } catch (IOException e) {
                end(false);
                return;
            }
            lines.add(this);
            start("relay-to-server", () -> pump(client, upstream, toServer, true));
            start("relay-to-client", () -> pump(upstream, client, toClient, false));
        }

        void cut(Cut how) {
            switch (how) {
                case RESET -> end(true);
                case END -> end(false);
                case WITHIN_A_FRAME -> passing = PART_OF_A_FRAME;
                case HANG -> isHanging = true;
            }
        }

        private void end(boolean reset) {
            lines.remove(this);
            for (Socket socket : List.of(client, upstream)) {
                try {
                    if (reset) {
                        socket.setSoLinger(true, 0);
                    }
                    socket.close();
                } catch (IOException e) {
                    // It is closed already, by the other end: that is what was wanted.
                    continue;
                }
            }
        }

        private void pump(Socket from, Socket to, FrameFault fault, boolean isMasked) {
            try {
                if (fault == FrameFault.NONE) {
                    copyBytes(from, to);
                } else {
                    copyFrames(from, to, fault, isMasked);
                }
                to.shutdownOutput();
                if (directionsOpen.decrementAndGet() > 0) {
                    // WildFly ends its half of the line with its close frame and still reads.
                    return;
                }
            } catch (IOException e) {
                // One end has gone, so the other one goes.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            end(false);
        }

        private void pause(Socket from) throws InterruptedException {
            if (from == upstream) {
                awaitReading();
            }
        }

        private void copyBytes(Socket from, Socket to) throws IOException, InterruptedException {
            byte[] bytes = new byte[CHUNK];
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(bytes); count != -1; count = in.read(bytes)) {
                if (!isHanging) {
                    out.write(bytes, 0, Math.min(count, passing));
                }
                if (count > passing) {
                    throw new EOFException("Cut within a frame.");
                }
                pause(from);
            }
        }

        private void copyFrames(Socket from, Socket to, FrameFault fault, boolean isMasked)
                throws IOException, InterruptedException {
            DataInputStream in = new DataInputStream(new BufferedInputStream(from.getInputStream()));
            OutputStream out = to.getOutputStream();
            copyHead(in, out);
            while (true) {
                in.mark(1);
                if (in.read() == -1) {
                    return;
                }
                in.reset();
                byte[] frame = nextFrame(in, fault, isMasked);
                if (!isHanging) {
                    out.write(frame);
                }
                pause(from);
            }
        }

        /** The handshake's request or its answer, up to the empty line. */
        private static void copyHead(InputStream in, OutputStream out) throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = in.read();
                if (next == -1) {
                    throw new IOException("The line ended within the handshake.");
                }
                head.write(next);
            }
            out.write(head.toByteArray());
        }

        private static byte[] nextFrame(DataInputStream in, FrameFault fault, boolean isMasked) throws IOException {
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
                    write(out, first, text.getBytes(StandardCharsets.UTF_8), isMasked, mask);
                }
            } else {
                write(out, first, payload, isMasked, mask);
            }
            return out.toByteArray();
        }

        private static void masked(byte[] payload, byte[] mask) {
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i % mask.length];
            }
        }

        private static void write(ByteArrayOutputStream out, int first, byte[] payload, boolean isMasked, byte[] mask) {
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
}
