package dev.parley.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.InvalidMessage;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
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
        Map<String, Object> request = Map.of(
                "getType", JsonObject.class,
                "getMediaType", MediaType.APPLICATION_JSON_TYPE,
                "getInputStream", new ByteArrayInputStream("{\"name\":1}".getBytes(StandardCharsets.UTF_8)));
        ReaderInterceptorContext context = (ReaderInterceptorContext) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ReaderInterceptorContext.class},
                (proxy, method, arguments) -> Optional.ofNullable(request.get(method.getName()))
                        .orElseThrow(() -> new AssertionError(method + " would parse the body again")));

        assertThat(new RequestBody().aroundReadFrom(context))
                .isEqualTo(Json.createObjectBuilder().add("name", 1).build());
    }
}
