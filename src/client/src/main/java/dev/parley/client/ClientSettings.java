package dev.parley.client;

import dev.parley.protocol.Position;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the builder was told.
 *
 * @param frameMax bytes of a frame that the server may send
 */
record ClientSettings(
        String name,
        URI uri,
        Optional<Supplier<String>> token,
        Optional<String> username,
        Map<String, Position> positions,
        Backoff backoff,
        Duration connectTimeout,
        Duration sendTimeout,
        int frameMax,
        ClientObserver observer) {
    ClientSettings {
        observer = new GuardedObserver(observer);
    }
}
