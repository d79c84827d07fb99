package dev.parley.server.endpoint;

import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.session.HandshakePrincipal;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Optional;

/**
 * The second check of a handshake: refuses origins in case the filter did not run, and hands over the filter's result.
 * The third check is {@code @OnOpen}, which closes the connection if there is no result.
 */
public class HubConfigurator extends ServerEndpointConfig.Configurator {
    /** Looked up at the first handshake: each look-up searches the caller's stack, which costs as much as the check. */
    private volatile Optional<AllowedOrigins> origins = Optional.empty();

    @Override
    public boolean checkOrigin(String origin) {
        Optional<AllowedOrigins> known = origins;
        if (known.isEmpty()) {
            known = Optional.of(CDI.current().select(AllowedOrigins.class).get());
            origins = known;
        }
        return known.get().isAllowedForSomeHost(origin);
    }

    /**
     * Negotiates no extension: permessage-deflate costs hundreds of KB per connection and expands a few bytes to
     * megabytes.
     */
    @Override
    public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
        return List.of();
    }

    @Override
    public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        if (request.getUserPrincipal() instanceof HandshakePrincipal arrived) {
            arrived.handshake().storeIn(config.getUserProperties());
        }
    }
}
