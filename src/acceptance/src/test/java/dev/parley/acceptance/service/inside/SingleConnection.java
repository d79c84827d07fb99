package dev.parley.acceptance.service.inside;

import dev.parley.client.EndpointListener;
import dev.parley.client.ParleyEndpoint;
import dev.parley.client.ServerFrame;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.DecodedServerMessage;
import dev.parley.protocol.ServerMessage;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.websocket.ContainerProvider;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Uses the annotated endpoint alone, for one connection that does not come back. */
@ApplicationScoped
public class SingleConnection implements EndpointListener {
    private static final long PATIENCE_SECONDS = 20;

    private final BlockingQueue<ServerMessage> received = new LinkedBlockingQueue<>();
    private final Queue<ParleyEndpoint> open = new ConcurrentLinkedQueue<>();
    private final Queue<String> endings = new ConcurrentLinkedQueue<>();

    /** Connects, signs in, sends a message to the lobby, and returns the sender and the content that it received. */
    String talk(URI uri, String token, String content) throws Exception {
        ParleyEndpoint endpoint = new ParleyEndpoint(this);
        open.add(endpoint);
        ContainerProvider.getWebSocketContainer().connectToServer(endpoint, uri);
        send(
                endpoint,
                new ClientMessage.Login(
                        Optional.of("login"),
                        Optional.empty(),
                        Optional.of(token),
                        Optional.empty(),
                        Map.of(),
                        Optional.empty(),
                        Optional.empty()));
        next(ServerMessage.Welcome.class);
        send(
                endpoint,
                new ClientMessage.Chat(Optional.of(UUID.randomUUID().toString()), content, "lobby", Optional.empty()));
        ServerMessage.Chat chat = next(ServerMessage.Chat.class);
        return chat.sender() + ": " + chat.content();
    }

    /** A server does not close the client connections of an application that ends. */
    @PreDestroy
    void close() {
        open.forEach(endpoint -> endpoint.close(1000, ""));
    }

    private static void send(ParleyEndpoint endpoint, ClientMessage message) throws Exception {
        endpoint.send(message).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** The next message of this type; others are dropped. */
    private <T extends ServerMessage> T next(Class<T> type) throws InterruptedException {
        ServerMessage message;
        do {
            message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (message == null) {
                throw new IllegalStateException("No " + type.getSimpleName() + " came.");
            }
        } while (!type.isInstance(message));
        return type.cast(message);
    }

    /** The codes of ended connections, one per line. */
    String endings() {
        return String.join("\n", endings);
    }

    @Override
    public void received(ServerFrame frame) {
        for (DecodedServerMessage decoded : frame.messages()) {
            received.add(((DecodedServerMessage.Known) decoded).message());
        }
    }

    @Override
    public void closed(int code, String reason) {
        endings.add(Integer.toString(code));
    }
}
