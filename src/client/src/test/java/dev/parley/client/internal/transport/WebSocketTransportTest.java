package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.ParleyEndpoint;
import dev.parley.client.ServerFrame;
import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.Session;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WebSocketTransportTest {
    private final List<String> called = new ArrayList<>();
    private final Session session = (Session) Proxy.newProxyInstance(
            WebSocketTransportTest.class.getClassLoader(),
            new Class<?>[] {Session.class},
            (proxy, method, arguments) -> {
                called.add(method.getName());
                return method.getReturnType() == boolean.class ? true : null;
            });
    private final WebSocketTransport transport = new WebSocketTransport(
            new Connector.TransportListener() {
                @Override
                public void received() {}

                @Override
                public void frame(ServerFrame frame) {}

                @Override
                public void binary(byte[] frame) {}

                @Override
                public void binaryIgnored() {}

                @Override
                public void closed(int code, String reason) {
                    called.add("heard " + code);
                }
            },
            ParleyEndpoint::new,
            1_000,
            Runnable::run,
            TcpConnection.LINGERING);

    @Test
    void connectionThatOpensAfterItWasGivenUpIsClosed() {
        transport.close(1000, "");
        transport.onOpen(session, ClientEndpointConfig.Builder.create().build());
        assertThat(called).endsWith("close").doesNotContain("addMessageHandler", "heard 1000");
    }

    @Test
    void lingeringConnectionGetsATimeoutBeforeTheClose() {
        transport.onOpen(session, ClientEndpointConfig.Builder.create().build());
        called.clear();
        transport.close(1000, "");
        assertThat(called).containsExactly("isOpen", "setMaxIdleTimeout", "close");
    }

    @Test
    void openConnectionReceivesFrames() {
        transport.onOpen(session, ClientEndpointConfig.Builder.create().build());
        assertThat(called).contains("addMessageHandler").doesNotContain("close");
    }
}
