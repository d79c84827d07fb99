package dev.parley.bench.system;

import dev.parley.bench.machine.ProcessUsage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import redis.embedded.RedisServer;

/** A Redis for one measurement, which keeps nothing on disk. */
final class Redis implements AutoCloseable {
    private final RedisServer running;
    private final int port;
    private final long pid;

    private Redis(RedisServer running, int port, long pid) {
        this.running = running;
        this.port = port;
        this.pid = pid;
    }

    /** @param folder for the file with its process id */
    static Redis start(Path folder) {
        Path pidFile = folder.resolve("redis.pid");
        try {
            int port = freePort();
            RedisServer server = RedisServer.newRedisServer()
                    .bind("127.0.0.1")
                    .port(port)
                    .setting("save \"\"")
                    .setting("appendonly no")
                    .setting("pidfile \"" + pidFile + "\"")
                    .onShutdownForceStop(true)
                    .build();
            server.start();
            return new Redis(
                    server, port, Long.parseLong(Files.readString(pidFile).strip()));
        } catch (IOException e) {
            throw new UncheckedIOException("Redis does not start", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    String uri() {
        return "redis://127.0.0.1:" + port;
    }

    ProcessUsage usage() {
        return ProcessUsage.of(pid);
    }

    @Override
    public void close() {
        try {
            running.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
