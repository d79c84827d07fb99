package dev.parley.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.InvalidMessage;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBodyTest {
    @ParameterizedTest
    @ValueSource(strings = {"{}", " {\"name\":\"你\",\"inner\":{\"name\":[]}} \n"})
    void jsonObjectIsAccepted(String body) {
        assertThat(RequestBody.object(body.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(Json.createReader(new StringReader(body)).readObject());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "1",
                "null",
                "{}{}",
                "{} x",
                "{}]",
                "{\"name\":1,\"name\":1}",
                "{\"name\":1,\"n\\u0061me\":2}",
                "{\"inner\":{\"name\":1,\"name\":1}}",
                "{\"name\":1e9999999999}",
                "\uFEFF{}",
                "// comment\n{}"
            })
    void everythingElseIsRefusedWithAReason(String body) {
        assertThatThrownBy(() -> RequestBody.object(body.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(InvalidMessage.class)
                .hasMessageEndingWith(".");
    }

    @Test
    void noMoreIsReadThanWasAnnounced() {
        assertThat(RequestBody.bytesToRead(announced("17"), RequestBody.LENGTH_MAX)).isEqualTo(17);
        assertThat(RequestBody.bytesToRead(announced("0"), RequestBody.LENGTH_MAX)).isZero();
        for (String unknown : List.of("16385", "999999999", "99999999999999999999", "-1", "many")) {
            assertThat(RequestBody.bytesToRead(announced(unknown), RequestBody.LENGTH_MAX))
                    .isEqualTo(RequestBody.LENGTH_MAX + 1);
        }
        assertThat(RequestBody.bytesToRead(new MultivaluedHashMap<>(), RequestBody.LENGTH_MAX))
                .isEqualTo(RequestBody.LENGTH_MAX + 1);
    }

    private static MultivaluedHashMap<String, String> announced(String length) {
        return new MultivaluedHashMap<>(Map.of("Content-Length", length));
    }

    @Test
    void otherEncodingsAreRefused() {
        for (var charset : new java.nio.charset.Charset[] {
            StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.ISO_8859_1
        }) {
            assertThatThrownBy(() -> RequestBody.object("{\"name\":\"ä\"}".getBytes(charset)))
                    .as(charset.name())
                    .isInstanceOf(InvalidMessage.class);
        }
    }

    @Test
    void refusedTextIsNotRepeatedInFull() {
        String body = "{" + "x".repeat(10_000);

        assertThatThrownBy(() -> RequestBody.object(body.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOfSatisfying(InvalidMessage.class, invalid -> assertThat(invalid.getMessage())
                        .hasSizeLessThan(200));
    }

    @Test
    void resourceGetsTheObjectThatWasChecked() throws IOException {
        ReaderInterceptorContext context = context(JsonObject.class, () -> {
            throw new AssertionError("The body would be parsed again.");
        });

        assertThat(new RequestBody().aroundReadFrom(context))
                .isEqualTo(Json.createObjectBuilder().add("name", 1).build());
    }

    @Test
    void resourceOfAnotherTypeGetsTheServersResult() {
        assertThat(RequestBody.bound(context(Map.class, () -> Map.of("name", 1)), new byte[0]))
                .isEqualTo(Map.of("name", 1));
    }

    @Test
    void resultOfAnotherTypeIsRefused() {
        assertBadJson(context(Map.class, () -> JsonValue.EMPTY_JSON_ARRAY));
        assertBadJson(context(JsonArray.class, () -> JsonValue.EMPTY_JSON_OBJECT));
        assertBadJson(context(Map.class, () -> null));
    }

    @Test
    void everyExceptionOfTheServersParserMeansBadJson() {
        for (Exception thrown : List.of(
                new IOException("nesting"), new JsonException("nesting"), new IllegalStateException("nesting"))) {
            assertBadJson(context(Map.class, () -> {
                throw thrown;
            }));
        }
    }

    private static void assertBadJson(ReaderInterceptorContext context) {
        assertThatThrownBy(() -> RequestBody.bound(context, new byte[0]))
                .isInstanceOfSatisfying(InvalidMessage.class, invalid -> assertThat(invalid.code())
                        .isEqualTo(ErrorCode.BAD_JSON))
                .hasMessageEndingWith(".")
                .hasMessageNotContaining("nesting");
    }

    /** A request that takes a type. The server's result for it is the parser's. */
    private static ReaderInterceptorContext context(Class<?> type, Callable<Object> parser) {
        return (ReaderInterceptorContext) Proxy.newProxyInstance(
                RequestBodyTest.class.getClassLoader(),
                new Class<?>[] {ReaderInterceptorContext.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getType" -> type;
                    case "getMediaType" -> MediaType.APPLICATION_JSON_TYPE;
                    case "getHeaders" -> announced("10");
                    case "getInputStream" -> new ByteArrayInputStream("{\"name\":1}".getBytes(StandardCharsets.UTF_8));
                    case "setInputStream" -> null;
                    case "proceed" -> parser.call();
                    default -> throw new UnsupportedOperationException(method.toString());
                });
    }
}
