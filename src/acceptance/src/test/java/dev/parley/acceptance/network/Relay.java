package dev.parley.acceptance.network;

import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.HttpHandshake;
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
import java.nio.ByteBuffer;
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
import java.util.regex.Pattern;

/**
 * A relay between clients and the server that injects network faults. It cuts connections, also in the middle of a
 * frame, lets them hang, loses or delays one direction, limits the throughput, stops reading, and answers handshakes
 * like a proxy. It can also drop and repeat whole messages, which a network cannot do, but which looks like a lost ack
 * or a repeated send.
 */
public final class Relay implements AutoCloseable {
    private static final int CHUNK = 4096;
    /** Maximum number of recorded handshakes: in an endless series of reconnects, more would look like a leak. */
    private static final int HANDSHAKES_MAX = 20;

    private static final Pattern UPGRADE = Pattern.compile("(?im)^Upgrade:");
    private static final Pattern HOP_BY_HOP = Pattern.compile("(?im)^(Upgrade|Connection):.*\r\n");
    private static final int PART_OF_A_FRAME = 50;
    /**
     * Small, so that the kernel buffers little while nobody reads. Below two segments of the loopback interface,
     * throughput collapses.
     */
    private static final int RECEIVE_BUFFER = 128 * 1024;

    private final ServerSocket listening;
    private final InetSocketAddress server;
    private final FrameFault toServer;
    private final FrameFault toClient;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Queue<String> refusals = new ConcurrentLinkedQueue<>();
    private final Queue<Handshake> handshakes = new ConcurrentLinkedQueue<>();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong late = new AtomicLong();
    private volatile boolean isReadingFromServer = true;
    private volatile boolean isPassingUpgrades = true;

    /** Replaces a text frame by any number of frames. */
    public interface FrameFault {
        FrameFault NONE = List::of;

        List<String> pass(String text);
    }

    /**
     * A received handshake.
     *
     * @param at monotonic time in nanoseconds
     */
    public record Handshake(long at, String head) {}

    public enum Way {
        TO_SERVER,
        TO_CLIENT
    }

    /** The way in which a connection ends. */
    public enum Cut {
        /** Both ends are notified at once by a TCP reset. */
        RESET,
        /** Orderly close: data in flight still arrives. */
        END,
        /** Only a part of the next bytes arrives, usually up to the middle of a frame. Then both ends are closed. */
        WITHIN_A_FRAME,
        /** No end is notified; no more bytes arrive. */
        HANG
    }

    private Relay(URI server, FrameFault toServer, FrameFault toClient) {
        this.server = new InetSocketAddress(server.getHost(), server.getPort());
        this.toServer = toServer;
        this.toClient = toClient;
        try {
            listening = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("relay-accept", this::accept);
    }

    public static Relay to(URI server) {
        return new Relay(server, FrameFault.NONE, FrameFault.NONE);
    }

    public static Relay to(URI server, FrameFault toServer, FrameFault toClient) {
        return new Relay(server, toServer, toClient);
    }

    /** The address of the server's {@code /chat} through this relay. */
    public URI chat() {
        return URI.create("ws://127.0.0.1:" + listening.getLocalPort() + "/chat");
    }

    /** The address of the server's root through this relay. */
    public URI http() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/");
    }

    /**
     * Passes {@code Upgrade} on or, as many proxies do, not: then the server sees an ordinary request where a client
     * opens a WebSocket. Open connections stay.
     */
    public void passUpgrades(boolean passes) {
        isPassingUpgrades = passes;
    }

    /** Ends a random share of the connections, each in a random way. */
    public int cut(double share, Random random) {
        return strike(share, random, connection -> connection.cut(Cut.values()[random.nextInt(Cut.values().length)]));
    }

    /** Ends a random share of the connections in this way. */
    public int cut(Cut how, double share, Random random) {
        return strike(share, random, connection -> connection.cut(how));
    }

    /**
     * Makes a random share of the connections half open: from now on the bytes of one direction are dropped without
     * notice.
     */
    public int lose(Way way, double share, Random random) {
        return strike(share, random, connection -> connection.throttle(way).lose());
    }

    /** Stops one direction of a random share of the connections. */
    public int hold(Way way, double share, Random random) {
        return strike(share, random, connection -> connection.throttle(way).hold());
    }

    /** Limits the throughput of a random share of the connections, in both directions. */
    public int slow(int bytesPerSecond, double share, Random random) {
        return strike(share, random, connection -> {
            for (Way way : Way.values()) {
                connection.throttle(way).slow(bytesPerSecond);
            }
        });
    }

    /** Ends {@link #hold} and {@link #slow}: delayed bytes arrive now. */
    public void flow() {
        for (Connection connection : connections) {
            for (Way way : Way.values()) {
                connection.throttle(way).flow();
            }
        }
    }

    private int strike(double share, Random random, Consumer<Connection> fault) {
        List<Connection> unlucky = connections.stream()
                .filter(connection -> random.nextDouble() < share)
                .toList();
        unlucky.forEach(fault);
        return unlucky.size();
    }

