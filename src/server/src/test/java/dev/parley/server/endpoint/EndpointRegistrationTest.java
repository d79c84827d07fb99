package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EndpointRegistrationTest {
    private static final Set<Class<? extends Endpoint>> SCANNED = Set.of(FrameLimitedEndpoint.class);

    private final Set<Class<?>> scanned = new HashSet<>(EndpointCoders.ENDPOINTS);

    /** An endpoint that somebody else added to the WAR. */
    @ServerEndpoint("/other")
    static class Other {}

    EndpointRegistrationTest() {
        scanned.add(Other.class);
    }

    @Test
    void annotatedClassesAreRegisteredWhereTheContainerLimitsFrames() {
        EndpointRegistration registration = new EndpointRegistration(false);

        assertThat(registration.getAnnotatedEndpointClasses(scanned)).isEqualTo(scanned);
        assertThat(registration.getEndpointConfigs(SCANNED)).isEmpty();
    }

    @Test
    void everyPathHasALimitedEndpointWhereTheContainerLimitsNothing() {
        EndpointRegistration registration = new EndpointRegistration(true);

        assertThat(registration.getAnnotatedEndpointClasses(scanned)).containsExactly(Other.class);
        assertThat(registration.getEndpointConfigs(SCANNED))
                .extracting(ServerEndpointConfig::getPath)
                .containsExactlyInAnyOrder("/chat", "/monitor", "/text");
    }

    @Test
    void limitedEndpointsAreConfiguredAsTheAnnotationsSay() {
        for (ServerEndpointConfig config : new EndpointRegistration(true).getEndpointConfigs(SCANNED)) {
            ServerEndpoint annotation = EndpointCoders.annotation(EndpointCoders.endpointAt(config.getPath()));

            assertThat(config.getEndpointClass()).isEqualTo(FrameLimitedEndpoint.class);
            assertThat(config.getSubprotocols()).containsExactly(annotation.subprotocols());
            assertThat(config.getEncoders()).isEqualTo(List.of(annotation.encoders()));
            assertThat(config.getDecoders()).isEqualTo(List.of(annotation.decoders()));
            assertThat(config.getConfigurator()).isExactlyInstanceOf(annotation.configurator());
        }
    }

    @Test
    void containersCanCreateBoth() throws ReflectiveOperationException {
        for (Class<?> made : Set.of(EndpointRegistration.class, FrameLimitedEndpoint.class)) {
            assertThat(Modifier.isPublic(made.getModifiers())).isTrue();
            assertThat(made.getConstructor().newInstance()).isInstanceOf(made);
        }
    }
}
