package dev.parley.server.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.server.config.InvalidSettings;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
    private static final String SELF = "http://localhost:8080";

    @ParameterizedTest
    @ValueSource(strings = {SELF, "HTTP://LOCALHOST:8080", "http://LocalHost:8080"})
    void selfIsTheHostThatServesThePage(String origin) {
        assertThat(allowing("self").allow(List.of(origin), SELF)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "NULL",
                "self",
                "*",
                "localhost:8080",
                "//localhost:8080",
                "https://localhost:8080",
                "ws://localhost:8080",
                "http://localhost",
                "http://localhost:80",
                "http://localhost:8081",
                "http://localhost:08080a",
                "http://localhost.evil.com",
                "http://localhost.evil.com:8080",
                "http://localhost:8080.evil.com",
                "http://evil-localhost:8080",
                "http://evil.com/localhost:8080",
                "http://localhost@evil.com:8080",
                "http://evil.com@localhost:8080",
                "http://localhost:8080@evil.com",
                "http://localhost.:8080",
                "http://127.0.0.1:8080",
                "http://[::1]:8080",
                "http://localhost:8080/",
                "http://localhost:8080/path",
                "http://localhost:8080?query",
                "http://localhost:8080#fragment",
                "http://localhost:8080 http://evil.com",
                "http://localhost:8080,http://evil.com",
                "http://localhost:8080\\evil.com",
                "http://localhost:8080\tx",
                "http:localhost:8080",
                "file:",
                "file://",
                "file:///index.html",
                "about:blank",
                "data:text/html,x",
                "blob:http://localhost:8080/1",
                "javascript:1",
                "mailto:someone@localhost"
            })
    void whatOnlyLooksLikeSelfIsRefused(String origin) {
        assertThat(allowing("self").allow(List.of(origin), SELF)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.example, http://a.example:80",
        "https://a.example, https://a.example:443",
        "http://a.example:80, http://a.example",
        "https://a.example:443, https://a.example",
        "http://[::1]:8080, http://[::1]:8080",
        "http://[2001:DB8::A], http://[2001:db8::a]:80"
    })
    void aListedOriginIsAllowedWithItsDefaultPortWrittenOrNot(String listed, String origin) {
        assertThat(allowing(listed).allow(List.of(origin), SELF)).isTrue();
    }

    @Test
    void aListWithoutSelfRefusesSelf() {
        Origins origins = allowing("https://a.example");

        assertThat(origins.allow(List.of(SELF), SELF)).isFalse();
        assertThat(origins.allow(List.of("http://a.example"), SELF)).isFalse();
        assertThat(origins.allow(List.of("https://b.a.example"), SELF)).isFalse();
    }

    @Test
    void selfIsTheAddressOfThisRequestNotOfAnother() {
        assertThat(allowing("self").allow(List.of("https://a.example"), "https://a.example"))
                .isTrue();
        assertThat(allowing("self").allow(List.of("https://a.example"), "https://b.example"))
                .isFalse();
    }

    @Test
    void selfMayHaveAnUnderscoreInItsName() {
        assertThat(allowing("self").allow(List.of("http://my_host:8080"), "http://My_Host:8080"))
                .isTrue();
        assertThat(allowing("self").allow(List.of("https://my_host"), "https://my_host:443"))
                .isTrue();
        assertThat(allowing("https://a_b.example").allow(List.of("https://a_b.example:443"), SELF))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://my_host",
                "http://my_host:80",
                "https://my_host:8080",
                "http://my_host:8080x",
                "http://my_host:08080",
                "http://my_host:",
                "http://my-host:8080",
                "http://user@my_host:8080",
                "http://my_host:8080@evil.com",
                "http://my_host:8080/",
                "http://my_host.evil.com:8080",
                "http://my_host:8080,http://evil.com",
                "http://[my_host]:8080",
                "http://m%79_host:8080"
            })
    void whatOnlyLooksLikeANameWithAnUnderscoreIsRefused(String origin) {
        assertThat(allowing("self").allow(List.of(origin), "http://my_host:8080"))
                .isFalse();
    }

    @Test
    void aRequestWithoutAUsableAddressHasNoSelf() {
        assertThat(allowing("self").allow(List.of("about:blank"), "http://")).isFalse();
        assertThat(allowing("self").allow(List.of(SELF), "http://")).isFalse();
    }

    @Test
    void nullIsAllowedOnlyWhereListed() {
        assertThat(allowing("self", "null").allow(List.of("null"), SELF)).isTrue();
        assertThat(allowing("self").allow(List.of("null"), SELF)).isFalse();
        assertThat(allowing("self").allow(List.of("null"), "null")).isFalse();
    }

    @Test
    void twoOriginsAreRefusedEvenWhereEachIsAllowed() {
        assertThat(allowing("self").allow(List.of(SELF, SELF), SELF)).isFalse();
    }

    @Test
    void noOriginIsAllowedUnlessOneIsRequired() {
        assertThat(new Origins(List.of("self"), false).allow(List.of(), SELF)).isTrue();
        assertThat(new Origins(List.of("self"), true).allow(List.of(), SELF)).isFalse();
        assertThat(new Origins(List.of("self"), true).allow(List.of(SELF), SELF))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost:8080", "*", "http://*.example", "https://a.example/", "about:blank", "http://a b", ""
            })
    void aWrongListStopsTheStartWithATextThatNamesIt(String listed) {
        assertThatThrownBy(() -> allowing("self", listed))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining("parley.origins holds '" + listed + "'")
                .hasMessageContaining("scheme://host:port");
    }

    @Test
    void theConfiguratorRefusesWhatNoAddressWouldAllow() {
        Origins origins = allowing("https://a.example");

        assertThat(origins.mightAllow("https://a.example")).isTrue();
        assertThat(origins.mightAllow("https://evil.com")).isFalse();
        assertThat(origins.mightAllow("null")).isFalse();
        assertThat(allowing("self").mightAllow("https://any.example")).isTrue();
        assertThat(allowing("self").mightAllow("about:blank")).isFalse();
    }

    @Test
    void containersTellTheConfiguratorOfAMissingOriginAsNullOrEmpty() {
        assertThat(allowing("self").mightAllow(null)).isTrue();
        assertThat(allowing("self").mightAllow("")).isTrue();
        assertThat(new Origins(List.of("self"), true).mightAllow(null)).isFalse();
    }

    @Property
    void anyOtherTextIsRefusedAndNeverThrows(@ForAll String header) {
        assertThat(allowing("self").allow(List.of(header), SELF)).isEqualTo(header.equalsIgnoreCase(SELF));
    }

    private static Origins allowing(String... origins) {
        return new Origins(List.of(origins), false);
    }
}
