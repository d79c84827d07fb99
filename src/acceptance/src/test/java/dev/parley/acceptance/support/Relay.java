package dev.parley.acceptance.support;

import java.io.BufferedInputStream;
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
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A network between clients and the server that does what networks do: it cuts lines, also in the middle of a frame,
 * lets them hang, loses or holds up one direction, crawls, stops reading, and answers handshakes as a proxy that knows
 * better. On whole frames it can do what no network does but a lost ack or a repeated send look like: drop and repeat
 * messages.
 */
public final class Relay implements AutoCloseable {
    private static final int CHUNK = 4096;
    /** What tests look at; more would look like a leak of who reconnects without end. */
    private static final int KNOCKS_MAX = 20;

    private static final int PART_OF_A_FRAME = 50;
    /**
     * So that little lies in the kernel's buffers when nobody reads; below two segments of the loopback it would crawl.
     */
    private static final int RECEIVE_BUFFER = 128 * 1024;

    private final ServerSocket entrance;
    private final InetSocketAddress server;
    private final FrameFault toServer;
    private final FrameFault toClient;
    private final Set<Line> lines = ConcurrentHashMap.newKeySet();
    private final Queue<String> refusals = new ConcurrentLinkedQueue<>();
    private final Queue<Knock> knocks = new ConcurrentLinkedQueue<>();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong late = new AtomicLong();
    private volatile boolean isReadingFromServer = true;

    /** What becomes of a text frame: the frames in its place. */
    public interface FrameFault {
        FrameFault NONE = List::of;

        List<String> pass(String text);
    }

    /** A handshake that came. @param at by the monotonic clock, in ns */
    public record Knock(long at, String head) {}

    public enum Way {
        TO_SERVER,
        TO_CLIENT
    }

    /** How a line ends. */
    public enum Cut {
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

    public static Relay to(URI server) {
        return new Relay(server, FrameFault.NONE, FrameFault.NONE);
    }

    public static Relay to(URI server, FrameFault toServer, FrameFault toClient) {
        return new Relay(server, toServer, toClient);
    }

    /** Where clients find the server's {@code /chat}. */
    public URI chat() {
        return URI.create("ws://127.0.0.1:" + entrance.getLocalPort() + "/chat");
    }

    /** Ends a random share of the lines. */
    public int cut(double share, Random random) {
        return strike(share, random, line -> line.cut(Cut.values()[random.nextInt(Cut.values().length)]));
    }

    /** Ends a random share of the lines in this way. */
    public int cut(Cut how, double share, Random random) {
        return strike(share, random, line -> line.cut(how));
    }

    /** A random share of the lines is half open from now on: bytes of one direction vanish, and nobody hears of it. */
    public int lose(Way way, double share, Random random) {
        return strike(share, random, line -> line.valve(way).lose());
    }

    /** Holds up one direction of a random share of the lines. */
    public int hold(Way way, double share, Random random) {
        return strike(share, random, line -> line.valve(way).hold());
    }

    /** Lets a random share of the lines crawl in both directions. */
    public int slow(int bytesPerSecond, double share, Random random) {
        return strike(share, random, line -> {
            for (Way way : Way.values()) {
                line.valve(way).slow(bytesPerSecond);
            }
        });
    }

    /** What was held up arrives, what crawled runs. */
    public void flow() {
        for (Line line : lines) {
            for (Way way : Way.values()) {
                line.valve(way).flow();
            }
        }
    }

    private int strike(double share, Random random, Consumer<Line> fault) {
        List<Line> unlucky =
                lines.stream().filter(line -> random.nextDouble() < share).toList();
        unlucky.forEach(fault);
        return unlucky.size();
    }

    /** Bytes that vanished. */
    public long lostBytes() {
        return lost.get();
    }

    /** Bytes that were held up or crawled. */
    public long lateBytes() {
        return late.get();
    }

    /**
     * The next handshakes, so many, get this answer, and the server hears nothing of them. @param headers each a line
     */
    public void refuse(int times, String status, String... headers) {
        StringBuilder answer = new StringBuilder("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n");
        for (String header : headers) {
            answer.append(header).append("\r\n");
        }
        refusals.addAll(Collections.nCopies(times, answer + "\r\n"));
    }

    /** The handshakes that came first, in order. */
    public List<Knock> knocks() {
        return List.copyOf(knocks);
    }

    /** Stops, or goes on, to read what the server sends: its buffers fill. */
    public void readFromServer(boolean reads) {
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
        private final Map<Way, Throttle> valves =
                Map.of(Way.TO_SERVER, new Throttle(late), Way.TO_CLIENT, new Throttle(late));
        /** How many bytes of a chunk still pass. */
        private volatile int passing = CHUNK;

        Line(Socket client) {
            this.client = client;
        }

        Throttle valve(Way way) {
            return valves.get(way);
        }

        void connect() {
            try {
                String head = RelayedFrames.head(client.getInputStream());
                if (knocks.size() < KNOCKS_MAX) {
                    knocks.add(new Knock(System.nanoTime(), head));
                }
                String refusal = refusals.poll();
                if (refusal != null) {
                    client.getOutputStream().write(refusal.getBytes(StandardCharsets.ISO_8859_1));
                    end(false);
                    return;
                }
                upstream.setReceiveBufferSize(RECEIVE_BUFFER);
                upstream.connect(server);
                upstream.setTcpNoDelay(true);
                client.setTcpNoDelay(true);
                upstream.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                end(false);
                return;
            }
            lines.add(this);
            start("relay-to-server", () -> pump(client, upstream, toServer, Way.TO_SERVER));
            start("relay-to-client", () -> pump(upstream, client, toClient, Way.TO_CLIENT));
        }

        void cut(Cut how) {
            switch (how) {
                case RESET -> end(true);
                case END -> end(false);
                case WITHIN_A_FRAME -> passing = PART_OF_A_FRAME;
                case HANG -> valves.values().forEach(Throttle::lose);
            }
        }

        private void end(boolean reset) {
            lines.remove(this);
            valves.values().forEach(Throttle::lose);
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

        private void pump(Socket from, Socket to, FrameFault fault, Way way) {
            try {
                if (fault == FrameFault.NONE) {
                    copyBytes(from, to, way);
                } else {
                    copyFrames(from, to, fault, way);
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

        private void copyBytes(Socket from, Socket to, Way way) throws IOException, InterruptedException {
            byte[] bytes = new byte[CHUNK];
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(bytes); count != -1; count = in.read(bytes)) {
                pass(bytes, Math.min(count, passing), out, way);
                if (count > passing) {
                    throw new EOFException("Cut within a frame.");
                }
                pause(from);
            }
        }

        private void pass(byte[] bytes, int count, OutputStream out, Way way) throws IOException, InterruptedException {
            if (valve(way).pass(count)) {
                out.write(bytes, 0, count);
            } else if (lines.contains(this)) {
                lost.addAndGet(count);
            }
        }

        private void copyFrames(Socket from, Socket to, FrameFault fault, Way way)
                throws IOException, InterruptedException {
            DataInputStream in = new DataInputStream(new BufferedInputStream(from.getInputStream()));
            OutputStream out = to.getOutputStream();
            if (way == Way.TO_CLIENT) {
                out.write(RelayedFrames.head(in).getBytes(StandardCharsets.ISO_8859_1));
            }
            RelayedFrames frames = new RelayedFrames(in, fault, way == Way.TO_SERVER);
            while (!frames.isAtEnd()) {
                byte[] frame = frames.next();
                pass(frame, frame.length, out, way);
                pause(from);
            }
        }
    }
}
