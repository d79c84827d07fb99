package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.Hub;
import dev.parley.server.auth.Identity;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.session.HandshakeResult;
import jakarta.websocket.CloseReason;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the callbacks of one WebSocket, with a complete hub and a recording container. */
class ConnectionTest {
    private static final String PING = "{\"type\":\"ping\",\"id\":\"p\"}";
    private static final String LOGIN = "{\"type\":\"login\"}";
    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final String PONG = "{\"type\":\"pong\",\"id\":\"p\"}";

    private final RecordingWebSocket webSocket = webSocket();
    private Hub hub;

    @BeforeEach
    void start() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        Settings settings = Settings.read(
                new SettingSource(Map.of("parley.guests", "true", "parley.frame.max", "1KiB"), Map.of(), Map.of()));
        hub = new Hub(settings, database, InstantSource.system(), Executors.defaultThreadFactory());
        hub.start();
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    @Test
    void connectionThatBypassedTheFilterIsClosed() {
        webSocket.userProperties.clear();

        assertThat(hub.parts().connections().open(webSocket.session(), ChatEndpoint.class))
                .isEmpty();
        assertThat(webSocket.closeCode).contains(4502);
    }

    @Test
    void refusedCredentialIsToldAndTheConnectionCloses() {
        RecordingWebSocket refused = refused();
        refused.subprotocol = Optional.of("parley.v1");

        assertThat(hub.parts().connections().open(refused.session(), ChatEndpoint.class))
                .isEmpty();

        assertThat(refused.sent)
                .containsExactly(
                        "{\"type\":\"error\",\"code\":\"login_refused\",\"message\":\"The ticket has been used.\"}");
        assertThat(refused.closeCode).contains(4003);
        assertThat(hub.parts().sessions().count()).isZero();
    }

    @Test
    void refusedCredentialIsToldAsALineToPlainClients() {
        RecordingWebSocket refused = refused();

        assertThat(hub.parts().connections().open(refused.session(), TextEndpoint.class))
                .isEmpty();

        assertThat(refused.sent).containsExactly("parley: The ticket has been used.");
        assertThat(refused.closeCode).contains(4003);
    }

    private static RecordingWebSocket refused() {
        RecordingWebSocket refused = new RecordingWebSocket();
        ServerMessage.Error error =
                ServerMessage.Error.of(Optional.empty(), ErrorCode.LOGIN_REFUSED, "The ticket has been used.");
        HandshakeResult.refused("192.0.2.1", new HandshakeResult.Refusal(error, CloseCode.TOKEN_EXPIRED))
                .storeIn(refused.userProperties);
        return refused;
    }

    @Test
    void containersIdleTimeoutIsOffWhileOpen() {
        open(ChatEndpoint.class);

        assertThat(webSocket.idleTimeouts).containsExactly(-1L);
    }

    @Test
    void peerThatDoesNotAnswerACloseIsDropped() {
        open(ChatEndpoint.class).text("x".repeat(1_025), true);

        assertThat(webSocket.idleTimeouts).last().satisfies(millis -> assertThat(millis)
                .isPositive());
    }

    @Test
    void aFrameInPartsIsOneMessage() {
        Connection connection = open(ChatEndpoint.class);

        connection.text(PING.substring(0, 7), false);
        connection.text("", false);
        assertThat(webSocket.sent).isEmpty();
        connection.text(PING.substring(7), true);

        assertThat(webSocket.sent).containsExactly(PONG);
    }

    @Test
    void answersComeOneByOneWithoutTheSubprotocol() {
        open(ChatEndpoint.class).text("[" + PING + "," + PING + "]", true);

        assertThat(webSocket.sent).containsExactly(PONG, PONG);
    }

    @Test
    void malformedTextIsAnsweredAndTheConnectionGoesOn() {
        Connection connection = open(ChatEndpoint.class);

        connection.text("{", true);
        connection.text(PING, true);

        assertThat(webSocket.sent).hasSize(2).first().asString().contains("bad_json");
        assertThat(webSocket.sent).last().isEqualTo(PONG);
        assertThat(webSocket.closeCode).isEmpty();
    }

    @Test
    void frameOverTheLimitClosesWith1009() {
        Connection connection = open(ChatEndpoint.class);

        connection.text("x".repeat(1_000), false);
        assertThat(webSocket.closeCode).isEmpty();
        connection.text("x".repeat(25), false);

        assertThat(webSocket.sent)
                .singleElement()
                .asString()
                .contains("\"code\":\"too_long\"", "1024 bytes", "'chunk'");
        assertThat(webSocket.closeCode).contains(1009);
    }

