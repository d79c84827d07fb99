package dev.parley.server.api.health;

import dev.parley.server.session.NodeHealth;
import dev.parley.server.session.StoreProbe;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@code /health/live} and {@code /health/ready}, implemented here so that they are the same on every server. No thread
 * waits for the store: the request is dispatched to this servlet again after the store's answer or the timeout. So a
 * thread of the server writes the response, and a caller that does not read never blocks a thread of the store.
 */
@WebServlet(value = "/health/*", asyncSupported = true)
public class HealthServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String IS_STORE_REACHABLE = HealthServlet.class.getName() + ".isStoreReachable";
    private static final String STATUS = HealthServlet.class.getName() + ".status";

    @Inject
    private transient NodeHealth health;

    /** For the container, which injects the fields. */
    public HealthServlet() {}

    HealthServlet(NodeHealth health) {
        this.health = health;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (Optional.ofNullable(request.getPathInfo()).orElse("")) {
            case "/live" -> answer(response, new Health(health.live()));
            case "/ready" -> {
                if (request.getAttribute(IS_STORE_REACHABLE) instanceof Boolean isReachable) {
                    Health ready = new Health(health.ready(isReachable));
                    request.setAttribute(STATUS, ready.status());
                    answer(response, ready);
                } else {
                    askStore(request, response);
                }
            }
            default -> response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    private void askStore(HttpServletRequest request, HttpServletResponse response) {
        AsyncContext async = request.startAsync();
        async.setTimeout(StoreProbe.DEADLINE.toMillis());
        Waiting waiting = new Waiting(async);
        async.addListener(waiting, request, response);
        health.isStoreReachable().whenComplete((isReachable, failure) -> waiting.end(failure == null && isReachable));
    }

    private static void answer(HttpServletResponse response, Health health) throws IOException {
        response.setStatus(health.status());
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.getWriter().write(health.json());
    }

    /** A request that waits for the store's answer or the deadline, whichever comes first. */
    private static final class Waiting implements AsyncListener {
        private final AsyncContext async;
        private final AtomicBoolean isOver = new AtomicBoolean();

        Waiting(AsyncContext async) {
            this.async = async;
        }

        void end(boolean isReachable) {
            if (isOver.compareAndSet(false, true)) {
                async.getRequest().setAttribute(IS_STORE_REACHABLE, isReachable);
                async.dispatch();
            }
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            end(false);
        }

        @Override
        public void onError(AsyncEvent event) {
            isOver.set(true);
        }

        /** Sets the status a second time: GlassFish resets it to 200 just before it calls this method. */
        @Override
        public void onComplete(AsyncEvent event) {
            isOver.set(true);
            if (event.getSuppliedResponse() instanceof HttpServletResponse response
                    && !response.isCommitted()
                    && event.getSuppliedRequest().getAttribute(STATUS) instanceof Integer status) {
                response.setStatus(status);
            }
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            // Never called: the request starts async processing once only.
        }
    }
}
