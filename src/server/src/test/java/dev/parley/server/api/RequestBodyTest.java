package dev.parley.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBodyTest {
    @ParameterizedTest
    @ValueSource(strings = {"{}", " {\"name\":\"你\",\"inner\":{\"name\":[]}} \n"})
    void jsonObjectIsAccepted(String body) {
        assertThat(RequestBody.fault(body.getBytes(StandardCharsets.UTF_8))).isEmpty();
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
                "\uFEFF{}",
                "// comment\n{}"
            })
    void everythingElseIsRefusedWithAReason(String body) {
        assertThat(RequestBody.fault(body.getBytes(StandardCharsets.UTF_8)))
                .hasValueSatisfying(fault -> assertThat(fault).endsWith("."));
    }

    @Test
    void otherEncodingsAreRefused() {
        for (var charset : new java.nio.charset.Charset[] {
            StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.ISO_8859_1
        }) {
            assertThat(RequestBody.fault("{\"name\":\"ä\"}".getBytes(charset)))
                    .as(charset.name())
                    .isPresent();
        }
    }

    @Test
    void refusedTextIsNotRepeatedInFull() {
        String body = "{" + "x".repeat(10_000);

        assertThat(RequestBody.fault(body.getBytes(StandardCharsets.UTF_8)).orElseThrow())
                .hasSizeLessThan(200);
    }
}