    @Test
    void lineOverTheLimitIsAnsweredAsALine() {
        open(TextEndpoint.class).text("x".repeat(1_025), true);

        assertThat(webSocket.sent).singleElement().asString().startsWith("parley: A frame may have 1024 bytes");
        assertThat(webSocket.closeCode).contains(1009);
    }

    @Test
    void nothingIsAnsweredAfterTheClose() {
        Connection connection = open(ChatEndpoint.class);
        connection.text("x".repeat(1_025), true);

        connection.text(PING, true);
        connection.text("x".repeat(1_025), true);

        assertThat(webSocket.sent).singleElement().asString().contains("too_long");
    }

    @Test
    void unannouncedBytesAreAnswered() {
        Connection connection = open(ChatEndpoint.class);

        connection.binary(ByteBuffer.allocate(10), false);
        assertThat(webSocket.sent).isEmpty();
        connection.binary(ByteBuffer.allocate(10), true);

        assertThat(webSocket.sent).singleElement().asString().contains("bad_chunk");
        assertThat(webSocket.closeCode).isEmpty();
    }

    @Test
    void bytesOverTheLimitCloseWith1009() {
        Connection connection = open(ChatEndpoint.class);

        connection.binary(ByteBuffer.allocate(1_024), false);
        connection.binary(ByteBuffer.allocate(1), true);

        assertThat(webSocket.sent).singleElement().asString().contains("too_long");
        assertThat(webSocket.closeCode).contains(1009);
    }

    @Test
    void textEndpointRefusesBinaryFrames() {
        Connection connection = open(TextEndpoint.class);

        connection.binary(ByteBuffer.allocate(1), true);

        await().untilAsserted(() -> assertThat(webSocket.closeCode).contains(1003));
    }

    @Test
    void plainLineIsAlwaysAChatInTheLobby() {
        RecordingWebSocket ben = signedIn("Ben");
        Connection connection = open(TextEndpoint.class);

        connection.text(LOGIN + " \r\n", true);

        await().atMost(WITHIN)
                .untilAsserted(() -> assertThat(chats(ben)).singleElement().satisfies(chat -> {
                    assertThat(chat.content()).isEqualTo(LOGIN);
                    assertThat(chat.room()).isEqualTo("lobby");
                    assertThat(chat.sender()).startsWith("guest-");
                }));
    }

    @Test
    void lineIsSentToEverySessionButItsOwn() {
        RecordingWebSocket ben = signedIn("Ben");
        Connection first = open(TextEndpoint.class);
        RecordingWebSocket other = webSocket();
        Connection second = open(other, TextEndpoint.class);

        first.text("one", true);
        await().atMost(WITHIN).untilAsserted(() -> assertThat(chats(ben)).hasSize(1));
        second.text("two", true);

        await().atMost(WITHIN)
                .untilAsserted(() ->
                        assertThat(webSocket.sent).singleElement().asString().endsWith(": two"));
        await().atMost(WITHIN).untilAsserted(() -> assertThat(chats(ben)).hasSize(2));
        assertThat(other.sent).hasSizeLessThanOrEqualTo(1).allMatch(line -> line.endsWith(": one"));
    }

    @Test
    void heartbeatOnTextIsAnsweredAndNotPosted() {
        RecordingWebSocket ben = signedIn("Ben");
        Connection connection = open(TextEndpoint.class);

        connection.text(" " + PING + "\r\n", true);
        connection.text("hello", true);

        await().atMost(WITHIN).untilAsserted(() -> assertThat(chats(ben))
                .extracting(ServerMessage.Chat::content)
                .containsExactly("hello"));
        assertThat(webSocket.sent).containsExactly(PONG);
    }

    @Test
    void rootTakesLinesAndThenNoBinaryFrames() {
        RecordingWebSocket ben = signedIn("Ben");
        Connection connection = openRoot(Optional.empty());

        connection.text("hel", false);
        connection.text("lo", true);
        await().atMost(WITHIN).untilAsserted(() -> assertThat(chats(ben))
                .extracting(ServerMessage.Chat::content)
                .containsExactly("hello"));
        connection.binary(ByteBuffer.allocate(1), true);

        await().untilAsserted(() -> assertThat(webSocket.closeCode).contains(1003));
    }

    @Test
    void rootRefusesABinaryFrameThatComesFirst() {
        openRoot(Optional.empty()).binary(ByteBuffer.allocate(1), true);

        assertThat(webSocket.closeCode).contains(1003);
        assertThat(webSocket.sent).isEmpty();
    }

