package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.client.internal.transport.RawServer;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.DecodedServerMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import jakarta.websocket.ClientEndpoint;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Encoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The annotated endpoint alone: as an application gives it to a container, here Tyrus with its own settings. */
@Timeout(60)
class ParleyEndpointTest {
    private static final int PATIENCE_SECONDS = 20;
    private static final int FRAME_MAX = 1_000;
    private static final int NORMAL = 1000;

    private final RawServer server = new RawServer();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final EndpointListener listener = new EndpointListener() {
        @Override
        public void opened() {
            events.add("opened");
        }

        @Override
        public void received(ServerFrame frame) {
            List<String> contents = new ArrayList<>();
            for (DecodedServerMessage decoded : frame.messages()) {
                contents.add(
                        decoded instanceof DecodedServerMessage.Known known
                                ? ((ServerMessage.Chat) known.message()).content()
                                : decoded.getClass().getSimpleName());
            }
            events.add(String.join(",", contents));
            if (contents.contains("throw")) {
                throw new IllegalStateException("The application failed.");
            }
        }

        @Override
        public void binaryIgnored() {
            events.add("binary ignored");
        }

        @Override
        public void closed(int code, String reason) {
            events.add("closed " + code + " " + reason);
        }

        @Override
        public void failed(Throwable failure) {
            events.add("failed: " + failure.getMessage());
        }
    };
    private final ParleyEndpoint endpoint = new ParleyEndpoint(listener, FRAME_MAX);

    @AfterEach
    void stop() {
        server.close();
    }

