package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The WAR under a context path. */
class ContextPathIT extends ArquillianTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String PATH = "/talk";
    /** What a page loads, and the libraries that its import map names; not the map's folders. */
    private static final Pattern REFERENCE = Pattern.compile("(?:src=|href=|: )\"([^\"]*[^\"/])\"");

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.at(PATH, Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET));
    }

    private URI at(String path) {
        return http().resolve(PATH + "/" + path);
    }

    private HttpResponse<String> send(String method, URI uri) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + Tokens.of("ana"))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private WireClient guest(String name) {
        return WireClient.guest(ws(PATH + "/chat"), name);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, api/rooms, 200",
        "POST, api/tickets, 201",
        "GET, api/openapi.json, 200",
        "GET, api/nothing, 404",
        "GET, health/live, 200",
        "GET, health/ready, 200",
        "GET, attachments/nothing, 404",
        "GET, nothing, 404",
        "POST, index.html, 405",
        "OPTIONS, health/ready, 405",
        "GET, chat, 426",
        "GET, monitor, 426",
        "GET, text, 426",
        "POST, chat, 405"
    })
    void everyAddressStandsBelowTheContextPath(String method, String path, int status) throws Exception {
        HttpResponse<String> response = send(method, at(path));

        assertThat(response.statusCode()).isEqualTo(status);
        if (status >= 400) {
            assertThat(JsonText.object(response.body()).getInt("status")).isEqualTo(status);
        }
        assertThat(response.headers().firstValue("Content-Security-Policy")).isPresent();
    }

    @Test
    void openApiDocumentNamesTheContextPath() throws Exception {
        URI document = at("api/openapi.json");
        String server = JsonText.object(send("GET", document).body())
                .getJsonArray("servers")
                .getJsonObject(0)
                .getString("url");

        assertThat(document.resolve(server)).isEqualTo(at(""));
    }

    @Test
    void clientsTalkAndUseTicketsAndFiles() throws Exception {
        byte[] bytes = "a file".getBytes(StandardCharsets.UTF_8);
        String ticket = JsonText.object(send("POST", at("api/tickets")).body()).getString("ticket");
        try (WireClient ben = guest("below-a-path");
                WireClient ana = WireClient.connect(ws(PATH + "/chat?ticket=" + ticket));
                WireClient text = WireClient.connect(ws(PATH + "/text"));
                WireClient monitor = WireClient.connect(ws(PATH + "/monitor"))) {
            ana.send("{'type':'login'}").next("welcome");
            ana.send("{'type':'chat','content':'below a path'}");
            assertThat(ben.next("chat").getString("content")).isEqualTo("below a path");
            text.sendText("plain words");
            ben.next("chat", message -> message.getString("content").equals("plain words"));
            URI file = at("chat")
                    .resolve(ana.upload("lobby", "a.txt", "text/plain", bytes).getString("href"));
            assertThat(send("GET", file).body()).isEqualTo("a file");
            monitor.send("{'type':'login','username':'watches-below-a-path'}").next("welcome");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/chat", "/monitor", "/text", "/chat;x=1", "/%63hat", "/"})
    void originIsCheckedOnEveryEndpoint(String path) {
        try (RawSocket raw = RawSocket.to(http())) {
            assertThat(raw.handshake(
                                    "GET",
                                    PATH + path,
                                    HttpHandshake.headersWith(http(), "Origin: http://evil.example"))
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void rootOfTheContextTakesPlainLines() {
        talkAt(PATH + "/");
    }

    @Test
    void contextPathWithoutItsSlashTakesPlainLinesToo() {
        if (ServerDifferences.redirectsContextPaths()) {
            try (RawSocket raw = RawSocket.to(http())) {
                HttpHandshake.Response response = raw.handshake("GET", PATH, HttpHandshake.properHeaders(http()));
                assertThat(response.status()).isBetween(301, 302);
                assertThat(response.header("Location").orElseThrow()).endsWith(PATH + "/");
            }
        } else {
            talkAt(PATH);
        }
    }

    private void talkAt(String root) {
        try (WireClient ben = WireClient.user(ws(PATH + "/chat"), "below" + root.length());
                WireClient plain = WireClient.lines(ws(root))) {
            plain.sendText("to " + root);
            ben.next("chat", message -> message.getString("content").equals("to " + root));
            ben.send("{'type':'chat','content':'hello'}");
            assertThat(plain.nextFrame()).isEqualTo("below" + root.length() + ": hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "index.html", "monitor.html", "admin.html"})
    void pagesFindTheirFiles(String path) throws Exception {
        URI page = at(path);
        HttpResponse<String> response = send("GET", page);
        assertThat(response.statusCode()).isEqualTo(200);

        List<String> references = REFERENCE
                .matcher(response.body())
                .results()
                .map(reference -> reference.group(1))
                .toList();
        assertThat(references).contains("./lib/lit/index.js").hasSizeGreaterThan(9);
        for (String reference : references) {
            URI target = page.resolve(reference);
            assertThat(target.getPath()).startsWith(PATH + "/");
            assertThat(send("GET", target).statusCode()).as(target.toString()).isEqualTo(200);
        }
    }
}
