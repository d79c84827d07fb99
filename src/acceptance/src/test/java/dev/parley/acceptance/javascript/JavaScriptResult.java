package dev.parley.acceptance.javascript;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What became of one test, as {@code json-lines-reporter.js} writes it.
 *
 * @param file of the test
 * @param name with the names of the suites around it
 * @param problem empty for a test that has passed
 */
record JavaScriptResult(Path file, String name, String problem) {
    static Stream<JavaScriptResult> read(String lines) {
        return lines.lines().filter(line -> !line.isBlank()).map(JavaScriptResult::parse);
    }

    private static JavaScriptResult parse(String line) {
        try (JsonReader reader = Json.createReader(new StringReader(line))) {
            JsonObject result = reader.readObject();
            return new JavaScriptResult(
                    Path.of(result.getString("file")), result.getString("name"), result.getString("problem"));
        }
    }
}
