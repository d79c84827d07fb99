package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.Hub;
import dev.parley.server.auth.Identity;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.session.HandshakeResult;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.server.ServerEndpoint;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A hub whose endpoint names other coders: whatever is received and sent shows that they were used. */
class EndpointCodersTest {
    private final RecordingWebSocket webSocket = new RecordingWebSocket();
    private Hub hub;
    private Connection connection;

    @ServerEndpoint(value = "/chat", encoders = Swapped.class, decoders = Replacing.class)
    private static final class SwappedEndpoint {}

    @ServerEndpoint(value = "/chat", encoders = MessageEncoder.class, decoders = Refusing.class)
    private static final class RefusingEndpoint {}

    @ServerEndpoint("/chat")
    private static final class WithoutCoders {}

    /** Writes {@code milk} where a message has {@code water}. */
    public static final class Swapped extends MessageEncoder {
        @Override
        public String encode(ServerMessage message) {
            return super.encode(message).replace("water", "milk");
        }
    }

    /** Reads {@code tea} where a text has {@code coffee}. */
    public static final class Replacing extends MessageDecoder {
        @Override
        public InboundFrame decode(String text) {
            return super.decode(text.replace("coffee", "tea"));
        }
    }

    /** Refuses every text. */
    public static final class Refusing implements Decoder.Text<InboundFrame> {
        @Override
        public InboundFrame decode(String text) throws DecodeException {
            throw new DecodeException(text, "No.");
        }

        @Override
        public boolean willDecode(String text) {
            return true;
        }
    }

    @BeforeEach
    void start() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        Settings settings = Settings.read(new SettingSource(Map.of("parley.guests", "true"), Map.of(), Map.of()));
        hub = new Hub(
                settings,
                database,
                InstantSource.system(),
                Executors.defaultThreadFactory(),
                List.of(SwappedEndpoint.class));
        hub.start();
        Identity publisher = Identity.user(
                "ana", Set.of(Identity.ROLE_METRICS), Instant.now().plusSeconds(600), Optional.empty());
        new HandshakeResult(Optional.of(publisher), "192.0.2.1").storeIn(webSocket.userProperties);
        connection = hub.parts()
                .connections()
                .open(webSocket.session(), SwappedEndpoint.class)
                .orElseThrow();
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private void send(ClientMessage message) {
        connection.text(MessageCodec.encode(message), true);
    }

    private void awaitSent(String... parts) {
        await().untilAsserted(() ->
                assertThat(webSocket.sent).anySatisfy(text -> assertThat(text).contains(parts)));
    }

    @Test
    void answerPassesBothCoders() {
        send(new ClientMessage.Ping(Optional.of("coffee-and-water")));
        awaitSent("\"type\":\"pong\"", "\"tea-and-milk\"");
    }

    @Test
    void storedMessagePassesTheEncoderOnce() {
        send(new ClientMessage.Chat(Optional.of("c"), "coffee with water", "lobby", Optional.empty()));
        awaitSent("\"type\":\"chat\"", "tea with milk");
        connection.text("{\"type\":\"history\",\"id\":\"h\",\"room\":\"lobby\"}", true);
        awaitSent("\"type\":\"history\"", "tea with milk");
    }

    @Test
    void messageInChunksPassesTheDecoder() {
        String json =
                MessageCodec.encode(new ClientMessage.Chat(Optional.of("c"), "coffee", "lobby", Optional.empty()));
        int within = json.indexOf("coffee") + 3;
        send(chunk(0, json.substring(0, within)));
        send(chunk(1, json.substring(within)));
        awaitSent("\"type\":\"chat\"", "\"content\":\"tea\"");
    }

    private static ClientMessage chunk(int index, String data) {
        return new ClientMessage.Chunk(Optional.of("k" + index), "t", OptionalInt.of(index), OptionalInt.of(2), data);
    }

    @Test
    void metricAndItsSnapshotPassTheEncoder() {
        send(new ClientMessage.Metric(Optional.of("m"), "water.level", OptionalDouble.of(1), Optional.empty()));
        awaitSent("\"type\":\"ack\"", "\"id\":\"m\"");
        send(new ClientMessage.Subscribe(Optional.of("s"), "water.*"));
        awaitSent("\"type\":\"subscribed\"", "\"milk.*\"", "\"milk.level\"");
    }

    @Test
    void refusedTextIsAnError() {
        assertThat(EndpointCoders.decoder(RefusingEndpoint.class).apply("x"))
                .containsExactly(new Decoded.Malformed(Optional.empty(), ErrorCode.BAD_MESSAGE, "No."));
    }

    @Test
    void endpointsMustNameOneEncoder() {
        assertThatThrownBy(() -> EndpointCoders.encoding(List.of(ChatEndpoint.class, SwappedEndpoint.class)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The endpoints must name the same encoder");
        assertThatThrownBy(() -> EndpointCoders.encoding(List.of(WithoutCoders.class)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must name one encoder and one decoder, but names 0");
        assertThatThrownBy(() -> EndpointCoders.encoding(List.of(String.class)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("has no @ServerEndpoint.");
    }
}
