package dev.parley.server.api;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Map;

/**
 * {@code /api}: the HTTP API for other programs. Resources are found by their {@code @Path}. Each needs a token unless
 * it is annotated with {@link Open}, and each must be described in {@code openapi.json}.
 */
@ApplicationPath("api")
public class ApiApplication extends Application {
    /**
     * Turns off Jersey's answer to OPTIONS, a description that names our classes. Other implementations ignore the
     * property.
     */
    @Override
    public Map<String, Object> getProperties() {
        return Map.of("jersey.config.server.wadl.disableWadl", true);
    }
}
