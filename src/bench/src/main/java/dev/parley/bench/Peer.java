package dev.parley.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** One connection with batches both ways. Frames come whole, one at a time, on the client's threads. */
final class Peer implements WebSocket.Listener, AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final StringBuilder frame = new StringBuilder();
    private final CompletableFuture<String> welcome = new CompletableFuture<>();
    private final Consumer<String> whenFrame;
    private WebSocket socket;
    private volatile CompletableFuture<WebSocket> sending = CompletableFuture.completedFuture(null);

    private Peer(Consumer<String> whenFrame) {
        this.whenFrame = whenFrame;
    }

    /** Signed in as a guest. */
    static Peer guest(URI chat, String name, Consumer<String> whenFrame) {
        Peer peer = new Peer(whenFrame);
        peer.socket = HTTP.newWebSocketBuilder()
                .subprotocols("parley.v1")
                .buildAsync(chat, peer)
                .join();
        peer.send("{\"type\":\"login\",\"username\":\"" + name + "\"}");
        peer.welcome.join();
        return peer;
    }

    /** The JDK takes one send at a time. */
    boolean isSending() {
        return !sending.isDone();
    }

    void send(String text) {
        sending = socket.sendText(text, true);
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        frame.append(data);
        if (last) {
            String text = frame.toString();
            frame.setLength(0);
            if (!welcome.isDone() && text.contains("\"welcome\"")) {
                welcome.complete(text);
            }
            whenFrame.accept(text);
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
        webSocket.request(1);
        return null;
    }

    @Override
    public void close() {
        socket.abort();
    }
}
