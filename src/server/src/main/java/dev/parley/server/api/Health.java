package dev.parley.server.api;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.util.Map;
import java.util.Optional;

/**
 * The answer to a health check, in the JSON of MicroProfile Health 4.0, section 3.2.
 *
 * @param checks by name, whether each is up; all must be
 * @param problems by name of the check, for people; also where it is up
 */
record Health(Map<String, Boolean> checks, Map<String, String> problems) {
    /** The process runs, which the answer itself shows. */
    static Health live() {
        return new Health(Map.of(), Map.of());
    }

    static Health ready(boolean isStoreReachable, Optional<String> storeProblem, boolean isDraining) {
        return new Health(
                Map.of("store", isStoreReachable, "accepting", !isDraining),
                storeProblem.map(problem -> Map.of("store", problem)).orElse(Map.of()));
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
                .forEach(check -> details.add(json(check.getKey(), check.getValue())));
        return Json.createObjectBuilder()
                .add("status", word(isUp()))
                .add("checks", details)
                .build()
                .toString();
    }

    private JsonObjectBuilder json(String name, boolean isUp) {
        JsonObjectBuilder check = Json.createObjectBuilder().add("name", name).add("status", word(isUp));
        return problems.containsKey(name)
                ? check.add("data", Json.createObjectBuilder().add("problem", problems.get(name)))
                : check;
    }

    private static String word(boolean isUp) {
        return isUp ? "UP" : "DOWN";
    }
}
