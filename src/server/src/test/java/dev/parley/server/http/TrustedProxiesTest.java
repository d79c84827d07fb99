package dev.parley.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.server.config.InvalidSettings;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
    private static final String PROXY = "10.0.0.7";
    private static final TrustedProxies PROXIES =
            new TrustedProxies(List.of("10.0.0.0/8", "192.168.7.7", "fd00::/8", "2001:db8::7"));

    private static ClientAddress from(String peer) {
        return new ClientAddress(peer, "http", "parley.internal:8080");
    }

    private static ClientAddress caller(String peer, Map<String, List<String>> headers) {
        return PROXIES.resolve(from(peer), name -> headers.getOrDefault(name, List.of()));
    }

    private static String client(String peer, String... forwardedFor) {
        return caller(peer, Map.of("X-Forwarded-For", List.of(forwardedFor))).address();
    }

    @Test
    void trustedProxyDeterminesClientAndAddress() {
        ClientAddress client = caller(
                PROXY,
                Map.of(
                        "X-Forwarded-For", List.of("203.0.113.9"),
                        "X-Forwarded-Proto", List.of("https"),
                        "X-Forwarded-Host", List.of("chat.example")));

        assertThat(client).isEqualTo(new ClientAddress("203.0.113.9", "https", "chat.example"));
        assertThat(client.origin()).isEqualTo("https://chat.example");
        assertThat(client.isSecure()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"203.0.113.9", "11.0.0.7", "192.168.7.8", "2001:db8::8", "::1", "", "unknown", "10.0.0.7.evil"})
    void headersOfUntrustedPeersAreIgnored(String peer) {
        Map<String, List<String>> headers = Map.of(
                "X-Forwarded-For", List.of("127.0.0.1"),
                "X-Forwarded-Proto", List.of("https"),
                "X-Forwarded-Host", List.of("evil.example"));

        assertThat(caller(peer, headers)).isEqualTo(from(peer));
    }

    @Test
    void noProxyIsTrustedByDefault() {
        assertThat(new TrustedProxies(List.of())
                        .resolve(from("127.0.0.1"), name -> List.of("203.0.113.9"))
                        .address())
                .isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.7",
                "10.255.255.255",
                "192.168.7.7",
                "fd12:3456::1",
                "2001:db8:0:0:0:0:0:7",
                "::ffff:10.0.0.7"
            })
    void aProxyIsTrustedHoweverItsAddressIsWritten(String peer) {
        assertThat(client(peer, "203.0.113.9")).isEqualTo("203.0.113.9");
    }

    @Test
    void aLinkLocalProxyIsTrustedWhateverItsInterface() {
        TrustedProxies linkLocal = new TrustedProxies(List.of("fe80::/10"));

        assertThat(linkLocal
                        .resolve(from("fe80:0:0:0:0:0:0:1%eth0"), name -> List.of("203.0.113.9"))
                        .address())
                .isEqualTo("203.0.113.9");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // The rightmost untrusted address; entries to its left were written by that client.
                "1.1.1.1, 203.0.113.9 | 203.0.113.9",
                "127.0.0.1, 203.0.113.9, 10.0.0.8 | 203.0.113.9",
                "203.0.113.9,10.0.0.8,192.168.7.7 | 203.0.113.9",
                "10.0.0.8, 10.0.0.9 | 10.0.0.8",
                // Addresses with ports and brackets, as proxies write them.
                "203.0.113.9:4711 | 203.0.113.9",
                "[2001:db8::1]:4711 | 2001:db8:0:0:0:0:0:1",
                "[2001:db8::1] | 2001:db8:0:0:0:0:0:1",
                "2001:db8::1 | 2001:db8:0:0:0:0:0:1",
                "::ffff:203.0.113.9 | 203.0.113.9",
                // The chain ends at an invalid entry: the client is the peer that wrote it.
                "203.0.113.9, garbage, 10.0.0.8 | 10.0.0.8",
                "203.0.113.9, | 10.0.0.7",
                "203.0.113.9, , 10.0.0.8 | 10.0.0.8",
                "unknown | 10.0.0.7",
                "_hidden | 10.0.0.7",
                "localhost | 10.0.0.7",
                "999.1.1.1 | 10.0.0.7",
                "1.1.1 | 10.0.0.7",
                "203.0.113.9:port | 10.0.0.7",
                "203.0.113.9:123456 | 10.0.0.7",
                "[203.0.113.9 | 10.0.0.7",
                "[] | 10.0.0.7",
                "[:::] | 10.0.0.7",
                ":::1 | 10.0.0.7",
                ".:1 | 10.0.0.7",
                "fe80::1%eth0 | 10.0.0.7",
                "\"203.0.113.9\" | 10.0.0.7",
                "203.0.113.9 10.0.0.8 | 10.0.0.7"
            })
    void theClientIsTheRightmostAddressThatIsNoProxy(String forwardedFor, String client) {
        assertThat(client(PROXY, forwardedFor)).isEqualTo(client);
    }

    @Test
    void headersAreReadSplitOrNot() {
        assertThat(client(PROXY, "1.1.1.1", "203.0.113.9", "10.0.0.8")).isEqualTo("203.0.113.9");
        assertThat(client(PROXY, "")).isEqualTo(PROXY);
        assertThat(client(PROXY)).isEqualTo(PROXY);
    }

    @Test
    void aHundredHopsAreNotFollowed() {
        assertThat(client(PROXY, "203.0.113.9," + String.join(",", Collections.nCopies(100, "10.0.0.8"))))
                .isEqualTo("10.0.0.8");
        assertThat(client(PROXY, "203.0.113.9," + String.join(",", Collections.nCopies(31, "10.0.0.8"))))
                .isEqualTo("203.0.113.9");
    }

    @ParameterizedTest
    @CsvSource({
        "https, https",
        "'http, https', https",
        "'https, http', http",
        "HTTPS, http",
        "wss, http",
        "'', http",
        "'https,', http"
    })
    void schemeIsThatOfTheNearestProxy(String forwarded, String scheme) {
        assertThat(caller(PROXY, Map.of("X-Forwarded-Proto", List.of(forwarded)))
                        .scheme())
                .isEqualTo(scheme);
    }

    @ParameterizedTest
    @CsvSource({
        "chat.example, chat.example",
        "chat.example:8443, chat.example:8443",
        "'evil.example, chat.example', chat.example",
        "my_host:80, my_host:80",
        "[::1]:8080, [::1]:8080",
        "'', parley.internal:8080",
        "chat.example/path, parley.internal:8080",
        "user@chat.example, parley.internal:8080",
        "chat.example:port, parley.internal:8080",
        "chat.example?x, parley.internal:8080",
        "-, parley.internal:8080",
        "'chat.example ', chat.example",
        "chat example, parley.internal:8080"
    })
    void hostIsThatOfTheNearestProxyIfValid(String forwarded, String host) {
        assertThat(caller(PROXY, Map.of("X-Forwarded-Host", List.of(forwarded))).host())
                .isEqualTo(host);
    }

    @Property
    void noForwardedHeaderCausesAnException(@ForAll String anything) {
        ClientAddress client = PROXIES.resolve(from(PROXY), name -> List.of(anything));

        assertThat(CidrRange.address(client.address())).isPresent();
        assertThat(client.scheme()).isIn("http", "https");
        assertThat(WebOrigin.normalize(client.origin())).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0/8",
                "::1/129",
                "proxy.example",
                "*",
                "/8",
                "256.0.0.1",
                "10.0.0.0/8/8",
                "0.0.0.0/0",
                "::/0",
                "0x0a.0.0.1"
            })
    void invalidRangeStopsTheStartAndIsNamed(String range) {
        assertThatThrownBy(() -> new TrustedProxies(List.of("10.0.0.0/8", range)))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining("parley.forwarded.trusted")
                .hasMessageContaining("'" + range + "'");
    }
}
