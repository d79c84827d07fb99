package dev.parley.acceptance.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import redis.embedded.RedisServer;

/** A Redis, which a test may end and start it again, empty, on the same port. */
public final class Redis implements AutoCloseable {
    private static final String OK = "+OK\r\n";

    /** The backplane of every server of this run: {@code local} or {@code redis}. */
    public static final String BACKPLANE = System.getProperty("parley.test.backplane", "local");

    private final int port;
    private RedisServer running;

    private Redis(int port) {
        this.port = port;
    }

    public static Redis started() {
        Redis redis = new Redis(freePort());
        redis.start();
        return redis;
    }

    /** The settings of a server that uses it. */
    public static Map<String, String> settings(int port) {
        return Map.of("parley.backplane", "redis", "parley.redis.uri", "redis://127.0.0.1:" + port);
    }

    /**
     * The settings of every server of this run, with the Redis of this JVM, if {@code -Dparley.test.backplane=redis}
     * asks for it; otherwise none.
     */
    public static Map<String, String> settingsOfThisRun() {
        return hasServersOfThisRun() ? settings(OfThisRun.REDIS.port()) : Map.of();
    }

    /** Whether the servers of this run could have other nodes. */
    public static boolean hasServersOfThisRun() {
        return BACKPLANE.equals("redis");
    }

    /** Starts with the first server that uses it, and ends with this JVM. */
    private static final class OfThisRun {
        private static final Redis REDIS = started();

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(REDIS::close, "end-of-redis"));
        }
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it again after {@link #stop}. */
    public void start() {
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
    public void stop() {
        try {
            running.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** Deletes all keys. */
    public void flushAll() {
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
