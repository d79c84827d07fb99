package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
    private static final String BEFORE = "{\"a\":\"";
    private static final String AFTER = "\"}";

    @Test
    void objectInUtf8IsParsed() {
        String json = " {\"a\":[{\"a\":\"\u00e4\ud83d\ude00\\ud83d\\ude00\"}],\"b\":-1.5e3,\"type\":null}\n";
        assertThat(StrictJson.object(json.getBytes(StandardCharsets.UTF_8))).isEqualTo(Vectors.parse(json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"c0af", "e080af", "f08080af", "c080", "eda080", "eda0bdedb880", "f4908080", "80", "ff", "e282"})
    void invalidUtf8IsRejected(String hex) {
        byte[] wrong = HexFormat.of().parseHex(hex);
        byte[] json =
                (BEFORE + new String(wrong, StandardCharsets.ISO_8859_1) + AFTER).getBytes(StandardCharsets.ISO_8859_1);
        refuses(json, ErrorCode.BAD_JSON, "UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32"})
    void otherEncodingsAreRejected(String charset) {
        refuses("{\"a\":1}".getBytes(Charset.forName(charset)), ErrorCode.BAD_JSON, "JSON");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"a\":1}{}",
                "{\"a\":1} x",
                "\ufeff{\"a\":1}",
                "{'a':1}",
                "{\"a\":1,}",
                "{\"a\":1}\u0000"
            })
    void invalidJsonIsRejected(String text) {
        refuses(text.getBytes(StandardCharsets.UTF_8), ErrorCode.BAD_JSON, "not JSON");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "5", "\"{}\"", "[{\"a\":1}]"})
    void otherValuesThanObjectsAreRejected(String text) {
        refuses(text.getBytes(StandardCharsets.UTF_8), ErrorCode.BAD_MESSAGE, "object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,\"a\":1}",
                "{\"a\":1,\"\\u0061\":1}",
                "{\"x\":[{\"a\":1,\"a\":2}]}",
                "{\"a\":\"\\u0000\"}",
                "{\"a\\u0000\":1}",
                "{\"a\":\"\\ud83d\"}",
                "{\"a\":[\"\\ude00\\ud83d\"]}",
                "{\"\\udfff\":1}",
                "{\"type\":\"chunk\",\"data\":\"\\ud83d\"}"
            })
    void ambiguousJsonIsRejected(String text) {
        refuses(text.getBytes(StandardCharsets.UTF_8), ErrorCode.BAD_MESSAGE, "");
    }

    @Test
    void exponentsOutOfRangeAreRejected() {
        refuses("{\"a\":1e9999999999}".getBytes(StandardCharsets.UTF_8), ErrorCode.BAD_JSON, "exponent");
    }

    private static void refuses(byte[] bytes, ErrorCode code, String reason) {
        assertThatThrownBy(() -> StrictJson.object(bytes))
                .isInstanceOfSatisfying(InvalidMessage.class, invalid -> assertThat(invalid.code())
                        .isEqualTo(code))
                .hasMessageContaining(reason);
    }
}
