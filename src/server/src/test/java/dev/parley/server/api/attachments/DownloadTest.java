package dev.parley.server.api.attachments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Attachment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DownloadTest {
    private static Attachment file(String name, String mediaType) {
        return new Attachment("f", name, mediaType, 3, Attachment.href("f"));
    }

    private static String header(Attachment file, String name) {
        return Download.headers(file).get(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/html",
                "application/xhtml+xml",
                "image/svg+xml",
                "text/xml",
                "application/xml",
                "text/javascript",
                "application/javascript",
                "application/x-shockwave-flash",
                "application/json",
                "multipart/x-mixed-replace",
                "text/css",
                "application/wasm",
                "x/y"
            })
    void activeContentIsServedAsBytesToSave(String mediaType) {
        assertThat(header(file("a", mediaType), "Content-Type")).isEqualTo("application/octet-stream");
        assertThat(header(file("a", mediaType), "Content-Disposition")).startsWith("attachment;");
    }

    @ParameterizedTest
    @CsvSource({
        "image/png,image/png,inline",
        "image/jpeg,image/jpeg,inline",
        "application/pdf,application/pdf,attachment",
        "text/plain,text/plain;charset=UTF-8,attachment",
        "video/mp4,video/mp4,attachment"
    })
    void passiveContentKeepsItsType(String mediaType, String contentType, String disposition) {
        assertThat(header(file("a", mediaType), "Content-Type")).isEqualTo(contentType);
        assertThat(header(file("a", mediaType), "Content-Disposition")).startsWith(disposition + ";");
    }

    @Test
    void namesAreEncodedInTheHeader() {
        assertThat(header(file("a \"b\";\r\n你.png", "image/png"), "Content-Disposition"))
                .isEqualTo("inline; filename*=UTF-8''a%20%22b%22%3B%0D%0A%E4%BD%A0.png");
    }

    @Test
    void headersForbidSniffingFramingAndSharing() {
        assertThat(Download.headers(file("a", "image/png")))
                .containsEntry("X-Content-Type-Options", "nosniff")
                .containsEntry("Cross-Origin-Resource-Policy", "same-origin")
                .hasEntrySatisfying("Content-Security-Policy", policy -> assertThat(policy)
                        .contains("sandbox", "default-src 'none'", "frame-ancestors 'none'"))
                .hasEntrySatisfying("Cache-Control", cache -> assertThat(cache).startsWith("private"));
    }
}
