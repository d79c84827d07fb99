package dev.parley.server.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP relay to a service on this machine that can fall silent: from then on no byte arrives, and neither end is told.
 * Any thread may call any method.
 */
final class SilentLine implements AutoCloseable {
    private static final int CHUNK = 8192;

    private final int service;
    private final ServerSocket listening;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean isSilent;

    private SilentLine(int service) {
        this.service = service;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    /** @param port of the service */
    static SilentLine to(int port) {
        return new SilentLine(port);
    }

    int port() {
        return listening.getLocalPort();
    }

    void beSilent(boolean silent) {
        isSilent = silent;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "silent-line");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                sockets.add(client);
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), service);
                sockets.add(upstream);
                start(() -> pump(client, upstream));
                start(() -> pump(upstream, client));
            } catch (IOException e) {
                // The line was closed, or an end has gone: the next connection may come.
                continue;
            }
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] bytes = new byte[CHUNK];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(bytes); count != -1; count = in.read(bytes)) {
                if (!isSilent) {
                    out.write(bytes, 0, count);
                }
            }
        } catch (IOException e) {
            // One end has gone, which ends the other one.
        }
        // PostgreSQL ends an idle transaction; over a dead path that does not arrive either.
        if (!isSilent) {
            end(from);
            end(to);
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sockets.forEach(SilentLine::end);
    }
}
