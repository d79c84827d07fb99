package dev.parley.acceptance.support;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Optional;

/** Checks answers against the served OpenAPI document. Supports the part of JSON Schema that the document uses. */
public final class OpenApi {
    private final JsonObject document;

    public OpenApi(String document) {
        this.document = JsonText.value(document).asJsonObject();
    }

    /** @param path path of the request, without a leading slash */
    public void check(String method, String path, HttpResponse<String> response) {
        String asked = method + " " + path + ": " + response.statusCode();
        JsonObject described = operation(method, "/" + path.replaceFirst("\\?.*", ""))
                .map(operation -> answer(operation.getJsonObject("responses"), response.statusCode()))
                // A request that matches no operation is refused with a problem.
                .orElseGet(
                        () -> document.getValue("/components/responses/Problem").asJsonObject());
        if (!described.containsKey("content")) {
            assertThat(response.body()).as(asked).isEmpty();
            return;
        }
        String mediaType =
                response.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
        JsonObject content = described.getJsonObject("content");
        assertThat(content.keySet()).as(asked).containsAnyOf(mediaType, "*/*");
        Optional.ofNullable(content.getJsonObject(mediaType))
                .map(body -> body.getJsonObject("schema"))
                .ifPresent(schema -> check(schema, JsonText.value(response.body()), asked));
    }

    private Optional<JsonObject> operation(String method, String path) {
        return document.getJsonObject("paths").entrySet().stream()
                .filter(template -> path.matches(template.getKey().replaceAll("\\{[^}]+}", "[^/]+")))
                .map(template -> template.getValue().asJsonObject().getJsonObject(method.toLowerCase(Locale.ROOT)))
                .filter(operation -> operation != null)
                .findFirst();
    }

    private JsonObject answer(JsonObject responses, int status) {
        JsonObject own = responses.getJsonObject(Integer.toString(status));
        assertThat(own != null || status >= 400)
                .as("status " + status + " is described")
                .isTrue();
        return resolved(own == null ? responses.getJsonObject("default") : own);
    }

    private JsonObject resolved(JsonObject described) {
        return described.containsKey("$ref")
                ? document.getValue(described.getString("$ref").substring(1)).asJsonObject()
                : described;
    }

    private void check(JsonObject unresolved, JsonValue value, String at) {
        JsonObject schema = resolved(unresolved);
        if (schema.containsKey("const")) {
            assertThat(value).as(at).isEqualTo(schema.get("const"));
        }
        if (schema.containsKey("enum")) {
            assertThat(schema.getJsonArray("enum")).as(at).contains(value);
        }
        if (schema.containsKey("type")) {
            assertThat(isOfType(value, schema.getString("type")))
                    .as(at + ", " + value + " is of type " + schema.getString("type"))
                    .isTrue();
        }
        if (value instanceof JsonNumber number) {
            assertThat(number.longValue())
                    .as(at)
                    .isBetween(
                            schema.getJsonNumber("minimum") == null
                                    ? Long.MIN_VALUE
                                    : schema.getJsonNumber("minimum").longValue(),
                            schema.getJsonNumber("maximum") == null
                                    ? Long.MAX_VALUE
                                    : schema.getJsonNumber("maximum").longValue());
        }
        if (value instanceof JsonArray array && schema.containsKey("items")) {
            array.forEach(item -> check(schema.getJsonObject("items"), item, at + "[]"));
        }
        if (value instanceof JsonObject object && schema.containsKey("properties")) {
            JsonObject properties = schema.getJsonObject("properties");
            assertThat(object.keySet())
                    .as(at)
                    .containsAll(schema.getJsonArray("required").getValuesAs(JsonString::getString))
                    .isSubsetOf(properties.keySet());
            object.forEach((name, member) -> check(properties.getJsonObject(name), member, at + "." + name));
        }
    }

    private static boolean isOfType(JsonValue value, String type) {
        return switch (type) {
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray;
            case "string" -> value instanceof JsonString;
            case "integer" -> value instanceof JsonNumber number && number.isIntegral();
            case "boolean" -> value == JsonValue.TRUE || value == JsonValue.FALSE;
            default -> throw new AssertionError("The document uses the type " + type + ", which is not known here.");
        };
    }
}