    @Test
    void rootTakesJsonAndThenBinaryFrames() {
        Connection connection = openRoot(Optional.empty());

        connection.text("{\"type\":\"pi", false);
        connection.text("ng\",\"id\":\"p\"}", true);
        connection.text(LOGIN, true);
        await().atMost(WITHIN)
                .untilAsserted(() -> assertThat(webSocket.sent).anyMatch(text -> text.contains("\"welcome\"")));
        connection.binary(ByteBuffer.allocate(1), true);

        assertThat(webSocket.sent).first().isEqualTo(PONG);
        await().atMost(WITHIN)
                .untilAsserted(() -> assertThat(webSocket.sent).anyMatch(text -> text.contains("bad_chunk")));
        assertThat(webSocket.closeCode).isEmpty();
    }

    @Test
    void subprotocolDecidesAtTheRootForJson() {
        webSocket.subprotocol = Optional.of("parley.v1");
        Connection connection = openRoot(Optional.empty());

        connection.text("hello", true);

        assertThat(webSocket.sent).singleElement().asString().contains("bad_json");
        connection.text("[" + PING + "," + PING + "]", true);
        assertThat(webSocket.sent).last().isEqualTo(PONG);
    }

    @Test
    void credentialDecidesAtTheRootForJson() {
        Identity ana = Identity.user("ana", Set.of(), Instant.now().plusSeconds(600), Optional.empty());
        Connection connection = openRoot(Optional.of(ana));

        connection.text("hello", true);

        assertThat(webSocket.sent).singleElement().asString().contains("bad_json");
    }

    @Test
    void emptyLineIsIgnored() {
        RecordingWebSocket ben = signedIn("Ben");
        Connection connection = open(TextEndpoint.class);

        connection.text("", true);
        connection.text(" \r\n", true);
        connection.text("hello", true);

        await().atMost(WITHIN).untilAsserted(() -> assertThat(chats(ben))
                .extracting(ServerMessage.Chat::content)
                .containsExactly("hello"));
    }

    @Test
    void waitingMessagesShareAFrameWithTheSubprotocol() {
        webSocket.subprotocol = Optional.of("parley.v1");

        open(ChatEndpoint.class).text("[" + PING + "]", true);

        assertThat(webSocket.sent).containsExactly(PONG);
    }

    @Test
    void sendOnABrokenConnectionEndsTheSession() {
        Connection connection = open(ChatEndpoint.class);
        webSocket.isBroken = true;

        connection.text(PING, true);

        assertThat(webSocket.closeCode).contains(1006);
    }

    @Test
    void closeWithoutAReasonIsHandled() {
        Connection connection = open(ChatEndpoint.class);

        connection.closed(new CloseReason(CloseReason.CloseCodes.NO_STATUS_CODE, null));
        connection.text(PING, true);

        assertThat(webSocket.sent).isEmpty();
    }

    /** Tyrus calls {@code @OnClose} before it sends its own close frame. */
    @Test
    void connectionThatTheContainerEndsIsNotTouchedInsideOnClose() {
        Connection connection = open(ChatEndpoint.class);
        webSocket.calls.clear();

        connection.closed(new CloseReason(CloseReason.CloseCodes.NOT_CONSISTENT, "Bad UTF-8."));

        assertThat(webSocket.calls).isEmpty();
    }

    private static RecordingWebSocket webSocket() {
        RecordingWebSocket webSocket = new RecordingWebSocket();
        new HandshakeResult(Optional.empty(), "192.0.2.1").storeIn(webSocket.userProperties);
        return webSocket;
    }

    private Connection open(Class<?> endpoint) {
        return open(webSocket, endpoint);
    }

    /** A connection for the root, which the handshake filter leads to {@code /chat}. */
    private Connection openRoot(Optional<Identity> credential) {
        new HandshakeResult(credential, "192.0.2.1").atRoot().storeIn(webSocket.userProperties);
        return open(ChatEndpoint.class);
    }

    private Connection open(RecordingWebSocket on, Class<?> endpoint) {
        return hub.parts().connections().open(on.session(), endpoint).orElseThrow();
    }

    /** A guest in the lobby, on {@code /chat}. */
    private RecordingWebSocket signedIn(String name) {
        RecordingWebSocket guest = webSocket();
        open(guest, ChatEndpoint.class).text("{\"type\":\"login\",\"username\":\"" + name + "\"}", true);
        await().atMost(WITHIN)
                .untilAsserted(() -> assertThat(guest.sent).first().asString().contains("\"welcome\""));
        return guest;
    }

    private static List<ServerMessage.Chat> chats(RecordingWebSocket reader) {
        return reader.sent.stream()
                .map(MessageCodec::decodeServer)
                .filter(ServerMessage.Chat.class::isInstance)
                .map(ServerMessage.Chat.class::cast)
                .toList();
    }
}
