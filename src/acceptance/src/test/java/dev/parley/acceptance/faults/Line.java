package dev.parley.acceptance.faults;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The TCP line between a node and a service of the cluster, on this machine. A test may cut it, or leave it half open.
 * Any thread may call any method.
 */
final class Line implements AutoCloseable {
    private static final int CHUNK = 8192;

    /** What happens to bytes. */
    private enum State {
        PASSES,
        /** Connections are reset, and new ones too. */
        CUT,
        /** No byte and no end arrives, and nobody is told. */
        SILENT
    }

    private final ServerSocket listening;
    private final InetSocketAddress service;
    private final Copy toNode;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private volatile State state = State.PASSES;

    /** Copies what a service sends to a node, until its end. */
    @FunctionalInterface
    interface Copy {
        void copy(DataInputStream from, OutputStream to) throws IOException;
    }

    private Line(int port, Copy toNode) {
        this.service = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.toNode = toNode;
        try {
            listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    /** A line to a service that listens on this port. */
    static Line to(int port) {
        return to(port, Line::copyAll);
    }

    /** @param toNode what becomes of the bytes that the service sends */
    static Line to(int port, Copy toNode) {
        return new Line(port, toNode);
    }

    /** Where the node reaches the service. */
    int port() {
        return listening.getLocalPort();
    }

    /** Ends all connections, and refuses others. */
    void cut() {
        state = State.CUT;
        connections.forEach(Connection::reset);
    }

    /** From now on no byte arrives in any direction. */
    void silence() {
        state = State.SILENT;
    }

    /** New connections work again. Those that lost bytes are reset. */
    void mend() {
        boolean lostBytes = state == State.SILENT;
        state = State.PASSES;
        if (lostBytes) {
            connections.forEach(Connection::reset);
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Connection connection = new Connection(listening.accept());
                start(connection::connect);
            } catch (IOException e) {
                // This line was closed, or the peer has gone: the next one may come.
                continue;
            }
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "line");
        thread.setDaemon(true);
        thread.start();
    }

    private static void copyAll(InputStream from, OutputStream to) throws IOException {
        byte[] bytes = new byte[CHUNK];
        for (int count = from.read(bytes); count != -1; count = from.read(bytes)) {
            to.write(bytes, 0, count);
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        connections.forEach(Connection::reset);
    }

    private final class Connection {
        private final Socket node;
        private final Socket upstream = new Socket();

        Connection(Socket node) {
            this.node = node;
        }

        void connect() {
            connections.add(this);
            try {
                if (state == State.CUT) {
                    reset();
                    return;
                }
                upstream.connect(service);
                upstream.setTcpNoDelay(true);
                node.setTcpNoDelay(true);
            } catch (IOException e) {
                reset();
                return;
            }
            start(() -> pump(node, upstream, Line::copyAll));
            start(() -> pump(upstream, node, toNode));
        }

        private void pump(Socket from, Socket to, Copy copy) {
            try (OutputStream out = new Mouth(to.getOutputStream())) {
                copy.copy(new DataInputStream(new BufferedInputStream(from.getInputStream())), out);
            } catch (IOException e) {
                // One end has gone, which ends the other one.
            }
            if (state != State.SILENT) {
                reset();
            }
        }

        private void reset() {
            connections.remove(this);
            for (Socket socket : new Socket[] {node, upstream}) {
                try {
                    socket.setSoLinger(true, 0);
                    socket.close();
                } catch (IOException e) {
                    // Closed already by the other end, which is the purpose.
                    continue;
                }
            }
        }
    }

    /** Where bytes come out, unless the line is silent. Several threads may write whole arrays. */
    private final class Mouth extends OutputStream {
        private final OutputStream out;

        Mouth(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int count) throws IOException {
            if (state != State.SILENT) {
                out.write(bytes, from, count);
            }
        }

        /** Over a silent line an end does not arrive either. */
        @Override
        public void close() throws IOException {
            if (state != State.SILENT) {
                out.close();
            }
        }
    }
}
