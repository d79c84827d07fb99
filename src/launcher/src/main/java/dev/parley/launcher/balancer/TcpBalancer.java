package dev.parley.launcher.balancer;

import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A load balancer in this JVM, for trying a cluster on a machine without HAProxy: it gives each new connection to the
 * next node that is ready, and copies bytes. It knows nothing of HTTP, so nodes see its own address. Each connection
 * takes two threads, and their number is bounded.
 */
public final class TcpBalancer implements LoadBalancer {
    private static final int CONNECT_MILLIS = 2_000;
    private static final int BACKLOG = 50;
    private static final Duration ACCEPT_AGAIN = Duration.ofMillis(50);

    private final ServerSocket server;
    private final List<Integer> nodes;
    private final NodeChecks checks;
    private final Limits limits;
    private final Semaphore free;
    private final AtomicInteger next = new AtomicInteger();
    private final Set<RelayedConnection> open = ConcurrentHashMap.newKeySet();

    /**
     * @param connections at a time; one more is closed
     * @param idle time without a byte in both directions after which a connection ends
     * @param check time between two checks of a node
     */
    record Limits(int connections, Duration idle, Duration check) {
        /** A long poll waits for 55 s, and Parley pings each 30 s. */
        static final Limits DEFAULT = new Limits(500, Duration.ofSeconds(90), Duration.ofSeconds(1));
    }

    private TcpBalancer(ServerSocket server, List<Integer> nodes, Limits limits) {
        this.server = server;
        this.nodes = List.copyOf(nodes);
        this.limits = limits;
        this.free = new Semaphore(limits.connections());
        this.checks = new NodeChecks(nodes, limits.check());
    }

    /**
     * Starts to listen on the loopback address. Its threads end with this JVM.
     *
     * @param port a free port, or 0 for any
     * @param nodes HTTP ports of the nodes on the loopback address
     */
    public static TcpBalancer start(int port, List<Integer> nodes) throws IOException {
        return start(port, nodes, Limits.DEFAULT);
    }

    static TcpBalancer start(int port, List<Integer> nodes, Limits limits) throws IOException {
        InetAddress loopback = InetAddress.getByName(ServerConfiguration.LOOPBACK);
        TcpBalancer started = new TcpBalancer(new ServerSocket(port, BACKLOG, loopback), nodes, limits);
        started.checks.start();
        thread("balancer", started::accept).start();
        return started;
    }

    static Thread thread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** On its own thread, until the socket is closed. */
    private void accept() {
        while (!server.isClosed()) {
            try {
                accepted(server.accept());
            } catch (IOException e) {
                // It was closed, or the client has gone before it was taken, or no file is free for it.
                LockSupport.parkNanos(ACCEPT_AGAIN.toNanos());
            }
        }
    }

    private void accepted(Socket client) throws IOException {
        if (free.tryAcquire()) {
            thread("balancer-" + client.getPort(), () -> serve(client)).start();
        } else {
            client.close();
        }
    }

    private void serve(Socket client) {
        try (client) {
            Optional<Socket> node = connect();
            if (node.isPresent()) {
                relay(client, node.get());
            }
        } catch (IOException e) {
            // The client has gone, or the node: each sees the end of its connection.
        } finally {
            free.release();
        }
    }

    private void relay(Socket client, Socket node) throws IOException {
        try (node) {
            RelayedConnection connection = new RelayedConnection(client, node, limits.idle());
            open.add(connection);
            try {
                if (!server.isClosed()) {
                    connection.relay();
                }
            } finally {
                open.remove(connection);
            }
        }
    }

    /** A connection to the next node that takes one; empty if none does. */
    private Optional<Socket> connect() {
        for (int port : candidates()) {
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(ServerConfiguration.LOOPBACK, port), CONNECT_MILLIS);
                return Optional.of(socket);
            } catch (IOException e) {
                close(socket);
            }
        }
        return Optional.empty();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The nodes in the order in which this connection tries them: in turn, those that are not ready at last. */
    private List<Integer> candidates() {
        int first = Math.floorMod(next.getAndIncrement(), nodes.size());
        List<Integer> ready = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            int port = nodes.get((first + i) % nodes.size());
            (checks.isReady(port) ? ready : others).add(port);
        }
        ready.addAll(others);
        return ready;
    }

    @Override
    public String description() {
        return "a load balancer in this JVM";
    }

    @Override
    public URI address() {
        return URI.create("http://localhost:" + server.getLocalPort() + "/");
    }

    /** Whether a check has found this node ready. */
    boolean isReady(int node) {
        return checks.isReady(node);
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        checks.close();
        open.forEach(RelayedConnection::close);
    }
}
