package dev.parley.acceptance.service.inside;

import dev.parley.client.ClientState;
import dev.parley.client.ParleyClient;
import dev.parley.client.ParleyException;
import dev.parley.client.ParleyListener;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Owns a client on the server's threads, from the first request to the end of the application. */
@ApplicationScoped
public class Service implements ParleyListener {
    static final String ROOM = "inside-a-server";

    private static final long PATIENCE_SECONDS = 60;

    @Resource
    private ManagedThreadFactory threads;

    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final Queue<String> losses = new ConcurrentLinkedQueue<>();
    private volatile ParleyClient client;
    private volatile String state = ClientState.IDLE.name();

    /**
     * Connects, and returns when the client is in the room or has stopped for good.
     *
     * @param tokens one for each attempt; the last one for all further attempts
     */
    void connect(URI uri, List<String> tokens) throws Exception {
        Queue<String> fresh = new ConcurrentLinkedQueue<>(tokens);
        client = ParleyClient.builder(uri)
                .name("inside")
                .token(() -> fresh.size() > 1 ? fresh.remove() : fresh.element())
                .threads(threads)
                .listener(this)
                .connectTimeout(Duration.ofSeconds(8))
                .maxReconnectDelay(Duration.ofSeconds(1))
                .build();
        client.connect();
        client.join(ROOM, message -> heard.add(message.content()))
                .toCompletableFuture()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Sends a message, waits for the ack and returns the seq. */
    long say(String content) throws Exception {
        return client.chat(ROOM, content)
                .toCompletableFuture()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .seq();
    }

    /** The received messages, one per line. */
    String heard() {
        return String.join("\n", heard);
    }

    /** The state, with the code of the reason if there is one. */
    String state() {
        return state;
    }

    /** The reasons for which open connections ended, one per line. */
    String losses() {
        return String.join("\n", losses);
    }

    @Override
    public void stateChanged(ClientState next, Optional<ParleyException> why) {
        if (state.equals(ClientState.OPEN.name())) {
            losses.add(why.map(ParleyException::code).orElse(""));
        }
        state = next + why.map(reason -> " " + reason.code()).orElse("");
    }

    @PreDestroy
    void end() {
        if (client != null) {
            client.close();
        }
    }
}
