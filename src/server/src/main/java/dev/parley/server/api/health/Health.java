package dev.parley.server.api.health;

import dev.parley.server.session.NodeHealth.Check;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.util.List;

/**
 * The response to a health check, in the JSON of MicroProfile Health 4.0, section 3.2.
 *
 * @param checks the checks, all of which must be up
 */
record Health(List<Check> checks) {
    boolean isUp() {
        return checks.stream().allMatch(Check::isUp);
    }

    /** The HTTP status: 200 for UP, 503 for DOWN. */
    int status() {
        return isUp() ? 200 : 503;
    }

    String json() {
        JsonArrayBuilder details = Json.createArrayBuilder();
        checks.forEach(check -> details.add(json(check)));
        return Json.createObjectBuilder()
                .add("status", word(isUp()))
                .add("checks", details)
                .build()
                .toString();
    }

    private static JsonObjectBuilder json(Check check) {
        JsonObjectBuilder json =
                Json.createObjectBuilder().add("name", check.name()).add("status", word(check.isUp()));
        check.problem()
                .ifPresent(
                        problem -> json.add("data", Json.createObjectBuilder().add("problem", problem)));
        return json;
    }

    private static String word(boolean isUp) {
        return isUp ? "UP" : "DOWN";
    }
}
