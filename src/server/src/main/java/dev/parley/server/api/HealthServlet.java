package dev.parley.server.api;

import dev.parley.server.session.Draining;
import dev.parley.server.store.MessageStore;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * {@code /health/live} and {@code /health/ready} in the JSON of MicroProfile Health 4.0, section 3.2, on every server,
 * whether or not it has MicroProfile. 200 for UP, 503 for DOWN.
 */
@WebServlet("/health/*")
public class HealthServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Duration STORE_DEADLINE = Duration.ofSeconds(2);

    @Inject
    private transient MessageStore store;

    @Inject
    private transient Draining draining;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getPathInfo() == null ? "" : request.getPathInfo();
        switch (path) {
            case "/live" -> answer(response, Map.of());
            case "/ready" -> answer(response, readiness());
            default -> response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    private Map<String, Boolean> readiness() {
        Map<String, Boolean> checks = new LinkedHashMap<>();
        checks.put("store", store.isReachable(STORE_DEADLINE));
        checks.put("accepting", !draining.isDraining());
        return checks;
    }

    private static void answer(HttpServletResponse response, Map<String, Boolean> checks) throws IOException {
        JsonArrayBuilder details = Json.createArrayBuilder();
        checks.forEach((name, isUp) ->
                details.add(Json.createObjectBuilder().add("name", name).add("status", word(isUp))));
        boolean isUp = !checks.containsValue(false);
        response.setStatus(isUp ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.getWriter()
                .write(Json.createObjectBuilder()
                        .add("status", word(isUp))
                        .add("checks", details)
                        .build()
                        .toString());
    }

    private static String word(boolean isUp) {
        return isUp ? "UP" : "DOWN";
    }
}
