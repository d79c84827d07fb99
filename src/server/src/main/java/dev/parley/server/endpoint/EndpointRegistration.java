package dev.parley.server.endpoint;

import jakarta.websocket.ContainerProvider;
import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Registers the endpoint classes with the container: as they are annotated or, where the container would collect a
 * frame of any length before it calls them, as a {@link FrameLimitedEndpoint} for each path. The container finds this
 * class by its interface.
 */
public class EndpointRegistration implements ServerApplicationConfig {
    private static final Logger LOG = System.getLogger(EndpointRegistration.class.getName());

    /** What a container answers that limits no message; of those known, Open Liberty before 26.0.0.7. */
    private static final int NO_LIMIT = -1;

    private final boolean collectsWithoutLimit;

    /** For the container. */
    public EndpointRegistration() {
        this(containerCollectsWithoutLimit());
    }

    EndpointRegistration(boolean collectsWithoutLimit) {
        this.collectsWithoutLimit = collectsWithoutLimit;
    }

    /**
     * Describes the danger if anybody may open connections on a container that collects frames without a limit: a
     * {@link FrameLimitedEndpoint} cannot limit all of them.
     */
    public static Optional<String> problem(boolean credentialRequired) {
        return credentialRequired || !containerCollectsWithoutLimit()
                ? Optional.empty()
                : Optional.of("This server's WebSocket container collects some malformed frames without a limit, and"
                        + " anybody may open a connection: a few connections can exhaust its memory. Set"
                        + " parley.handshake.credential to required.");
    }

    /** Asked of the provider, because there is no ServletContext when the endpoints are registered. */
    private static boolean containerCollectsWithoutLimit() {
        try {
            return ContainerProvider.getWebSocketContainer().getDefaultMaxTextMessageBufferSize() == NO_LIMIT;
        } catch (RuntimeException e) { // that no container is provided
            LOG.log(Level.DEBUG, "No container says what it limits; none of those does that limits nothing.", e);
            return false;
        }
    }

    @Override
    public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
        Set<Class<?>> registered = new HashSet<>(scanned);
        if (collectsWithoutLimit) {
            registered.removeAll(EndpointCoders.ENDPOINTS);
        }
        return registered;
    }

    @Override
    public Set<ServerEndpointConfig> getEndpointConfigs(Set<Class<? extends Endpoint>> scanned) {
        return collectsWithoutLimit
                ? EndpointCoders.ENDPOINTS.stream()
                        .map(EndpointRegistration::limited)
                        .collect(Collectors.toSet())
                : Set.of();
    }

    private static ServerEndpointConfig limited(Class<?> endpoint) {
        ServerEndpoint annotation = EndpointCoders.annotation(endpoint);
        return ServerEndpointConfig.Builder.create(FrameLimitedEndpoint.class, annotation.value())
                .subprotocols(List.of(annotation.subprotocols()))
                .encoders(List.of(annotation.encoders()))
                .decoders(List.of(annotation.decoders()))
                .configurator(EndpointCoders.create(annotation.configurator()))
                .build();
    }
}
