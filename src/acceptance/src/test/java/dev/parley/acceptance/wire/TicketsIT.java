package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tickets for browsers: a token is exchanged for a ticket, and the ticket opens one WebSocket or one file. */
@Timeout(120)
class TicketsIT extends ArquillianTest {
    private static final int PARALLEL = 50;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of("parley.token.secret", Tokens.SECRET, "parley.token.skew", "0s"));
    }

    private HttpResponse<String> ask(String token, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(http().resolve("api/tickets"))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static JsonObject json(HttpResponse<String> response) {
        return JsonText.object(response.body());
    }

    private String ticket(String... headers) throws IOException, InterruptedException {
        HttpResponse<String> response = ask(Tokens.of("tina", "notify"), headers);
        assertThat(response.statusCode()).isEqualTo(201);
        return json(response).getString("ticket");
    }

    private HttpHandshake.Response handshake(String path, String... headers) {
        try (RawSocket raw = RawSocket.to(http())) {
            return raw.handshake("GET", path, HttpHandshake.headersWith(http(), headers));
        }
    }

    private void assertRefused(HttpHandshake.Response response, String code) {
        assertThat(response.status()).isEqualTo(401);
        assertThat(response.header("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(response.body()).contains("\"code\":\"" + code + "\"");
    }

    private String own() {
        return "http://" + http().getAuthority();
    }

    @Test
    void ticketOpensOneWebSocketForItsUser() throws Exception {
        HttpResponse<String> response = ask(Tokens.of("tina", "notify"));
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        assertThat(json(response).keySet()).containsExactlyInAnyOrder("ticket", "expiresIn", "username", "roles");
        assertThat(json(response).getString("username")).isEqualTo("tina");
        assertThat(json(response).getInt("expiresIn")).isBetween(29_000, 30_000);
        String path = "/chat?ticket=" + json(response).getString("ticket");

        try (WireClient client = WireClient.connect(ws(path))) {
            client.send("{'type':'login'}");
            JsonObject welcome = client.next("welcome");
            assertThat(welcome.getString("username")).isEqualTo("tina");
            assertThat(welcome.getJsonArray("roles").toString()).contains("notify");
        }
        assertRefused(handshake(path), "login_refused");
    }

    @Test
    void onlyOneOfParallelUsesOfATicketSucceeds() throws Exception {
        String path = "/monitor?ticket=" + ticket();
        CyclicBarrier start = new CyclicBarrier(PARALLEL);
        ExecutorService threads = Executors.newFixedThreadPool(PARALLEL);
        try {
            List<Future<Integer>> uses = IntStream.range(0, PARALLEL)
                    .mapToObj(i -> threads.submit(() -> {
                        start.await();
                        return handshake(path).status();
                    }))
                    .toList();
            int comeIn = 0;
            for (Future<Integer> use : uses) {
                assertThat(use.get()).isIn(101, 401);
                comeIn += use.get() == 101 ? 1 : 0;
            }
            assertThat(comeIn).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void ticketIsValidOnlyForTheOriginThatRequestedIt() throws Exception {
        String page = "Origin: " + own();
        String ofPage = ticket("Origin", own());
        String ofNone = ticket();

        assertRefused(handshake("/chat?ticket=" + ofPage), "login_refused");
        // A page learns over the WebSocket that its ticket is refused.
        try (RawSocket raw = RawSocket.to(http())) {
            HttpHandshake.Response response =
                    raw.handshake("GET", "/chat?ticket=" + ofNone, HttpHandshake.headersWith(http(), page));
            assertThat(response.status()).isEqualTo(101);
            assertThat(raw.closeCode()).isEqualTo(4003);
        }
        assertThat(handshake("/chat?ticket=" + ofPage, page).status()).isEqualTo(101);
        assertThat(handshake("/chat?ticket=" + ofNone).status()).isEqualTo(101);
    }

    @Test
    void foreignPagesGetNoTicket() throws Exception {
        for (String foreign : List.of("http://evil.example", "null", own() + "0")) {
            HttpResponse<String> response = ask(Tokens.of("tina"), "Origin", foreign);
            assertThat(response.statusCode()).as(foreign).isEqualTo(403);
            assertThat(json(response).getString("code")).isEqualTo("forbidden");
        }
    }

    @Test
    void ticketIsNoTokenAndExcludesOtherCredentials() throws Exception {
        String ticket = ticket();

        assertThat(ask(ticket).statusCode()).isEqualTo(401);
        assertRefused(handshake("/chat", "Authorization: Bearer " + ticket), "login_refused");
        assertRefused(
                handshake("/chat?ticket=" + ticket, "Authorization: Bearer " + Tokens.of("tina")), "login_refused");
        assertRefused(handshake("/chat?ticket=" + ticket + "&ticket=" + ticket), "login_refused");
        assertRefused(handshake("/chat?ticket=nonsense"), "login_refused");
        assertThat(handshake("/chat?ticket=" + ticket.replace(".", "%2E")).status())
                .isEqualTo(101);
    }

    @Test
    void ticketExpiresWithItsToken() throws Exception {
        // On a slow machine such a short-lived token may expire before the server checks it.
        HttpResponse<String> response = await().until(
                        () -> ask(Tokens.of("tina", Duration.ofSeconds(3))), answer -> answer.statusCode() == 201);
        int expiresIn = json(response).getInt("expiresIn");
        assertThat(expiresIn).isBetween(1, 3_000);
        String path = "/chat?ticket=" + json(response).getString("ticket");

        // Waits without trying, because a use of the valid ticket would consume it.
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(expiresIn);
        await().until(() -> System.nanoTime() - end > 0);

        assertRefused(handshake(path), "token_expired");
    }

    @Test
    void ticketReadsOneFileWithoutAnOriginHeader() throws Exception {
        byte[] bytes = "a file".getBytes(StandardCharsets.UTF_8);
        try (WireClient client = WireClient.user(ws("/chat"), "tina")) {
            client.send("{'type':'upload','id':'u','room':'lobby','name':'a.txt','mediaType':'text/plain','size':6}");
            client.sendBytes(bytes);
            String href = client.next("uploaded").getJsonObject("attachment").getString("href") + "?ticket=";
            String once = ticket("Origin", own());

            assertThat(get(href + once).body()).isEqualTo("a file");
            assertThat(get(href + once).statusCode()).isEqualTo(401);
            assertThat(get(href + ticket("Origin", own()), "Origin", "http://evil.example")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(get(href).statusCode()).isEqualTo(401);
        }
    }

    private HttpResponse<String> get(String href, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(http().resolve(href));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void ticketsAreNotLogged() throws Exception {
        String ticket = ticket();
        handshake("/chat?ticket=" + ticket);
        handshake("/chat?ticket=" + ticket);
        handshake("/nothing?ticket=" + ticket);

        List<Path> logs;
        try (Stream<Path> files =
                Files.walk(ParleyDeployment.Built.FOLDER.resolve(ParleyDeployment.Built.SERVER.name()))) {
            logs = files.filter(file -> file.getFileName().toString().endsWith(".log"))
                    .toList();
        }
        assertThat(logs).isNotEmpty();
        for (Path log : logs) {
            assertThat(Files.readString(log)).doesNotContain(ticket);
        }
    }
}
