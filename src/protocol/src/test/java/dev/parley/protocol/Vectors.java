package dev.parley.protocol;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The wire vectors, from the JSON files of which the JavaScript tests read some too (protocol.md says which).
 *
 * <p>{@code client-*.json} contains the {@code text} of a frame and the expected result: a {@code message} with
 * normalized fields, an {@code error}, or several {@code answers}. {@code server.json} contains the {@code message}
 * that the server writes.
 */
final class Vectors {
    /** The expected result: either the decoded message or the error. */
    record Answer(Optional<JsonObject> message, Optional<ErrorAnswer> error) {
        static Answer of(JsonObject json) {
            return new Answer(
                    Optional.ofNullable(json.getJsonObject("message")),
                    Optional.ofNullable(json.getJsonObject("error")).map(ErrorAnswer::of));
        }
    }

    /** @param mentions a word that the text for people must contain */
    record ErrorAnswer(String code, Optional<String> id, String mentions) {
        static ErrorAnswer of(JsonObject json) {
            return new ErrorAnswer(
                    json.getString("code"),
                    Optional.ofNullable(json.getString("id", null)),
                    json.getString("mentions"));
        }
    }

    /** @param name the rule that the vector tests */
    record ClientVector(String name, String text, List<Answer> answers) {
        static ClientVector of(JsonObject json) {
            JsonArray answers = json.containsKey("answers")
                    ? json.getJsonArray("answers")
                    : Json.createArrayBuilder().add(json).build();
            return new ClientVector(
                    json.getString("name"),
                    json.getString("text"),
                    answers.getValuesAs(JsonObject.class).stream()
                            .map(Answer::of)
                            .toList());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private Vectors() {}

    static Stream<ClientVector> client() {
        return Stream.of(clientValid(), clientInvalid(), clientBatch()).flatMap(vectors -> vectors);
    }

    static Stream<ClientVector> clientValid() {
        return read("client-valid.json").map(ClientVector::of);
    }

    static Stream<ClientVector> clientInvalid() {
        return read("client-invalid.json").map(ClientVector::of);
    }

    static Stream<ClientVector> clientBatch() {
        return read("client-batch.json").map(ClientVector::of);
    }

    static Stream<JsonObject> server() {
        return read("server.json");
    }

    static JsonObject parse(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static Stream<JsonObject> read(String file) {
        try (JsonReader reader = Json.createReader(Vectors.class.getResourceAsStream("/vectors/" + file))) {
            return reader.readArray().getValuesAs(JsonObject.class).stream();
        }
    }
}
