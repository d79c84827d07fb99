package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.Session;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WebSocketLineTest {
    private final List<String> called = new ArrayList<>();
    private final Session session = (Session) Proxy.newProxyInstance(
            WebSocketLineTest.class.getClassLoader(), new Class<?>[] {Session.class}, (proxy, method, arguments) -> {
                called.add(method.getName());
                return method.getReturnType() == boolean.class ? true : null;
            });
    private final WebSocketLine line = new WebSocketLine(
            new Connector.Ear() {
                @Override
                public void lifeSign() {}

                @Override
                public void frame(String text, int bytes) {}

                @Override
                public void closed(int code, String reason) {
                    called.add("heard " + code);
                }
            },
            1_000,
            Runnable::run,
            TcpConnection.LINGERING);

    @Test
    void aLineThatOpensAfterItWasGivenUpIsClosed() {
        line.close(1000, "");
        line.onOpen(session, ClientEndpointConfig.Builder.create().build());
        assertThat(called).endsWith("close").doesNotContain("addMessageHandler", "heard 1000");
    }

    @Test
    void lingeringConnectionIsTimedBeforeTheClose() {
        line.onOpen(session, ClientEndpointConfig.Builder.create().build());
        called.clear();
        line.close(1000, "");
        assertThat(called).containsExactly("isOpen", "setMaxIdleTimeout", "close");
    }

    @Test
    void aLineThatIsOpenIsHeard() {
        line.onOpen(session, ClientEndpointConfig.Builder.create().build());
        assertThat(called).contains("addMessageHandler").doesNotContain("close");
    }
}
