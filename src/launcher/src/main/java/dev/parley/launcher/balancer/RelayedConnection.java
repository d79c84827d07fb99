package dev.parley.launcher.balancer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** One connection of a client to a node: copies bytes in both directions until both have ended. */
final class RelayedConnection implements AutoCloseable {
    /** After one side has ended. */
    private static final Duration LINGER = Duration.ofSeconds(5);

    private static final int POLL_MILLIS = 1_000;
    private static final int BUFFER_BYTES = 16 * 1024;

    private final Socket client;
    private final Socket node;
    private final Duration idle;
    /** Monotonic; written by both threads, and whichever value wins is recent. */
    private volatile long movedAt = System.nanoTime();
    /** Whether one direction has ended; only ever set. */
    private volatile boolean hasEnded;

    /** @param idle time without a byte in both directions after which it ends */
    RelayedConnection(Socket client, Socket node, Duration idle) throws IOException {
        this.client = client;
        this.node = node;
        this.idle = idle;
        for (Socket socket : new Socket[] {client, node}) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(POLL_MILLIS);
        }
    }

    /** Returns when both directions have ended; takes one more thread. */
    void relay() {
        Thread answers = TcpBalancer.thread(Thread.currentThread().getName() + "-answers", () -> copy(node, client));
        answers.start();
        copy(client, node);
        try {
            answers.join();
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
        }
    }

    private void copy(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            for (int read = read(from, buffer); read >= 0; read = read(from, buffer)) {
                to.getOutputStream().write(buffer, 0, read);
                movedAt = System.nanoTime();
            }
            hasEnded = true;
            // What is on its way still arrives, and the other side may answer.
            to.shutdownOutput();
        } catch (IOException e) {
            // One side is gone, so the other one must learn of it.
            close();
        }
    }

    /** @throws SocketTimeoutException if nothing moves any more */
    private int read(Socket from, byte[] buffer) throws IOException {
        while (true) {
            try {
                return from.getInputStream().read(buffer);
            } catch (SocketTimeoutException e) {
                long limit = (hasEnded ? LINGER : idle).toNanos();
                if (System.nanoTime() - movedAt > limit) {
                    throw e;
                }
            }
        }
    }

    /** Ends both sides at once. */
    @Override
    public void close() {
        try (client;
                node) {
            hasEnded = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
