package dev.parley.client.internal.loop;

import dev.parley.client.BinaryListener;
import dev.parley.client.ClientObserver;
import dev.parley.client.internal.inbound.GuardedObserver;
import dev.parley.protocol.Position;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The settings of one client, as the builder collected them.
 *
 * @param frameMax maximum bytes of a frame from the server
 * @param binaryListener receives binary frames; without it the server is not asked for any
 */
public record ClientSettings(
        String name,
        URI uri,
        Optional<Supplier<String>> token,
        Optional<String> username,
        Map<String, Position> positions,
        Backoff backoff,
        Duration connectTimeout,
        Duration sendTimeout,
        int frameMax,
        Optional<BinaryListener> binaryListener,
        ClientObserver observer) {
    public ClientSettings {
        observer = new GuardedObserver(observer);
    }
}