    /** Sends all clients a close frame in the server's place. To be called while no message is on its way. */
    public void closeClients(int code) {
        byte[] payload = ByteBuffer.allocate(2).putShort((short) code).array();
        connections.forEach(connection -> connection.toClient(Frame.unmasked(Frame.FIN | Frame.CLOSE, payload)));
    }

    /** Number of dropped bytes. */
    public long lostBytes() {
        return lost.get();
    }

    /** Number of delayed bytes. */
    public long lateBytes() {
        return late.get();
    }

    /**
     * Answers the next handshakes itself; the server does not see them.
     *
     * @param headers lines of the header
     */
    public void refuse(int times, String status, String... headers) {
        StringBuilder answer = new StringBuilder("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n");
        for (String header : headers) {
            answer.append(header).append("\r\n");
        }
        refusals.addAll(Collections.nCopies(times, answer + "\r\n"));
    }

    /** The first handshakes, in order. */
    public List<Handshake> handshakes() {
        return List.copyOf(handshakes);
    }

    /** Stops or resumes reading from the server. While stopped, the server's buffers fill. */
    public void readFromServer(boolean reads) {
        synchronized (connections) {
            isReadingFromServer = reads;
            connections.notifyAll();
        }
    }

    private void awaitReading() throws InterruptedException {
        synchronized (connections) {
            while (!isReadingFromServer) {
                connections.wait();
            }
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Connection connection = new Connection(listening.accept());
                start("relay-connect", connection::connect);
            } catch (IOException e) {
                // The relay was closed, or the client has gone: go on with the next one.
                continue;
            }
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        readFromServer(true);
        connections.forEach(connection -> connection.cut(Cut.RESET));
    }

    private final class Connection {
        private final Socket client;
        private final Socket upstream = new Socket();
        private final AtomicInteger directionsOpen = new AtomicInteger(2);
        private final Map<Way, Throttle> throttles =
                Map.of(Way.TO_SERVER, new Throttle(late), Way.TO_CLIENT, new Throttle(late));
        /** Number of bytes of a chunk that still pass. */
        private volatile int passing = CHUNK;

        Connection(Socket client) {
            this.client = client;
        }

        Throttle throttle(Way way) {
            return throttles.get(way);
        }

        void connect() {
            try {
                String head = HttpHandshake.readHead(client.getInputStream());
                if (handshakes.size() < HANDSHAKES_MAX) {
                    handshakes.add(new Handshake(System.nanoTime(), head));
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
                String passed = isPassingUpgrades ? head : withoutUpgrade(head);
                upstream.getOutputStream().write(passed.getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                end(false);
                return;
            }
            connections.add(this);
            start("relay-to-server", () -> pump(client, upstream, toServer, Way.TO_SERVER));
            start("relay-to-client", () -> pump(upstream, client, toClient, Way.TO_CLIENT));
        }

        /** A browser opens a TCP connection for each WebSocket, so the first head tells. */
        private static String withoutUpgrade(String head) {
            return UPGRADE.matcher(head).find() ? HOP_BY_HOP.matcher(head).replaceAll("") : head;
        }

        void toClient(byte[] bytes) {
            try {
                client.getOutputStream().write(bytes);
            } catch (IOException e) {
                // The client has gone, which ends the connection.
                end(false);
            }
        }

        void cut(Cut how) {
            switch (how) {
                case RESET -> end(true);
                case END -> end(false);
                case WITHIN_A_FRAME -> passing = PART_OF_A_FRAME;
                case HANG -> throttles.values().forEach(Throttle::lose);
            }
        }

        private void end(boolean reset) {
            connections.remove(this);
            throttles.values().forEach(Throttle::lose);
            for (Socket socket : List.of(client, upstream)) {
                try {
                    if (reset) {
                        socket.setSoLinger(true, 0);
                    }
                    socket.close();
                } catch (IOException e) {
                    // Closed already by the other end, which is the purpose.
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
                    // WildFly closes its half of the connection after its close frame and still reads.
                    return;
                }
            } catch (IOException e) {
                // One end has gone, so the other one is closed.
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
            if (throttle(way).pass(count)) {
                out.write(bytes, 0, count);
            } else if (connections.contains(this)) {
                lost.addAndGet(count);
            }
        }

        private void copyFrames(Socket from, Socket to, FrameFault fault, Way way)
                throws IOException, InterruptedException {
            DataInputStream in = new DataInputStream(new BufferedInputStream(from.getInputStream()));
            OutputStream out = to.getOutputStream();
            if (way == Way.TO_CLIENT) {
                out.write(HttpHandshake.readHead(in).getBytes(StandardCharsets.ISO_8859_1));
            }
            RelayedFrames frames = new RelayedFrames(in, fault);
            while (!frames.isAtEnd()) {
                byte[] frame = frames.next();
                pass(frame, frame.length, out, way);
                pause(from);
            }
        }
    }
}
