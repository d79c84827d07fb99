package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that opens no WebSocket without a credential in its handshake, not even for guests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequiredCredentialIT {
    private RunningServer server;
    private URI http;

    @BeforeAll
    void start() {
        server = OwnServer.named(
                        "required",
                        Map.of(
                                "parley.handshake.credential", "required",
                                "parley.guests", "true",
                                "parley.token.secret", Tokens.SECRET))
                .start();
        http = server.awaitReady(OwnServer.READY).baseUri();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/chat", "/monitor", "/text", "/"})
    void handshakeWithoutACredentialIsRefused(String path) {
        HttpHandshake.Response response = handshake(path);

        assertThat(response.status()).isEqualTo(401);
        assertThat(response.header("WWW-Authenticate")).contains("Bearer");
        assertThat(response.header("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(JsonText.object(response.body()).getString("code")).isEqualTo("login_required");
    }

    /** By which a page learns why its handshake failed. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void requestThatIsNoHandshakeTellsThatACredentialIsRequired(String method) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(http.resolve("chat"))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(JsonText.object(response.body()).getString("code")).isEqualTo("login_required");
    }

    @Test
    void invalidCredentialIsRefusedAsEver() {
        HttpHandshake.Response response = handshake("/chat", "Authorization: Bearer nonsense");

        assertThat(response.status()).isEqualTo(401);
        assertThat(JsonText.object(response.body()).getString("code")).isEqualTo("login_refused");
    }

    /** Nobody without a good credential may send a frame here, so that no refusal can be told over the WebSocket. */
    @Test
    void refusedCredentialOfAPageOpensNoWebSocket() {
        String origin = "Origin: http://" + http.getAuthority();

        assertThat(handshake("/chat?ticket=x", origin).status()).isEqualTo(401);
        assertThat(handshake("/chat", origin, "Sec-WebSocket-Protocol: parley.v1, bearer.x")
                        .status())
                .isEqualTo(401);
        assertThat(handshake("/chat?token=x", origin).status()).isEqualTo(400);
        assertThat(handshake("/chat", origin).status()).isEqualTo(401);
    }

    @Test
    void everyKindOfCredentialOpensTheConnection() throws Exception {
        String token = Tokens.of("anna");

        try (WireClient client =
                WireClient.connect(OwnServer.ws(http, "/chat"), Map.of("Authorization", "Bearer " + token))) {
            client.send("{'type':'login'}");
            assertThat(client.next("welcome").getString("username")).isEqualTo("anna");
        }
        assertThat(handshake("/chat", "Sec-WebSocket-Protocol: parley.v1, bearer." + token)
                        .status())
                .isEqualTo(101);
        assertThat(handshake("/text?ticket=" + ticket(token)).status()).isEqualTo(101);
    }

    private String ticket(String token) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(http.resolve("api/tickets"))
                                .header("Authorization", "Bearer " + token)
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return JsonText.object(response.body()).getString("ticket");
    }

    private HttpHandshake.Response handshake(String path, String... headers) {
        try (RawSocket raw = RawSocket.to(http)) {
            return raw.handshake("GET", path, HttpHandshake.headersWith(http, headers));
        }
    }
}
