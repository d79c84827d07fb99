package dev.parley.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MediaTypeSyntaxTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "*/*",
                "application/json",
                "application/problem+json;q=0.9, application/json;q=1.000 ,text/*;q=.5",
                "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
                "a/b;c=\"x;\\\",y\";q=0",
                "a/b;,,c/d",
                "a/b;q=0."
            })
    void validAcceptIsAccepted(String accept) {
        assertThat(MediaTypeSyntax.isList(accept)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a/",
                "/b",
                "a b/c",
                "a/b;q=x",
                "a/b;q=",
                "a/b;q",
                "a/b;Q=2",
                "a/b;q=-1",
                "a/b;q=NaN",
                "a/b;q=\"1\"",
                "a/b;=x",
                "a/b;c=\"",
                "a/b c/d",
                "é/x",
                "a/b;q=0.1.2"
            })
    void invalidAcceptIsRefused(String accept) {
        assertThat(MediaTypeSyntax.isList(accept)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/json", " application/json ; charset=\"UTF-8\" ", "multipart/form-data;boundary=x"})
    void contentTypeIsOneType(String contentType) {
        assertThat(MediaTypeSyntax.isOne(contentType)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "a/b, c/d", "a/b;q=x", "a/b; c", "a/b;c=\"x", "*"})
    void invalidContentTypeIsRefused(String contentType) {
        assertThat(MediaTypeSyntax.isOne(contentType)).isFalse();
    }

    @Test
    void longHeadersAreRefusedWithoutAnOverflow() {
        for (String part : new String[] {";", ",", "a/b,", "a/b;a=b;", "\\a", "\"", "a/b;c=\"" + "\\a".repeat(1_000)}) {
            String longest = part.repeat(MediaTypeSyntax.LENGTH_MAX / part.length());
            MediaTypeSyntax.isList(longest);
            MediaTypeSyntax.isOne(longest);
            assertThat(MediaTypeSyntax.isList(part.repeat(MediaTypeSyntax.LENGTH_MAX + 1)))
                    .isFalse();
        }
    }
}
