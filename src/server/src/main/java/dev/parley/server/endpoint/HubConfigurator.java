package dev.parley.server.endpoint;

import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.session.HandshakePrincipal;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;

/**
 * The second look: refuses origins that the filter would have refused, had it run, and hands over what the filter found
 * out. The third is {@code @OnOpen}, which closes where nothing was handed over.
 */
public class HubConfigurator extends ServerEndpointConfig.Configurator {
    @Override
    public boolean checkOrigin(String origin) {
        return CDI.current().select(AllowedOrigins.class).get().isAllowedForSomeHost(origin);
    }

    /** None: permessage-deflate costs hundreds of KB a connection and lets a few bytes become megabytes. */
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
