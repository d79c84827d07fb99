package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accepted and refused handshakes. They use raw sockets, because clients do not send invalid ones. */
class HandshakeIT extends ArquillianTest {
    private static final int PARALLEL = 500;

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of("parley.token.secret", Tokens.SECRET));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/chat", "/chat;x=1", "/%63hat", "/monitor", "/text", "/text;x=1"})
    void foreignOriginsAreRefusedOnEveryEndpoint(String path) {
        String own = "http://" + http().getAuthority();
        List<List<String>> foreign = List.of(
                List.of("http://evil.example"),
                List.of("null"),
                List.of(own, "http://evil.example"),
                List.of(own, own),
                List.of(own + ".evil.example"),
                List.of(own.replace("http:", "https:")),
                List.of(own + "0"),
                List.of(own + "/"),
                List.of("http://user@" + http().getAuthority()),
                List.of(""));
        for (List<String> origins : foreign) {
            String[] headers =
                    origins.stream().map(origin -> "Origin: " + origin).toArray(String[]::new);
            HttpHandshake.Response response = handshake("GET", path, HttpHandshake.headersWith(http(), headers));
            assertThat(response.status()).as("%s from %s", path, origins).isEqualTo(403);
            assertThat(response.header("Content-Type").orElseThrow()).startsWith("application/problem+json");
            assertThat(response.body()).contains("\"code\":\"forbidden\"", "parley.origins");
        }
    }

    @Test
    void ownOriginAndNoOriginAreAccepted() {
        assertThat(handshake("GET", "/chat", HttpHandshake.properHeaders(http()))
                        .status())
                .isEqualTo(101);
        String own = "Origin: http://" + http().getAuthority();
        assertThat(handshake("GET", "/chat", HttpHandshake.headersWith(http(), own))
                        .status())
                .isEqualTo(101);
    }

    @Test
    void forwardedHeadersOfUntrustedPeersAreIgnored() {
        assertThat(handshake(
                                "GET",
                                "/chat",
                                HttpHandshake.headersWith(
                                        http(),
                                        "Origin: https://evil.example",
                                        "X-Forwarded-Proto: https",
                                        "X-Forwarded-Host: evil.example",
                                        "X-Forwarded-For: 127.0.0.1"))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void ownOriginMayContainAnUnderscore() {
        List<String> headers = new ArrayList<>(HttpHandshake.headersWith(http(), "Origin: http://my_host:8080"));
        headers.set(0, "Host: my_host:8080");
        assertThat(handshake("GET", "/chat", headers).status()).isEqualTo(101);
        headers.set(0, "Host: my_other_host:8080");
        assertThat(handshake("GET", "/chat", headers).status()).isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, Upgrade: websocket, 405",
        "GET, Upgrade: h2c, 426",
        "GET, Sec-WebSocket-Version: 8, 426",
        "GET, Sec-WebSocket-Key: abc, 400",
        "GET, Authorization: Bearer nonsense, 401",
        "GET, Authorization: Basic dTpw, 401"
    })
    void invalidHandshakesGetAStatusAndAReason(String method, String header, int status) {
        String name = header.substring(0, header.indexOf(':') + 1);
        List<String> headers = new ArrayList<>(HttpHandshake.properHeaders(http()));
        headers.removeIf(proper -> proper.startsWith(name));
        headers.add(header);

        HttpHandshake.Response response = handshake(method, "/chat", headers);

        assertThat(response.status()).isEqualTo(status);
        if (status != 426 || ServerDifferences.typesTheAnswer426()) {
            assertThat(response.header("Content-Type").orElseThrow()).startsWith("application/problem+json");
        }
        assertThat(response.body()).contains("\"status\":" + status, "\"code\":", "\"detail\":");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/chat?token=abc", "/chat?x=1&token=abc", "/chat?%74oken=abc"})
    void tokenInTheUrlIsRefused(String path) {
        assertThat(handshake("GET", path, HttpHandshake.properHeaders(http())).status())
                .isEqualTo(400);
    }

    @Test
    void extensionsAreNotNegotiated() {
        HttpHandshake.Response response = handshake(
                "GET", "/chat", HttpHandshake.headersWith(http(), "Sec-WebSocket-Extensions: permessage-deflate"));
        assertThat(response.status()).isEqualTo(101);
        assertThat(response.header("Sec-WebSocket-Extensions")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/chat", "/monitor", "/text", "/"})
    void handshakeSetsNoCookie(String path) {
        String cookie = "Cookie: JSESSIONID=none";
        for (List<String> headers :
                List.of(HttpHandshake.properHeaders(http()), HttpHandshake.headersWith(http(), cookie))) {
            HttpHandshake.Response response = handshake("GET", path, headers);
            assertThat(response.status()).isEqualTo(101);
            assertThat(response.header("Set-Cookie")).isEmpty();
        }
    }

    @Test
    void parallelHandshakesKeepUsersApart() {
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            List<CompletableFuture<Void>> all = IntStream.range(0, PARALLEL)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> signInByHeader("user-" + i), threads))
                    .toList();
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        } finally {
            threads.shutdownNow();
        }
    }

    private void signInByHeader(String user) {
        Map<String, String> header = Map.of("Authorization", "Bearer " + Tokens.of(user));
        try (WireClient client = WireClient.connect(ws("/chat"), header)) {
            client.send("{'type':'login','username':'" + user + "'}");
            assertThat(client.next("welcome").getString("username")).isEqualTo(user);
        }
    }

    private HttpHandshake.Response handshake(String method, String path, List<String> headers) {
        try (RawSocket raw = RawSocket.to(http())) {
            return raw.handshake(method, path, headers);
        }
    }
}
