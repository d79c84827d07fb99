package dev.parley.server.api;

import dev.parley.server.session.Draining;
import dev.parley.server.store.MessageStore;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** {@code /health/live} and {@code /health/ready}, by us, so that they are the same on every server. */
@WebServlet("/health/*")
public class HealthServlet extends ReadOnlyServlet {
    private static final long serialVersionUID = 1L;
    private static final Duration STORE_DEADLINE = Duration.ofSeconds(2);

    @Inject
    private transient MessageStore store;

    @Inject
    private transient Draining draining;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (Optional.ofNullable(request.getPathInfo()).orElse("")) {
            case "/live" -> answer(response, Health.live());
            case "/ready" -> {
                boolean isStoreReachable = store.isReachable(STORE_DEADLINE);
                answer(response, Health.ready(isStoreReachable, store.problem(), draining.isDraining()));
            }
            default -> response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    private static void answer(HttpServletResponse response, Health health) throws IOException {
        response.setStatus(health.status());
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.getWriter().write(health.json());
    }
}
