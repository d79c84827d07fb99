package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.EndpointType;
import jakarta.enterprise.context.Dependent;
import jakarta.websocket.OnMessage;
import jakarta.websocket.PongMessage;
import jakarta.websocket.server.ServerEndpoint;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests what containers read from the endpoint classes; each rule is required by some container. */
class EndpointsTest {
    static Stream<Class<?>> endpoints() {
        return EndpointCoders.ENDPOINTS.stream();
    }

    @Test
    void everyEndpointTypeButTheRootHasAnEndpoint() {
        assertThat(endpoints().map(endpoint -> annotation(endpoint).value()))
                .containsExactlyElementsOf(Arrays.stream(EndpointType.values())
                        .filter(type -> type != EndpointType.ROOT)
                        .map(EndpointType::path)
                        .toList());
    }

    @Test
    void jsonEndpointsOfferTheBatchSubprotocol() {
        assertThat(annotation(ChatEndpoint.class).subprotocols()).containsExactly("parley.v1");
        assertThat(annotation(MonitorEndpoint.class).subprotocols()).containsExactly("parley.v1");
        assertThat(annotation(TextEndpoint.class).subprotocols()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void annotationNamesCodersAndConfigurator(Class<?> endpoint) {
        ServerEndpoint annotation = annotation(endpoint);

        assertThat(annotation.encoders()).containsExactly(MessageEncoder.class);
        assertThat(annotation.decoders())
                .containsExactly(endpoint == TextEndpoint.class ? LineDecoder.class : MessageDecoder.class);
        assertThat(annotation.configurator()).isEqualTo(HubConfigurator.class);
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void containersCanCreateItWithAndWithoutCdi(Class<?> endpoint) throws ReflectiveOperationException {
        assertThat(Modifier.isPublic(endpoint.getModifiers())).isTrue();
        assertThat(endpoint.isAnnotationPresent(Dependent.class)).isTrue();
        assertThat(endpoint.getConstructor().newInstance()).isInstanceOf(endpoint);
    }

    @Test
    void containersCanCreateCoders() throws ReflectiveOperationException {
        for (Class<?> coder :
                List.of(MessageEncoder.class, MessageDecoder.class, LineDecoder.class, HubConfigurator.class)) {
            assertThat(Modifier.isPublic(coder.getModifiers())).isTrue();
            assertThat(coder.getConstructor().newInstance()).isInstanceOf(coder);
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void messagesAreReceivedInParts(Class<?> endpoint) {
        assertThat(handlers(endpoint))
                .extracting(method -> List.of(method.getParameterTypes()))
                .containsExactlyInAnyOrder(
                        List.of(String.class, boolean.class),
                        List.of(ByteBuffer.class, boolean.class),
                        List.of(PongMessage.class));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void callbacksReturnNothing(Class<?> endpoint) {
        assertThat(handlers(endpoint)).allSatisfy(method -> {
            assertThat(method.getReturnType()).isEqualTo(void.class);
            assertThat(Modifier.isPublic(method.getModifiers())).isTrue();
        });
    }

    private static List<Method> handlers(Class<?> endpoint) {
        return Arrays.stream(endpoint.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(OnMessage.class))
                .toList();
    }

    private static ServerEndpoint annotation(Class<?> endpoint) {
        return endpoint.getAnnotation(ServerEndpoint.class);
    }
}
