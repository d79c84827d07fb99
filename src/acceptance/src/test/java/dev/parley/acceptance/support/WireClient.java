package dev.parley.acceptance.support;

import jakarta.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A minimal independent client. It sends text, and keeps received messages until a test takes them. It uses the wire
 * protocol only and no class of Parley.
 */
public final class WireClient implements WebSocket.Listener, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int FRAME = 60 * 1024;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final TextParts parts = new TextParts();
    private final ByteArrayOutputStream binaryParts = new ByteArrayOutputStream();
    // All guarded by frames.
    private final LinkedList<String> frames = new LinkedList<>();
    private final LinkedList<JsonObject> messages = new LinkedList<>();
    private final LinkedList<byte[]> binaries = new LinkedList<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final boolean isJson;
    private WebSocket socket;

    private WireClient(boolean isJson) {
        this.isJson = isJson;
    }

    public static WireClient connect(URI uri) {
        return connect(uri, Map.of());
    }

    public static WireClient connect(URI uri, Map<String, String> headers, String... subprotocols) {
        return connect(!uri.getPath().endsWith("/text"), uri, headers, subprotocols);
    }

    /** @param http decides what certificates are trusted */
    public static WireClient connect(HttpClient http, URI uri, Map<String, String> headers) {
        return connect(http, true, uri, headers);
    }

    /** A client of any address that receives plain lines. */
    public static WireClient lines(URI uri) {
        return connect(false, uri, Map.of());
    }

    private static WireClient connect(boolean isJson, URI uri, Map<String, String> headers, String... subprotocols) {
        return connect(HTTP, isJson, uri, headers, subprotocols);
    }

    private static WireClient connect(
            HttpClient http, boolean isJson, URI uri, Map<String, String> headers, String... subprotocols) {
        WireClient client = new WireClient(isJson);
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(PATIENCE);
        headers.forEach(builder::header);
        if (subprotocols.length > 0) {
            builder.subprotocols(
                    subprotocols[0],
                    List.of(subprotocols).subList(1, subprotocols.length).toArray(String[]::new));
        }
        client.socket = builder.buildAsync(uri, client).join();
        return client;
    }

    /** Connects and signs in as a guest with this name. */
    public static WireClient guest(URI uri, String name) {
        WireClient client = connect(uri);
        client.send("{'type':'login','username':'" + name + "'}");
        client.next("welcome");
        return client;
    }

    /** Connects and signs in with a token. */
    public static WireClient user(URI uri, String name, String... roles) {
        WireClient client = connect(uri);
        client.send("{'type':'login','token':'" + Tokens.of(name, roles) + "'}");
        client.next("welcome");
        return client;
    }

    public String subprotocol() {
        return socket.getSubprotocol();
    }

    /** @param json JSON with single instead of double quotes, for readable tests */
    public WireClient send(String json) {
        return sendText(json.replace('\'', '"'));
    }

    public WireClient sendText(String text) {
        socket.sendText(text, true).join();
        return this;
    }

    public WireClient sendBytes(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
        return this;
    }

    /** Uploads a file, and returns the attachment for a chat message. */
    public JsonObject upload(String room, String name, String mediaType, byte[] bytes) {
        send("{'type':'upload','id':'u','room':'" + room + "','name':'" + name + "','mediaType':'" + mediaType
                + "','size':" + bytes.length + "}");
        for (int from = 0; from < bytes.length; from += FRAME) {
            sendBytes(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + FRAME)));
        }
        next("ack", ack -> ack.getString("id").equals("u"));
        return next("uploaded").getJsonObject("attachment");
    }

    /** Takes the next message of this type, whatever arrived before it. */
    public JsonObject next(String type) {
        return next(type, message -> true);
    }

    public JsonObject next(String type, Predicate<JsonObject> which) {
        return take(messages, message -> message.getString("type").equals(type) && which.test(message), type);
    }

    /** Takes the next answer that repeats this id. */
    public JsonObject answer(String id) {
        return take(
                messages,
                message -> id.equals(message.getString("id", ""))
                        && !List.of("chat", "message", "notification").contains(message.getString("type")),
                "answer to " + id);
    }

    public String nextFrame() {
        return take(frames, text -> true, "frame");
    }

    /** Returns true while a received binary frame waits to be taken. */
    public boolean hasBinary() {
        synchronized (frames) {
            return !binaries.isEmpty();
        }
    }

    public byte[] nextBinary() {
        return take(binaries, frame -> true, "binary frame");
    }

    /** Returns true while a received frame waits to be taken. */
    public boolean hasFrame() {
        synchronized (frames) {
            return !frames.isEmpty();
        }
    }

    /** The received messages of this type that have not been taken. */
    public List<JsonObject> waiting(String type) {
        synchronized (frames) {
            return messages.stream()
                    .filter(message -> message.getString("type").equals(type))
                    .toList();
        }
    }

    public int closeCode() {
        return closed.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    public boolean isOpen() {
        return !closed.isDone();
    }

    private <T> T take(List<T> from, Predicate<T> which, String wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (frames) {
            while (true) {
                for (T candidate : new ArrayList<>(from)) {
                    if (which.test(candidate)) {
                        from.remove(candidate);
                        return candidate;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("No " + wanted + " arrived; received: " + from + ", closed: " + closed);
                }
                try {
                    frames.wait(left);
                } catch (InterruptedException e) {
                    throw new AssertionError("Interrupted while waiting for " + wanted, e);
                }
            }
        }
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        parts.add(data, last).ifPresent(this::received);
        webSocket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
        byte[] part = new byte[data.remaining()];
        data.get(part);
        binaryParts.writeBytes(part);
        if (last) {
            synchronized (frames) {
                binaries.add(binaryParts.toByteArray());
                frames.notifyAll();
            }
            binaryParts.reset();
        }
        webSocket.request(1);
        return null;
    }

    private void received(String frame) {
        synchronized (frames) {
            frames.add(frame);
            if (isJson) {
                messages.addAll(JsonText.messages(frame));
            }
            frames.notifyAll();
        }
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
        closed.complete(statusCode);
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        closed.complete(1006);
    }

    /** Drops the TCP connection without a close frame. */
    public void cut() {
        socket.abort();
    }

    @Override
    public void close() {
        cut();
    }
}
