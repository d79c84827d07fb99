package dev.parley.server.api.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.ManualClock;
import dev.parley.server.session.NodeHealth;
import dev.parley.server.session.StoreProbe;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HealthServletTest {
    private final CompletableFuture<Integer> store = new CompletableFuture<>();
    private final HealthServlet servlet = new HealthServlet(new NodeHealth(
            List.of(), new StoreProbe(() -> store, new ManualClock()), () -> false, Optional::empty, Optional::empty));
    private final Exchange exchange = new Exchange();

    @Test
    void readyDoesNotHoldItsThread() throws IOException {
        servlet.doGet(exchange.request(), exchange.response());
        assertThat(exchange.isAnswered()).isFalse();
        assertThat(exchange.dispatches).isZero();

        store.complete(1);
        assertThat(exchange.isAnswered())
                .as("the store's thread writes nothing")
                .isFalse();
        assertThat(exchange.dispatches).isOne();

        servlet.doGet(exchange.request(), exchange.response());
        assertThat(exchange.status).isEqualTo(200);
        assertThat(exchange.body.toString()).startsWith("{\"status\":\"UP\"");
    }

    @Test
    void readyIsDownAfterTheDeadline() throws IOException {
        servlet.doGet(exchange.request(), exchange.response());
        assertThat(exchange.timeout).isEqualTo(StoreProbe.DEADLINE.toMillis());
        exchange.timeOut();
        store.complete(1);
        assertThat(exchange.dispatches).as("the late answer changes nothing").isOne();

        servlet.doGet(exchange.request(), exchange.response());
        assertThat(exchange.status).isEqualTo(503);
        assertThat(exchange.body.toString()).contains("{\"name\":\"store\",\"status\":\"DOWN\"}");
    }

    @Test
    void statusOutlivesAServerThatResetsItOnCompletion() throws IOException {
        servlet.doGet(exchange.request(), exchange.response());
        exchange.timeOut();
        servlet.doGet(exchange.request(), exchange.response());
        exchange.status = 200;
        exchange.complete();
        assertThat(exchange.status).isEqualTo(503);
    }

    @Test
    void disconnectedClientIsNotAnswered() throws IOException {
        servlet.doGet(exchange.request(), exchange.response());
        exchange.complete();
        store.complete(1);
        assertThat(exchange.dispatches).isZero();
    }

    @Test
    void liveIsAnsweredAtOnce() throws IOException {
        exchange.path = "/live";
        servlet.doGet(exchange.request(), exchange.response());
        assertThat(exchange.status).isEqualTo(200);
        assertThat(exchange.body.toString()).isEqualTo("{\"status\":\"UP\",\"checks\":[]}");
    }

    /** The state of one request, as a container keeps it. */
    private static final class Exchange {
        private final Map<String, Object> attributes = new HashMap<>();
        private final StringWriter body = new StringWriter();
        private String path = "/ready";
        private Optional<AsyncListener> listener = Optional.empty();
        private long timeout;
        private int dispatches;
        private int status;

        boolean isAnswered() {
            return status != 0;
        }

        void timeOut() throws IOException {
            listener.orElseThrow().onTimeout(new AsyncEvent(async()));
        }

        void complete() throws IOException {
            listener.orElseThrow().onComplete(new AsyncEvent(async(), request(), response()));
        }

        HttpServletRequest request() {
            return proxy(HttpServletRequest.class, (proxy, method, arguments) -> switch (method.getName()) {
                case "getPathInfo" -> path;
                case "getAttribute" -> attributes.get(arguments[0]);
                case "setAttribute" -> attributes.put((String) arguments[0], arguments[1]);
                case "startAsync" -> async();
                default -> throw new UnsupportedOperationException(method.toString());
            });
        }

        HttpServletResponse response() {
            return proxy(HttpServletResponse.class, (proxy, method, arguments) -> switch (method.getName()) {
                case "setStatus" -> {
                    status = (int) arguments[0];
                    yield null;
                }
                case "getWriter" -> new PrintWriter(body, true);
                case "setContentType", "setCharacterEncoding", "setHeader" -> null;
                case "isCommitted" -> false;
                default -> throw new UnsupportedOperationException(method.toString());
            });
        }

        private AsyncContext async() {
            return proxy(AsyncContext.class, (proxy, method, arguments) -> switch (method.getName()) {
                case "getRequest" -> request();
                case "getResponse" -> response();
                case "setTimeout" -> {
                    timeout = (long) arguments[0];
                    yield null;
                }
                case "addListener" -> {
                    listener = Optional.of((AsyncListener) arguments[0]);
                    yield null;
                }
                case "dispatch" -> {
                    dispatches++;
                    yield null;
                }
                default -> throw new UnsupportedOperationException(method.toString());
            });
        }

        private static <T> T proxy(Class<T> type, InvocationHandler handler) {
            return type.cast(
                    Proxy.newProxyInstance(HealthServletTest.class.getClassLoader(), new Class<?>[] {type}, handler));
        }
    }
}
