package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page is told over the WebSocket why its credential is refused; everybody else gets an HTTP answer. */
@Timeout(120)
class RefusedCredentialIT extends ArquillianTest {
    /** Connections without a credential that one address may have. */
    private static final int UNSIGNED_MAX = 10;

    /** 2 s, and as much again for a busy machine. */
    private static final Duration GONE = Duration.ofSeconds(4);

    private static final String SUBPROTOCOL = "Sec-WebSocket-Protocol: parley.v1";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of(
                "parley.guests", "true",
                "parley.token.secret", Tokens.SECRET,
                "parley.token.skew", "0s",
                "parley.forwarded.trusted", "127.0.0.1, ::1",
                "parley.sessions.unsigned", Integer.toString(UNSIGNED_MAX)));
    }

    /** The error and the close code that a page receives. */
    private record Told(String code, String sentence, int closeCode) {}

    private String origin() {
        return "Origin: http://" + http().getAuthority();
    }

    private HttpResponse<String> askForTicket(String token) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(http().resolve("api/tickets"))
                        .header("Authorization", "Bearer " + token)
                        .header("Origin", "http://" + http().getAuthority())
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private String ticket() throws IOException, InterruptedException {
        return JsonText.object(askForTicket(Tokens.of("tina")).body()).getString("ticket");
    }

    private HttpHandshake.Response handshake(RawSocket raw, String path, String... headers) {
        return raw.handshake("GET", path, HttpHandshake.headersWith(http(), headers));
    }

    private int status(String path, String... headers) {
        try (RawSocket raw = RawSocket.to(http())) {
            return handshake(raw, path, headers).status();
        }
    }

    /** Upgrades as a page does, reads the refusal, and answers the close. */
    private Told told(String path, String subprotocols) {
        try (RawSocket raw = RawSocket.to(http())) {
            HttpHandshake.Response upgraded = handshake(raw, path, origin(), "Sec-WebSocket-Protocol: " + subprotocols);
            assertThat(upgraded.status()).isEqualTo(101);
            assertThat(upgraded.header("Sec-WebSocket-Protocol")).contains("parley.v1");
            JsonObject error = JsonText.object(next(raw, Frame.TEXT).text());
            assertThat(error.getString("type")).isEqualTo("error");
            assertThat(error.keySet()).containsExactlyInAnyOrder("type", "code", "message");
            Frame close = next(raw, Frame.CLOSE);
            raw.tryFrame(Frame.FIN | Frame.CLOSE, close.payload());
            raw.awaitEnd(GONE);
            return new Told(error.getString("code"), error.getString("message"), close.closeCode());
        }
    }

    private static Frame next(RawSocket raw, int opcode) {
        Frame frame = raw.read().orElseThrow();
        assertThat(frame.opcode()).isEqualTo(opcode);
        return frame;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/chat", "/monitor"})
    void usedTicketIsToldAndClosedWith4003(String endpoint) throws Exception {
        String path = endpoint + "?ticket=" + ticket();
        assertThat(status(path, origin())).isEqualTo(101);

        assertThat(told(path, "parley.v1"))
                .isEqualTo(new Told(
                        "login_refused", "The ticket has been used. Ask for a new one for each attempt.", 4003));
    }

    @Test
    void expiredTicketIsToldAndClosedWith4003() throws Exception {
        // On a slow machine such a short-lived token may expire before the server checks it.
        HttpResponse<String> response = await().until(
                        () -> askForTicket(Tokens.of("tina", Duration.ofSeconds(3))),
                        answer -> answer.statusCode() == 201);
        JsonObject issued = JsonText.object(response.body());
        // Waits without trying, because a use of the valid ticket would consume it.
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(issued.getInt("expiresIn"));
        await().until(() -> System.nanoTime() - end > 0);

        assertThat(told("/chat?ticket=" + issued.getString("ticket"), "parley.v1"))
                .isEqualTo(
                        new Told("token_expired", "The ticket has expired. Ask for a new one for each attempt.", 4003));
    }

    @Test
    void badTokenInTheSubprotocolIsToldAndClosedWith4501() {
        assertThat(told("/chat", "parley.v1, bearer." + Tokens.forged("tina")))
                .isEqualTo(new Told("login_refused", "The token is no JWT that this server's keys have signed.", 4501));
        assertThat(told("/chat", "parley.v1, bearer." + Tokens.of("tina", Duration.ofHours(-1))))
                .isEqualTo(new Told("token_expired", "The token has expired. Sign in with a new one.", 4003));
    }

    @Test
    void tokenInTheAddressIsToldAndClosedWith4501() {
        Told told = told("/chat?token=" + Tokens.of("tina"), "parley.v1");

        assertThat(told.code()).isEqualTo("bad_message");
        assertThat(told.sentence()).startsWith("A token in the address");
        assertThat(told.closeCode()).isEqualTo(4501);
    }

    @Test
    void plainClientIsToldInALine() {
        try (RawSocket raw = RawSocket.to(http())) {
            assertThat(handshake(raw, "/text?ticket=x", origin()).status()).isEqualTo(101);
            assertThat(next(raw, Frame.TEXT).text()).isEqualTo("parley: This is no ticket of this server.");
            assertThat(next(raw, Frame.CLOSE).closeCode()).isEqualTo(4003);
        }
    }

    @Test
    void othersThanPagesGetAnHttpAnswer() throws Exception {
        String bearer = "Sec-WebSocket-Protocol: parley.v1, bearer.x";
        assertThat(status("/chat?ticket=x", "Origin: http://evil.example")).isEqualTo(403);
        assertThat(status("/chat?ticket=x", "Origin: null")).isEqualTo(403);
        assertThat(status("/chat?ticket=x", origin(), origin())).isEqualTo(403);
        assertThat(status("/chat?ticket=x")).isEqualTo(401);
        assertThat(status("/chat", bearer)).isEqualTo(401);
        assertThat(status("/chat?token=x")).isEqualTo(400);
        assertThat(status("/chat", origin(), "Authorization: Bearer x")).isEqualTo(401);
        assertThat(status("/chat?ticket=x", origin(), "Authorization: Bearer " + Tokens.of("tina")))
                .isEqualTo(401);
        assertThat(status("/chat?ticket=" + ticket(), origin())).isEqualTo(101);
    }

    @Test
    void whatARefusedPageSendsReachesNobody() {
        try (WireClient bystander = WireClient.user(ws("/chat"), "bea");
                WireClient speaker = WireClient.user(ws("/chat"), "sam");
                RawSocket raw = RawSocket.to(http())) {
            raw.write(HttpHandshake.head(
                            "GET /chat?ticket=x HTTP/1.1", HttpHandshake.headersWith(http(), origin(), SUBPROTOCOL))
                    .getBytes(StandardCharsets.US_ASCII));
            raw.text("{\"type\":\"login\",\"token\":\"" + Tokens.of("rita") + "\"}");
            raw.text("{\"type\":\"chat\",\"content\":\"from a refused page\"}");
            assertThat(raw.response("GET").status()).isEqualTo(101);
            assertThat(next(raw, Frame.TEXT).text()).contains("\"login_refused\"");
            raw.tryFrame(
                    Frame.FIN | Frame.TEXT,
                    "{\"type\":\"chat\",\"content\":\"again\"}".getBytes(StandardCharsets.US_ASCII));
            raw.awaitEnd(GONE);

            speaker.send("{'type':'chat','content':'from sam'}");
            assertThat(bystander.next("chat").getString("content")).isEqualTo("from sam");
        }
    }

    @Test
    void peerThatNeverAnswersTheCloseIsGone() {
        long since = System.nanoTime();
        try (RawSocket raw = RawSocket.to(http())) {
            assertThat(handshake(raw, "/chat?ticket=x", origin(), SUBPROTOCOL).status())
                    .isEqualTo(101);
            raw.awaitEnd(GONE);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(GONE);
    }

    @Test
    void peerThatSendsAtFullSpeedIsGone() {
        long since = System.nanoTime();
        try (RawSocket raw = RawSocket.to(http())) {
            assertThat(handshake(raw, "/chat?ticket=x", origin(), SUBPROTOCOL).status())
                    .isEqualTo(101);
            while (raw.tryFrame(Frame.FIN | Frame.BINARY, new byte[60_000])) {
                assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(GONE);
            }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(GONE);
    }

    @Test
    void refusedConnectionsCountAsUnsignedUntilTheyAreGone() {
        String address = "X-Forwarded-For: 203.0.113.7";
        List<RawSocket> held = new ArrayList<>();
        try {
            for (int i = 1; i < UNSIGNED_MAX; i++) {
                RawSocket unsigned = RawSocket.to(http());
                held.add(unsigned);
                assertThat(handshake(unsigned, "/chat", address).status()).isEqualTo(101);
            }
            // On a slow machine a refused connection may be gone before the next one is there.
            await().until(() -> {
                RawSocket refused = RawSocket.to(http());
                held.add(refused);
                handshake(refused, "/chat?ticket=x", address, origin());
                return status("/chat?ticket=x", address, origin()) == 429 && status("/chat", address) == 429;
            });
            assertThat(status("/chat?ticket=x", "X-Forwarded-For: 203.0.113.8", origin()))
                    .isEqualTo(101);
            await().atMost(GONE).until(() -> status("/chat", address) == 101);
        } finally {
            held.forEach(RawSocket::close);
        }
    }

    @Test
    void logSaysThatTheConnectionWasRefused() {
        String address = "198.51.100.77";
        assertThat(status("/monitor?ticket=x", origin(), "X-Forwarded-For: " + address))
                .isEqualTo(101);

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(lineWith(address)).hasValueSatisfying(line -> assertThat(line)
                        .contains("refused /monitor of nobody at " + address + ": 4003 login_refused")));
    }

    private static Optional<String> lineWith(String text) throws IOException {
        try (Stream<Path> files =
                Files.walk(ParleyDeployment.Built.FOLDER.resolve(ParleyDeployment.Built.SERVER.name()))) {
            return files.filter(file -> file.getFileName().toString().endsWith(".log"))
                    .flatMap(RefusedCredentialIT::lines)
                    .filter(line -> line.contains(text))
                    .findFirst();
        }
    }

    private static Stream<String> lines(Path log) {
        try {
            return Files.readString(log).lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
