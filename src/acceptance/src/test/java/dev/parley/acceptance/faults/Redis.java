package dev.parley.acceptance.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import redis.embedded.RedisServer;

/** A Redis for one test, which may end it and start it again, empty, on the same port. */
final class Redis implements AutoCloseable {
    private static final String OK = "+OK\r\n";

    private final int port;
    private RedisServer running;

    private Redis(int port) {
        this.port = port;
    }

    static Redis started() {
        Redis redis = new Redis(freePort());
        redis.start();
        return redis;
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it again after {@link #stop}. */
    void start() {
        try {
            running = RedisServer.newRedisServer()
                    .bind("127.0.0.1")
                    .port(port)
                    .setting("save \"\"")
                    .setting("appendonly no")
                    .onShutdownForceStop(true)
                    .build();
            running.start();
        } catch (IOException e) {
            throw new UncheckedIOException("Redis does not start on port " + port, e);
        }
    }

    /** Ends it at once; whatever it has is lost. */
    void stop() {
        try {
            running.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return port;
    }

    /** Deletes all keys. */
    void flushAll() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("FLUSHALL\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes(OK.length());
            if (!new String(answer, StandardCharsets.US_ASCII).equals(OK)) {
                throw new IllegalStateException(
                        "FLUSHALL was refused: " + new String(answer, StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        stop();
    }
}
