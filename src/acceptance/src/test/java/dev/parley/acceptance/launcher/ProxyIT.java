package dev.parley.acceptance.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.HttpEvents;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.LoopbackPort;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.balancer.Haproxy;
import dev.parley.launcher.programs.SystemProgram;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The configurations of HAProxy and nginx, {@code server-config/haproxy} and {@code server-config/nginx}, in front of a
 * node and of one that answers 503. Needs both programs, or the right to install them.
 */
@Tag(Faults.TAG)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ProxyIT {
    /** Shorter than the shortened timeouts of the proxies. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    private static final String SHORTENED = "3s";
    /** As many heartbeats take more than twice a shortened timeout. */
    private static final int HEARTBEATS = 8;

    /** What the configurations must wait for: a long poll. */
    private static final int LONG_POLL_SECONDS = 55;

    @TempDir
    private static Path folder;

    private static SelfSigned certificate;
    private static RunningServer node;
    private static BusyNode draining;
    private static final Map<Kind, Proxy> PROXIES = new EnumMap<>(Kind.class);
    private final Deque<AutoCloseable> own = new ArrayDeque<>();

    enum Kind {
        HAPROXY("haproxy/haproxy.cfg") {
            @Override
            String withTls(String configuration, int port) {
                return replaced(
                        configuration,
                        "# bind :8443 ssl crt /etc/haproxy/parley.pem",
                        "bind 127.0.0.1:" + port + " ssl crt " + certificate.both());
            }

            @Override
            AutoCloseable start(String configuration, Path own, int port, List<Integer> nodes) throws IOException {
                Path file = Files.writeString(own.resolve("given.cfg"), configuration);
                return Haproxy.start(program("haproxy"), file, own, port, nodes);
            }
        },
        NGINX("nginx/nginx.conf") {
            @Override
            String withTls(String configuration, int port) {
                String uncommented =
                        configuration.replace("# listen 8443", "listen 8443").replace("# ssl_", "ssl_");
                return replaced(
                        replaced(
                                replaced(uncommented, "listen 8443", "listen 127.0.0.1:" + port),
                                "/etc/nginx/parley.crt",
                                certificate.certificate().toString()),
                        "/etc/nginx/parley.key",
                        certificate.key().toString());
            }

            @Override
            AutoCloseable start(String configuration, Path own, int port, List<Integer> nodes) throws IOException {
                String configured = replaced(configuration, "listen 8080", "listen 127.0.0.1:" + port);
                for (int i = 0; i < nodes.size(); i++) {
                    configured =
                            replaced(configured, "127.0.0.1:" + (8081 + i) + " ", "127.0.0.1:" + nodes.get(i) + " ");
                }
                return Nginx.start(program("nginx"), configured, own);
            }
        };

        private final String file;

        Kind(String file) {
            this.file = file;
        }

        /** The configuration as it is delivered. */
        String configuration() throws IOException {
            return Files.readString(ParleyDeployment.Built.CONFIGURATION.resolveSibling(file));
        }

        /** The configuration with the commented example of TLS in use. */
        abstract String withTls(String configuration, int port);

        abstract AutoCloseable start(String configuration, Path own, int port, List<Integer> nodes) throws IOException;

        private static String replaced(String text, String what, String by) {
            assertThat(text).contains(what);
            return text.replace(what, by);
        }
    }

    /** An installed program; where the build can install it, it must be there. */
    static Path program(String name) {
        Optional<Path> found = SystemProgram.findOrInstall(name);
        assertThat(found.isPresent() || !SystemProgram.canInstall())
                .as("%s was installed", name)
                .isTrue();
        Assumptions.assumeTrue(found.isPresent(), () -> "Skipped: " + name + " is not installed.");
        return found.orElseThrow();
    }

    /** A started proxy. */
    private record Proxy(URI http, URI https, AutoCloseable end) {
        URI chat() {
            return OwnServer.ws(http, "/chat");
        }

        URI secureChat() {
            return URI.create("wss://" + https.getAuthority() + "/chat");
        }
    }

    @BeforeAll
    static void start() throws Exception {
        certificate = SelfSigned.create(folder);
        node = OwnServer.named(
                        "behind-proxies",
                        Map.of(
                                "parley.guests",
                                "true",
                                "parley.token.secret",
                                Tokens.SECRET,
                                "parley.heartbeat.interval",
                                HEARTBEAT.toMillis() + "ms",
                                "parley.forwarded.trusted",
                                "127.0.0.1"))
                .start();
        draining = BusyNode.started(false);
        node.awaitReady(OwnServer.READY);
    }

    @AfterAll
    static void stop() throws Exception {
        for (Proxy proxy : PROXIES.values()) {
            proxy.end().close();
        }
        PROXIES.clear();
        if (draining != null) {
            draining.close();
        }
        if (node != null) {
            node.stop();
        }
    }

    @AfterEach
    void closeOwn() throws Exception {
        while (!own.isEmpty()) {
            own.pop().close();
        }
    }

    /** The proxy in front of a node that drains and of one that serves; the same for all tests. */
    private static Proxy proxy(Kind kind) throws Exception {
        if (!PROXIES.containsKey(kind)) {
            PROXIES.put(
                    kind,
                    start(
                            kind,
                            kind.configuration(),
                            draining.port(),
                            node.baseUri().getPort()));
        }
        return PROXIES.get(kind);
    }

    private static Proxy start(Kind kind, String configuration, Integer... nodes) throws Exception {
        int port = LoopbackPort.free();
        int tlsPort = LoopbackPort.free();
        Path own = Files.createTempDirectory(folder, "proxy");
        AutoCloseable end = kind.start(kind.withTls(configuration, tlsPort), own, port, List.of(nodes));
        Proxy proxy = new Proxy(
                URI.create("http://localhost:" + port + "/"), URI.create("https://localhost:" + tlsPort + "/"), end);
        await().ignoreExceptions().until(() -> get(HttpClient.newHttpClient(), proxy.http()) != null);
        return proxy;
    }

    private static HttpResponse<String> get(HttpClient client, URI uri) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    private static HttpClient secure() {
        return HttpClient.newBuilder().sslContext(certificate.trust()).build();
    }

    private static String origin(URI page) {
        return page.getScheme() + "://" + page.getAuthority();
    }

    private static WireClient login(WireClient client, String name) {
        client.send("{'type':'login','username':'" + name + "'}");
        client.next("welcome");
        return client;
    }

    private static void assertChats(WireClient from, WireClient to, String content) {
        from.send("{'type':'chat','content':'" + content + "'}");
        to.next("chat", chat -> chat.getString("content").equals(content));
    }

    @ParameterizedTest
    @EnumSource
    void pagesOfTheProxyChatThroughIt(Kind kind) throws Exception {
        Proxy proxy = proxy(kind);
        assertThat(get(HttpClient.newHttpClient(), proxy.http()).statusCode()).isEqualTo(200);
        Map<String, String> page = Map.of("Origin", origin(proxy.http()));
        try (WireClient ana = login(WireClient.connect(proxy.chat(), page), "ana");
                WireClient ben = login(WireClient.connect(proxy.chat(), page), "ben")) {
            assertChats(ana, ben, "through " + kind);
        }
        assertThatThrownBy(() -> WireClient.connect(proxy.chat(), Map.of("Origin", origin(node.baseUri()))))
                .as("a page of another address")
                .rootCause()
                .hasMessageContaining("403");
    }

    @ParameterizedTest
    @EnumSource
    void proxyEndsTls(Kind kind) throws Exception {
        Proxy proxy = proxy(kind);
        HttpResponse<String> page = get(secure(), proxy.https());
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        assertThat(page.headers().firstValue("Strict-Transport-Security")).isPresent();
        try (WireClient ana = login(
                        WireClient.connect(secure(), proxy.secureChat(), Map.of("Origin", origin(proxy.https()))),
                        "ana");
                WireClient ben = login(WireClient.connect(proxy.chat()), "ben")) {
            assertChats(ana, ben, "with TLS through " + kind);
        }
        assertThatThrownBy(() -> WireClient.connect(
                        secure(),
                        proxy.secureChat(),
                        Map.of("Origin", origin(proxy.https()).replace("https", "http"))))
                .as("a page without TLS")
                .rootCause()
                .hasMessageContaining("403");
    }

    @ParameterizedTest
    @EnumSource
    void addressOfTheClientIsItsOwnAndNotWhatItSays(Kind kind) throws Exception {
        Proxy proxy = proxy(kind);
        String user = "far-behind-" + kind.name().toLowerCase(Locale.ROOT);
        try (RawSocket client = RawSocket.from("127.0.0.2", proxy.http())) {
            HttpHandshake.Response answer = client.handshake(
                    "GET",
                    "/chat",
                    HttpHandshake.headersWith(
                            proxy.http(), "Authorization: Bearer " + Tokens.of(user), "X-Forwarded-For: 203.0.113.9"));
            assertThat(answer.status()).isEqualTo(101);
            client.text("{\"type\":\"login\"}");
            assertThat(client.read().orElseThrow().text()).contains("welcome");
            JsonObject sessions = JsonText.object(HttpUser.of(proxy.http(), "root", "admin")
                    .get("api/node/sessions?username=" + user)
                    .body());
            assertThat(sessions.getJsonArray("sessions").getJsonObject(0).getString("address"))
                    .isEqualTo("127.0.0.2");
        }
    }

    @ParameterizedTest
    @EnumSource
    void nodeThatDrainsIsPassedBy(Kind kind) throws Exception {
        // Not the shared one, so that HAProxy has not found out yet.
        Proxy proxy = ownProxy(
                kind, kind.configuration(), draining.port(), node.baseUri().getPort());
        for (int i = 0; i < 5; i++) {
            assertThat(get(HttpClient.newHttpClient(), proxy.http()).statusCode())
                    .isEqualTo(200);
            WireClient.guest(proxy.chat(), "ana").close();
            assertThat(HttpUser.of(proxy.http(), "taker-of-tickets")
                            .send("POST", "api/tickets", "")
                            .statusCode())
                    .isEqualTo(201);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nodesThatAreAllFullSayWhenToComeBack(Kind kind) throws Exception {
        try (BusyNode one = BusyNode.started(true);
                BusyNode two = BusyNode.started(true)) {
            Proxy proxy = ownProxy(kind, kind.configuration(), one.port(), two.port());
            for (int i = 0; i < 5; i++) {
                HttpResponse<String> answer = get(HttpClient.newHttpClient(), proxy.http());
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).contains(BusyNode.RETRY_AFTER);
            }
            assertThat(one.asked()).isPositive();
            assertThat(two.asked()).isPositive();
        }
    }

    private Proxy ownProxy(Kind kind, String configuration, Integer... nodes) throws Exception {
        Proxy proxy = start(kind, configuration, nodes);
        own.push(proxy.end());
        return proxy;
    }

    @ParameterizedTest
    @EnumSource
    void messagesOfStreamsAndLongPollsComeAtOnce(Kind kind) throws Exception {
        HttpUser reader = HttpUser.of(proxy(kind).http(), "reader");
        HttpUser sender = HttpUser.of(proxy(kind).http(), "sender");
        try (HttpEvents stream = reader.stream("room:lobby", "")) {
            assertThat(stream.next().name()).isEqualTo("position");
            CompletableFuture<HttpResponse<String>> poll =
                    reader.poll("room:lobby", reader.position("room:lobby"), LONG_POLL_SECONDS);
            reader.awaitWaiting(poll);
            // As any sender over HTTP: again, under the same id, while a node answers 503.
            await().until(() -> sender.post("{'type':'chat','id':'" + kind + "','content':'at once'}")
                            .statusCode()
                    == 201);
            assertThat(stream.next().json().getString("content")).isEqualTo("at once");
            assertThat(poll.get(20, TimeUnit.SECONDS).body()).contains("at once");
        }
    }

    /** With the same ratio of heartbeat and timeouts, but in seconds. */
    @ParameterizedTest
    @EnumSource
    void idleWebSocketIsKeptByTheHeartbeat(Kind kind) throws Exception {
        String shortened = kind.configuration().replace(" 90s", " " + SHORTENED);
        assertThat(shortened).isNotEqualTo(kind.configuration());
        Proxy proxy = ownProxy(kind, shortened, draining.port(), node.baseUri().getPort());
        try (RawSocket idle = RawSocket.upgraded(proxy.http(), "/chat")) {
            idle.text("{\"type\":\"login\",\"username\":\"idle\"}");
            for (int heartbeats = 0; heartbeats < HEARTBEATS; ) {
                Frame frame = idle.read().orElseThrow(() -> new AssertionError("The proxy ended the connection."));
                if (frame.opcode() == Frame.PING) {
                    idle.frame(Frame.FIN | Frame.PONG, frame.payload());
                    heartbeats++;
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void timeoutsAreLongerThanALongPoll(Kind kind) throws Exception {
        List<String> timeouts = Pattern.compile(
                        "(timeout (?:client|server|tunnel)|proxy_(?:read|send)_timeout) +(\\d+)s")
                .matcher(kind.configuration())
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(timeouts).hasSizeGreaterThanOrEqualTo(2).allSatisfy(timeout -> assertThat(
                        Integer.parseInt(timeout.replaceAll("\\D", "")))
                .as(timeout)
                .isGreaterThan(LONG_POLL_SECONDS));
    }
}
