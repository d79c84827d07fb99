package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.HandshakePrincipal;
import dev.parley.server.session.HandshakeResult;
import jakarta.websocket.Endpoint;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.URI;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HubConfiguratorTest {
    private static final HandshakeResponse NO_RESPONSE = Map::of;

    private final HubConfigurator configurator = new HubConfigurator();
    private final ServerEndpointConfig config = ServerEndpointConfig.Builder.create(Endpoint.class, "/chat")
            .configurator(configurator)
            .build();

    @Test
    void noExtensionIsNegotiated() {
        List<Extension> deflate = List.of(new Deflate());

        assertThat(configurator.getNegotiatedExtensions(deflate, deflate)).isEmpty();
    }

    @Test
    void filtersResultIsStoredWithTheConnection() {
        HandshakeResult handshake = new HandshakeResult(Optional.empty(), "192.0.2.1");

        configurator.modifyHandshake(
                config, new Request(new HandshakePrincipal(handshake, Optional.empty())), NO_RESPONSE);

        assertThat(HandshakeResult.from(config.getUserProperties())).contains(handshake);
    }

    @Test
    void handshakeThatBypassedTheFilterStoresNothing() {
        configurator.modifyHandshake(config, new Request(() -> "somebody"), NO_RESPONSE);
        configurator.modifyHandshake(config, new Request(null), NO_RESPONSE);

        assertThat(HandshakeResult.from(config.getUserProperties())).isEmpty();
    }

    private static final class Deflate implements Extension {
        @Override
        public String getName() {
            return "permessage-deflate";
        }

        @Override
        public List<Parameter> getParameters() {
            return List.of();
        }
    }

    private record Request(Principal principal) implements HandshakeRequest {
        @Override
        public Principal getUserPrincipal() {
            return principal;
        }

        @Override
        public Map<String, List<String>> getHeaders() {
            return Map.of();
        }

        @Override
        public URI getRequestURI() {
            return URI.create("/chat");
        }

        @Override
        public boolean isUserInRole(String role) {
            return false;
        }

        @Override
        public Object getHttpSession() {
            return null;
        }

        @Override
        public Map<String, List<String>> getParameterMap() {
            return Map.of();
        }

        @Override
        public String getQueryString() {
            return "";
        }
    }
}
