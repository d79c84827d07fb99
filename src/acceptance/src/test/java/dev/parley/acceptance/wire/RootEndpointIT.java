package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import jakarta.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The context root, where clients connect that know no path: it is the page, and a WebSocket of two protocols. */
class RootEndpointIT extends ArquillianTest {
    /** Long enough for a client that speaks at once. */
    private static final Duration LOGIN_TIMEOUT = Duration.ofSeconds(3);

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of(
                "parley.guests",
                "true",
                "parley.token.secret",
                Tokens.SECRET,
                "parley.login.timeout",
                LOGIN_TIMEOUT.toSeconds() + "s"));
    }

    private URI root() {
        return ws("/");
    }

    @Test
    void plainTextAndJsonMeet() {
        try (WireClient plain = WireClient.lines(root());
                WireClient json = WireClient.user(root(), "json-user")) {
            plain.sendText("plain words");
            String sender = json.next("chat", is("plain words")).getString("sender");
            json.send("{'type':'chat','content':'answer','id':'a'}");

            assertThat(sender).matches("guest-\\d+");
            assertThat(json.answer("a").getString("type")).isEqualTo("ack");
            assertThat(plain.nextFrame()).isEqualTo("json-user: answer");
        }
    }

    /** Nobody may read it: it may hold a token. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"login\",\"token\":\"secret\"",
                " \t\r\n{\"type\":\"secret\"}",
                "\uFEFF{\"type\":\"login\",\"token\":\"secret\"}",
                "[{\"type\":\"secret\"}, ",
                "[secret"
            })
    void whatLooksLikeJsonIsNeverALine(String frame) {
        try (WireClient reader = WireClient.guest(ws("/chat"), "reader-of-lines");
                WireClient json = WireClient.connect(root());
                WireClient other = WireClient.lines(root())) {
            json.sendText(frame);
            json.next("error");
            json.sendText("a secret as well");
            assertThat(json.next("error").getString("code")).isEqualTo("bad_json");
            other.sendText("the end of " + frame.length());

            reader.next("chat", is("the end of " + frame.length()));
            assertThat(reader.waiting("chat"))
                    .noneMatch(chat -> chat.getString("content").contains("secret"));
        }
    }

    @Test
    void heartbeatLeavesItOpen() {
        String ping = "{\"type\":\"ping\"}";
        try (WireClient reader = WireClient.guest(ws("/chat"), "reader-beside");
                WireClient json = WireClient.connect(root());
                WireClient plain = WireClient.lines(root())) {
            json.sendText(ping).next("pong");
            json.send("{'type':'login','username':'json-behind-a-heartbeat'}").next("welcome");
            plain.sendText(ping).sendText("behind a heartbeat");
            assertThat(plain.nextFrame()).isEqualTo("{\"type\":\"pong\"}");
            reader.next("chat", is("behind a heartbeat"));
        }
    }

    @Test
    void subprotocolDecidesForJson() {
        try (WireClient batch = WireClient.connect(root(), Map.of(), "parley.v1")) {
            assertThat(batch.subprotocol()).isEqualTo("parley.v1");
            batch.sendText("plain words");
            assertThat(batch.next("error").getString("code")).isEqualTo("bad_json");
        }
    }

    @Test
    void credentialDecidesForJson() {
        Map<String, String> header = Map.of("Authorization", "Bearer " + Tokens.of("ana"));
        try (WireClient ana = WireClient.connect(root(), header)) {
            ana.sendText("plain words");
            assertThat(ana.next("error").getString("code")).isEqualTo("bad_json");
            ana.send("{'type':'login'}");
            assertThat(ana.next("welcome").getString("username")).isEqualTo("ana");
        }
    }

    @Test
    void binaryFrameIsRefused() {
        try (WireClient client = WireClient.lines(root())) {
            client.sendBytes(new byte[1]);
            assertThat(client.closeCode()).isEqualTo(1003);
        }
    }

    @Test
    void jsonMayUploadFiles() {
        try (WireClient json = WireClient.guest(root(), "uploader")) {
            assertThat(json.upload("lobby", "a.txt", "text/plain", new byte[10]).getInt("size"))
                    .isEqualTo(10);
        }
    }

    @Test
    void silentClientReceivesLinesAndMaySpeakEitherLater() {
        try (WireClient talker = WireClient.guest(ws("/chat"), "talker");
                WireClient plain = WireClient.lines(root());
                WireClient json = WireClient.lines(root())) {
            // Both are signed in when their time is over, and then receive what is said.
            Awaitility.await()
                    .atMost(OwnServer.READY)
                    .pollInterval(LOGIN_TIMEOUT.dividedBy(10))
                    .until(() -> {
                        talker.send("{'type':'chat','content':'Is somebody there?'}");
                        return plain.hasFrame() && json.hasFrame();
                    });
            plain.sendText("words after a silence");
            talker.next("chat", is("words after a silence"));
            json.send("{'type':'chat','content':'json after a silence','id':'late'}");
            talker.next("chat", is("json after a silence"));

            // What the talker said before comes first, as lines, and the last of it perhaps as JSON.
            String frame = json.nextFrame();
            while (!frame.contains("\"type\":\"welcome\"")) {
                frame = json.nextFrame();
            }
            assertThat(frame).contains("\"username\":\"guest-");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void rootIsThePageWithoutAnUpgrade(String method) throws Exception {
        // This client asks for an upgrade to h2c.
        HttpResponse<String> page = HTTP.send(
                HttpRequest.newBuilder(http())
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
        assertThat(page.body().contains("<title>")).isEqualTo(method.equals("GET"));
    }

    @Test
    void originIsChecked() {
        assertThat(handshake(http(), HttpHandshake.headersWith(http(), "Origin: http://evil.example"))
                        .status())
                .isEqualTo(403);
        assertThat(handshake(http(), HttpHandshake.headersWith(http(), "Origin: http://" + http().getAuthority()))
                        .status())
                .isEqualTo(101);
    }

    @Test
    void rootDoesNotUpgradeWhereTheSettingSaysSo() {
        try (RunningServer server = OwnServer.named(
                        "no-root", Map.of("parley.guests", "true", "parley.endpoint.root", "false"))
                .start()) {
            URI http = server.awaitReady(OwnServer.READY).baseUri();

            assertThat(handshake(http, HttpHandshake.properHeaders(http)).status())
                    .isNotEqualTo(101);
            WireClient.guest(OwnServer.ws(http, "/chat"), "ana").close();
        }
    }

    private static HttpHandshake.Response handshake(URI http, List<String> headers) {
        try (RawSocket raw = RawSocket.to(http)) {
            return raw.handshake("GET", "/", headers);
        }
    }

    private static Predicate<JsonObject> is(String content) {
        return chat -> chat.getString("content").equals(content);
    }
}
