package dev.parley.server.api;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import java.util.Map;

/**
 * The answer to a health check, in the JSON of MicroProfile Health 4.0, section 3.2.
 *
 * @param checks by name, whether each is up; all must be
 */
record Health(Map<String, Boolean> checks) {
    /** The process runs, which the answer itself shows. */
    static Health live() {
        return new Health(Map.of());
    }

    static Health ready(boolean isStoreReachable, boolean isDraining) {
        return new Health(Map.of("store", isStoreReachable, "accepting", !isDraining));
    }

    boolean isUp() {
        return !checks.containsValue(false);
    }

    /** 200 for UP, 503 for DOWN. */
    int status() {
        return isUp() ? 200 : 503;
    }

    String json() {
        JsonArrayBuilder details = Json.createArrayBuilder();
        checks.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(check -> details.add(
                        Json.createObjectBuilder().add("name", check.getKey()).add("status", word(check.getValue()))));
        return Json.createObjectBuilder()
                .add("status", word(isUp()))
                .add("checks", details)
                .build()
                .toString();
    }

    private static String word(boolean isUp) {
        return isUp ? "UP" : "DOWN";
    }
}
