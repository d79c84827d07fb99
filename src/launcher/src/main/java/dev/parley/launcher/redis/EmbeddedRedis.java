package dev.parley.launcher.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import redis.embedded.RedisServer;

/**
 * A started Redis. It listens on the loopback address, asks for a password, and keeps nothing. It ends with this JVM at
 * the latest, unless this JVM is itself killed. Any thread may call any method.
 */
public final class EmbeddedRedis implements AutoCloseable {
    private static final String HOST = "127.0.0.1";

    private final RedisServer library;
    private final URI uri;

    private EmbeddedRedis(RedisServer library, URI uri) {
        this.library = library;
        this.uri = uri;
    }

    /**
     * Starts a Redis.
     *
     * @param port a free port
     * @param password letters, digits, {@code -} and {@code _}: another user of this machine could otherwise tell the
     *     nodes what never happened
     * @throws IOException if it does not start
     */
    public static EmbeddedRedis start(int port, String password) throws IOException {
        RedisServer library = RedisServer.newRedisServer()
                .bind(HOST)
                .port(port)
                .setting("requirepass " + password)
                .setting("save \"\"")
                .setting("appendonly no")
                .build();
        library.start();
        return new EmbeddedRedis(library, URI.create("redis://:" + password + "@" + HOST + ":" + port));
    }

    /** The address, with the password in it. */
    public URI uri() {
        return uri;
    }

    /** Ends it, and waits for the end of its process. */
    @Override
    public void close() {
        try {
            library.stop();
        } catch (IOException e) {
            throw new UncheckedIOException("Redis does not end", e);
        }
    }
}
