package dev.parley.server.auth;

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

class AllowedOriginsTest {
    private static final String SELF = "http://localhost:8080";

    @ParameterizedTest
    @ValueSource(strings = {SELF, "HTTP://LOCALHOST:8080", "http://LocalHost:8080"})
    void selfIsTheHostThatServesThePage(String origin) {
        assertThat(allowing("self").isAllowed(List.of(origin), SELF)).isTrue();
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
    void lookalikesOfSelfAreRefused(String origin) {
        assertThat(allowing("self").isAllowed(List.of(origin), SELF)).isFalse();
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
    void listedOriginIsAllowedWithOrWithoutDefaultPort(String listed, String origin) {
        assertThat(allowing(listed).isAllowed(List.of(origin), SELF)).isTrue();
    }

    @Test
    void aListWithoutSelfRefusesSelf() {
        AllowedOrigins origins = allowing("https://a.example");

        assertThat(origins.isAllowed(List.of(SELF), SELF)).isFalse();
        assertThat(origins.isAllowed(List.of("http://a.example"), SELF)).isFalse();
        assertThat(origins.isAllowed(List.of("https://b.a.example"), SELF)).isFalse();
    }

    @Test
    void selfIsTheAddressOfThisRequestOnly() {
        assertThat(allowing("self").isAllowed(List.of("https://a.example"), "https://a.example"))
                .isTrue();
        assertThat(allowing("self").isAllowed(List.of("https://a.example"), "https://b.example"))
                .isFalse();
    }

    @Test
    void selfMayContainAnUnderscore() {
        assertThat(allowing("self").isAllowed(List.of("http://my_host:8080"), "http://My_Host:8080"))
                .isTrue();
        assertThat(allowing("self").isAllowed(List.of("https://my_host"), "https://my_host:443"))
                .isTrue();
        assertThat(allowing("https://a_b.example").isAllowed(List.of("https://a_b.example:443"), SELF))
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
    void lookalikesOfNamesWithUnderscoresAreRefused(String origin) {
        assertThat(allowing("self").isAllowed(List.of(origin), "http://my_host:8080"))
                .isFalse();
    }

    @Test
    void aRequestWithoutAUsableAddressHasNoSelf() {
        assertThat(allowing("self").isAllowed(List.of("about:blank"), "http://"))
                .isFalse();
        assertThat(allowing("self").isAllowed(List.of(SELF), "http://")).isFalse();
    }

    @Test
    void nullIsAllowedOnlyIfListed() {
        assertThat(allowing("self", "null").isAllowed(List.of("null"), SELF)).isTrue();
        assertThat(allowing("self").isAllowed(List.of("null"), SELF)).isFalse();
        assertThat(allowing("self").isAllowed(List.of("null"), "null")).isFalse();
    }

    @Test
    void twoOriginsAreRefusedEvenIfEachIsAllowed() {
        assertThat(allowing("self").isAllowed(List.of(SELF, SELF), SELF)).isFalse();
    }

    @Test
    void noOriginIsAllowedUnlessOneIsRequired() {
        assertThat(new AllowedOrigins(List.of("self"), false).isAllowed(List.of(), SELF))
                .isTrue();
        assertThat(new AllowedOrigins(List.of("self"), true).isAllowed(List.of(), SELF))
                .isFalse();
        assertThat(new AllowedOrigins(List.of("self"), true).isAllowed(List.of(SELF), SELF))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost:8080", "*", "http://*.example", "https://a.example/", "about:blank", "http://a b", ""
            })
    void invalidListStopsTheStartAndIsNamed(String listed) {
        assertThatThrownBy(() -> allowing("self", listed))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining("parley.origins holds '" + listed + "'")
                .hasMessageContaining("scheme://host:port");
    }

    @Test
    void configuratorRefusesWhatNoAddressWouldAllow() {
        AllowedOrigins origins = allowing("https://a.example");

        assertThat(origins.isAllowedForSomeHost("https://a.example")).isTrue();
        assertThat(origins.isAllowedForSomeHost("https://evil.com")).isFalse();
        assertThat(origins.isAllowedForSomeHost("null")).isFalse();
        assertThat(allowing("self").isAllowedForSomeHost("https://any.example")).isTrue();
        assertThat(allowing("self").isAllowedForSomeHost("about:blank")).isFalse();
    }

    @Test
    void missingOriginIsNullOrEmptyInTheConfigurator() {
        assertThat(allowing("self").isAllowedForSomeHost(null)).isTrue();
        assertThat(allowing("self").isAllowedForSomeHost("")).isTrue();
        assertThat(new AllowedOrigins(List.of("self"), true).isAllowedForSomeHost(null))
                .isFalse();
    }

    @Property
    void anyOtherTextIsRefusedWithoutAnException(@ForAll String header) {
        assertThat(allowing("self").isAllowed(List.of(header), SELF)).isEqualTo(header.equalsIgnoreCase(SELF));
    }

    private static AllowedOrigins allowing(String... origins) {
        return new AllowedOrigins(List.of(origins), false);
    }
}
