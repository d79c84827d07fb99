package dev.parley.client.internal.transport;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.util.Map;
import org.glassfish.tyrus.container.grizzly.client.GrizzlyClientContainer;
import org.glassfish.tyrus.spi.ClientEngine;

/**
 * Tyrus' container on Grizzly, extended so that the client learns how a handshake ends. Not for applications: it is
 * public because Tyrus instantiates it by name.
 */
public final class GrizzlyContainer extends GrizzlyClientContainer {
    /** For Tyrus. */
    public GrizzlyContainer() {}

    @Override
    public void openClientSocket(ClientEndpointConfig config, Map<String, Object> properties, ClientEngine engine)
            throws DeploymentException, IOException {
        GrizzlyConnection.of(properties).open(engine, watched -> super.openClientSocket(config, properties, watched));
    }
}
