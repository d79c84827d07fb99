package dev.parley.server.api;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Map;

/**
 * {@code /api}: what other programs ask over HTTP. Resources are found by their {@code @Path}; each needs a token
 * unless it says {@code @PermitAll}, and each belongs into {@code openapi.json}.
 */
@ApplicationPath("api")
public class ApiApplication extends Application {
    /**
     * Jersey would answer OPTIONS with a description of its own, which names our classes. Others do not know the name.
     */
    @Override
    public Map<String, Object> getProperties() {
        return Map.of("jersey.config.server.wadl.disableWadl", true);
    }
}
