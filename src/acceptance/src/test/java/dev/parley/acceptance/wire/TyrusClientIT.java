package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import jakarta.json.JsonObject;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

/** A service with its own Jakarta WebSocket client, which sends its token in the handshake. */
class TyrusClientIT extends ArquillianTest {
    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of("parley.token.secret", Tokens.SECRET));
    }

    @Test
    void serviceSignsInByHeaderAndChats() throws Exception {
        BlockingQueue<JsonObject> received = new LinkedBlockingQueue<>();
        ClientEndpointConfig config = ClientEndpointConfig.Builder.create()
                .configurator(new ClientEndpointConfig.Configurator() {
                    @Override
                    public void beforeRequest(Map<String, List<String>> headers) {
                        headers.put("Authorization", List.of("Bearer " + Tokens.of("service")));
                    }
                })
                .build();
        try (Session session = ContainerProvider.getWebSocketContainer()
                .connectToServer(new Collecting(received), config, ws("/chat"))) {
            session.getBasicRemote().sendText("{\"type\":\"chat\",\"content\":\"from a service\",\"id\":\"s1\"}");

            assertThat(next(received, "welcome").getString("username")).isEqualTo("service");
            // In any order: a session that has just signed in may read its message from the store before the ack is
            // written.
            List<JsonObject> both = List.of(next(received, "ack", "chat"), next(received, "ack", "chat"));
            assertThat(both).extracting(message -> message.getString("type")).containsExactlyInAnyOrder("ack", "chat");
            assertThat(both).extracting(message -> message.getString("id")).containsOnly("s1");
        }
    }

    private static JsonObject next(BlockingQueue<JsonObject> received, String... types) throws InterruptedException {
        while (true) {
            JsonObject message = received.poll(20, TimeUnit.SECONDS);
            assertThat(message).as("a message of type %s", List.of(types)).isNotNull();
            if (List.of(types).contains(message.getString("type"))) {
                return message;
            }
        }
    }

    private static final class Collecting extends Endpoint {
        private final BlockingQueue<JsonObject> received;

        Collecting(BlockingQueue<JsonObject> received) {
            this.received = received;
        }

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            session.addMessageHandler(String.class, text -> received.add(JsonText.object(text)));
        }
    }
}