    private RawServer.Peer connect(ParleyEndpoint annotated) throws Exception {
        CompletableFuture<RawServer.Peer> peer = CompletableFuture.supplyAsync(server::upgraded);
        ContainerProvider.getWebSocketContainer().connectToServer(annotated, server.uri());
        assertThat(next()).isEqualTo("opened");
        return peer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private String next() throws InterruptedException {
        String next = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(next).as("an event").isNotNull();
        return next;
    }

    private static ClientMessage chat(String content) {
        return new ClientMessage.Chat(Optional.of("1"), content, "lobby", Optional.empty());
    }

    private static String stored(String content) {
        return MessageCodec.encode(
                new ServerMessage.Chat("lobby", 1, "i", "bert", Optional.empty(), content, "t", Optional.empty()));
    }

    @Test
    void messagesGoBothWays() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            assertThat(peer.head()).contains("Sec-WebSocket-Protocol: parley.v1\r\n");
            ClientMessage login = new ClientMessage.Login(
                    Optional.of("1"),
                    Optional.empty(),
                    Optional.of("a.b.c"),
                    Optional.empty(),
                    Map.of(),
                    Optional.empty(),
                    Optional.empty());
            endpoint.send(login).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(MessageCodec.decode(peer.readText())).containsExactly(new Decoded.Valid(login));
            peer.text("[" + stored("one") + "," + stored("two") + ",{},{\"type\":\"new\"}]");
            assertThat(next()).isEqualTo("one,two,Malformed,Unknown");
        }
    }

    @Test
    void partsMakeOneFrame() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            byte[] text = stored("你好").getBytes(StandardCharsets.UTF_8);
            peer.frame(RawServer.TEXT, Arrays.copyOf(text, 20));
            peer.frame(RawServer.FIN, Arrays.copyOfRange(text, 20, text.length));
            assertThat(next()).isEqualTo("你好");
        }
    }

    @Test
    void pingIsAnswered() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            peer.frame(RawServer.FIN | RawServer.PING, new byte[] {7});
            assertThat(peer.read(RawServer.PONG)).containsExactly(7);
        }
    }

    @Test
    void closeIsReportedAndNothingReconnects() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            peer.frame(RawServer.FIN | RawServer.CLOSE, new byte[] {0x03, (byte) 0xF4, 'b', 'y', 'e'});
            assertThat(next()).isEqualTo("closed 1012 bye");
            peer.awaitEnd();
            assertThat(endpoint.isOpen()).isFalse();
        }
        server.assertNobodyComes();
    }

    /** Undertow takes 1012 to 2999 for protocol errors; the texts are those of 2.3.23. */
    @ParameterizedTest
    @ValueSource(ints = {1012, 1013})
    void closeCodeThatUndertowRefusesIsReported(int code) throws Exception {
        String text = "UT002026: Invalid close frame status code: " + code;
        endpoint.onError(new IOException(text));
        endpoint.onClose(new CloseReason(CloseReason.CloseCodes.PROTOCOL_ERROR, text));
        assertThat(next()).isEqualTo("closed " + code + " ");

        ParleyEndpoint other = new ParleyEndpoint(listener, FRAME_MAX);
        other.onClose(new CloseReason(CloseReason.CloseCodes.PROTOCOL_ERROR, text));
        assertThat(next()).isEqualTo("closed " + code + " ");
        assertThat(events).isEmpty();
    }

    /** So does Open Liberty; the text is that of 26.0.0.5. */
    @ParameterizedTest
    @ValueSource(ints = {1012, 1013})
    void closeCodeThatOpenLibertyRefusesIsReported(int code) throws Exception {
        endpoint.onClose(new CloseReason(
                CloseReason.CloseCodes.PROTOCOL_ERROR,
                "Invalid close code " + code + " provided, closing with protocol error."));
        assertThat(next()).isEqualTo("closed " + code + " ");
    }

    @Test
    void protocolErrorOfTheServerStaysOne() throws Exception {
        endpoint.onClose(new CloseReason(CloseReason.CloseCodes.PROTOCOL_ERROR, "a reserved bit"));
        assertThat(next()).isEqualTo("closed 1002 a reserved bit");
    }

    @Test
    void lostConnectionIsReported() throws Exception {
        connect(endpoint).reset();
        String first = next();
        // Tyrus may report the error before the end.
        assertThat(first.startsWith("failed") ? next() : first).startsWith("closed 1006");
    }

    @Test
    void tooLongFrameEndsTheConnection() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            peer.frame(RawServer.TEXT, new byte[FRAME_MAX]);
            peer.frame(RawServer.CONTINUATION, new byte[1]);
            assertThat(next()).isEqualTo("closed 1006 The server sent a frame that is longer than allowed here.");
            peer.awaitEnd();
        }
        assertThat(events).isEmpty();
    }

    @Test
    void binaryFrameIsDroppedWithoutEndingTheConnection() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            peer.frame(RawServer.BINARY, new byte[FRAME_MAX]);
            peer.frame(RawServer.FIN, new byte[FRAME_MAX]);
            peer.text(stored("next"));
            assertThat(List.of(next(), next())).containsExactly("binary ignored", "next");
            assertThat(endpoint.isOpen()).isTrue();
        }
    }

    @Test
    void listenerThatThrowsIsToldAndGetsTheNextFrame() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            peer.text(stored("throw"));
            peer.text(stored("next"));
            assertThat(List.of(next(), next(), next()))
                    .containsExactly("throw", "failed: The application failed.", "next");
        }
    }

    @Test
    void ownCloseIsNotReported() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            endpoint.close(NORMAL, "done");
            assertThat(peer.read(RawServer.CLOSE)).startsWith(0x03, 0xE8).endsWith('d', 'o', 'n', 'e');
            assertThat(endpoint.isOpen()).isFalse();
        }
        endpoint.onClose(new CloseReason(CloseReason.CloseCodes.NORMAL_CLOSURE, "answered"));
        assertThat(events).isEmpty();
        assertThatThrownBy(
                        () -> endpoint.send(chat("late")).toCompletableFuture().get(1, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class);
    }

    @Test
    void messageBeforeTheOpeningWaitsForIt() throws Exception {
        CompletableFuture<Void> early = endpoint.send(chat("early")).toCompletableFuture();
        assertThat(early).isNotDone();
        assertThat(endpoint.isOpen()).isFalse();
        try (RawServer.Peer peer = connect(endpoint)) {
            assertThat(MessageCodec.decode(peer.readText())).containsExactly(new Decoded.Valid(chat("early")));
            early.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void messageOfAnEndpointThatIsClosedBeforeItOpensFails() {
        CompletableFuture<Void> early = endpoint.send(chat("early")).toCompletableFuture();
        endpoint.close(NORMAL, "");
        assertThat(early).isCompletedExceptionally();
        assertThat(endpoint.send(chat("late")).toCompletableFuture()).isCompletedExceptionally();
    }

    @Test
    void errorAfterTheOwnCloseIsNotReported() throws Exception {
        try (RawServer.Peer peer = connect(endpoint)) {
            endpoint.close(NORMAL, "");
            endpoint.onError(new IllegalStateException("late"));
            peer.read(RawServer.CLOSE);
        }
        assertThat(events).isEmpty();
    }

    /** Jakarta WebSocket 2.1 section 4.2: containers that scan classes demand it, and older ones fail without it. */
    @Test
    void containersCanConstructIt() throws Exception {
        assertThat(ParleyEndpoint.class.getConstructor().newInstance().isOpen()).isFalse();
    }

    @Test
    void codersOfTheAnnotationAreUsed() throws Exception {
        ParleyEndpoint swapped = new SwappedEndpoint(listener);
        try (RawServer.Peer peer = connect(swapped)) {
            assertThat(peer.head()).containsPattern("Sec-WebSocket-Protocol: parley.v1, ?swapped\r\n");
            swapped.send(chat("coffee"));
            assertThat(MessageCodec.decode(peer.readText())).containsExactly(new Decoded.Valid(chat("tea")));
            peer.text(stored("water"));
            assertThat(next()).isEqualTo("milk");
        }
    }

    @Test
    void textThatTheDecoderRefusesEndsTheConnection() throws Exception {
        try (RawServer.Peer peer = connect(new RefusingEndpoint(listener))) {
            peer.text("x");
            assertThat(next()).isEqualTo("failed: No.");
            assertThat(next()).isEqualTo("closed 1006 No.");
            peer.awaitEnd();
        }
    }

    /** Its decoder refuses every text. */
    @ClientEndpoint(encoders = ClientMessageEncoder.class, decoders = RefusingEndpoint.Decoder.class)
    public static final class RefusingEndpoint extends ParleyEndpoint {
        RefusingEndpoint(EndpointListener listener) {
            super(listener);
        }

        /** Refuses every text. */
        public static final class Decoder implements jakarta.websocket.Decoder.Text<ServerFrame> {
            @Override
            public ServerFrame decode(String text) throws DecodeException {
                throw new DecodeException(text, "No.");
            }

            @Override
            public boolean willDecode(String text) {
                return true;
            }
        }
    }

    @Test
    void endpointWithoutCodersIsRefused() {
        assertThatThrownBy(() -> new ParleyEndpoint(listener) {})
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("has no @ClientEndpoint.");
        assertThatThrownBy(() -> new WithoutCoders(listener))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must name one encoder and one decoder, but names 0");
        assertThatThrownBy(() -> new WithCoderOfAnotherKind(listener))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("must be a jakarta.websocket.Encoder.Text.");
    }

    @ClientEndpoint(encoders = BinaryEncoder.class, decoders = ServerFrameDecoder.class)
    private static final class WithCoderOfAnotherKind extends ParleyEndpoint {
        private WithCoderOfAnotherKind(EndpointListener listener) {
            super(listener);
        }
    }

    private static final class BinaryEncoder implements Encoder.Binary<ClientMessage> {
        @Override
        public ByteBuffer encode(ClientMessage message) {
            throw new UnsupportedOperationException("The endpoint is refused before it sends.");
        }
    }

    @ClientEndpoint
    private static final class WithoutCoders extends ParleyEndpoint {
        private WithoutCoders(EndpointListener listener) {
            super(listener);
        }
    }
}
