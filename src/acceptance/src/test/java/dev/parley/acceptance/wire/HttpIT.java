package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.mutants.HangingStore;
import dev.parley.acceptance.mutants.Jdbc;
import dev.parley.acceptance.mutants.ProbeResource;
import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import jakarta.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP without WebSocket: errors, headers, the OpenAPI document, proxies. */
class HttpIT extends ArquillianTest {
    /**
     * Offers no HTTP/2, which only GlassFish has without TLS: where it is off, Payara answers such an offer, any
     * Upgrade header, without the Content-Type of an answer that is long or late.
     */
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final String APP = "https://app.example";
    /** Twice WildFly's 16 threads per processor. All of these requests must arrive while the first one still waits. */
    private static final int WAITING = 32 * Runtime.getRuntime().availableProcessors();

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of(
                        "parley.token.secret",
                        Tokens.SECRET,
                        "parley.origins",
                        "self, " + APP,
                        "parley.forwarded.trusted",
                        "127.0.0.1, ::1",
                        "parley.handshake.refusals.explained",
                        "false"))
                .addClasses(ProbeResource.class, ProbeResource.Thing.class, HangingStore.class, Jdbc.class);
    }

    private HttpResponse<String> send(String method, String path, BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(http().resolve(path)).method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String method, String path, String... headers)
            throws IOException, InterruptedException {
        return send(method, path, BodyPublishers.noBody(), headers);
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return send("POST", "api/probe", BodyPublishers.ofString(body), "Content-Type", "application/json");
    }

    private static void assertProblem(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).isEqualTo(status);
        if (status != 426 || ServerDifferences.typesTheAnswer426()) {
            assertThat(response.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        }
        assertRevealsNoInternals(response);
        JsonObject problem = JsonText.object(response.body());
        assertThat(problem.getInt("status")).isEqualTo(status);
        assertThat(problem.getString("code")).isEqualTo(code);
        assertThat(problem.getString("detail")).endsWith(".");
    }

    private static void assertRevealsNoInternals(HttpResponse<String> response) {
        assertThat(response.headers().map()).doesNotContainKeys("server", "x-powered-by");
        assertThat(response.body() + response.headers().map())
                .doesNotContainIgnoringCase("exception")
                .doesNotContainIgnoringCase("dev.parley")
                .doesNotContainIgnoringCase("resteasy")
                .doesNotContainIgnoringCase("wildfly")
                .doesNotContainIgnoringCase("undertow")
                .doesNotContainIgnoringCase("glassfish")
                .doesNotContainIgnoringCase("grizzly")
                .doesNotContainIgnoringCase("jersey")
                .doesNotContainIgnoringCase("secret of the inside")
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, api, 404, not_found",
        "GET, api/, 404, not_found",
        "GET, api/nothing, 404, not_found",
        "POST, api/tickets/nothing, 404, not_found",
        "GET, api/tickets, 405, bad_message",
        "DELETE, api/tickets, 405, bad_message",
        "POST, api/tickets, 401, login_required",
        "GET, api/probe/who, 401, login_required",
        "GET, api/openapi.json?token=abc, 200, ",
        "POST, api/tickets?token=abc, 400, bad_message",
        "GET, api/probe/bug, 500, internal",
        "GET, nothing, 404, not_found",
        "GET, pages/nothing.js, 404, not_found",
        "GET, error, 404, not_found",
        "GET, console, 404, not_found",
        "GET, health, 404, not_found",
        "GET, health/nothing, 404, not_found",
        "POST, health/live, 405, bad_message",
        "PUT, index.html, 405, bad_message",
        "POST, index.html, 405, bad_message",
        "DELETE, parley/parley-client.js, 405, bad_message",
        "POST, attachments/x, 405, bad_message",
        "GET, attachments/x, 401, login_required",
        "GET, attachments/x?token=abc, 400, bad_message",
        "GET, attachments/x?ticket=abc, 401, login_refused",
        "GET, chat, 426, bad_message"
    })
    void everyErrorIsAProblemWithACode(String method, String path, int status, String code) throws Exception {
        HttpResponse<String> response = send(method, path);

        if (status == 200) {
            assertThat(response.statusCode()).isEqualTo(200);
        } else if (status == 403 && !ServerDifferences.forbidsFolders()) {
            assertProblem(response, 404, "not_found");
        } else {
            assertProblem(response, status, code);
        }
    }

    @Test
    void folderIsNotListed() throws Exception {
        if (ServerDifferences.forbidsFolders()) {
            assertProblem(send("GET", "pages/"), 403, "forbidden");
        } else {
            assertProblem(send("GET", "pages/"), 404, "not_found");
        }
    }

    static List<String> notTheJsonOfTheProbe() {
        return List.of(
                "",
                "{",
                "[]",
                "[{\"name\":\"x\",\"size\":1}]",
                "1",
                "null",
                "true",
                "\"text\"",
                "[".repeat(5_000),
                "{\"name\":".repeat(1_500),
                "{\"name\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}",
                "{\"name\":",
                "{\"name\":\"x\",\"size\":\"big\"}",
                "{\"name\":\"x\",\"size\":1e99999999999}",
                "not json",
                "{\"name\":\"x\",\"size\":1,\"size\":2}",
                "{\"name\":\"x\",\"size\":1}{}",
                "\u0000");
    }

    @ParameterizedTest
    @MethodSource("notTheJsonOfTheProbe")
    void jsonOfTheWrongShapeIsRefused(String body) throws Exception {
        assertProblem(post(body), 400, "bad_json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "WEB-INF/",
                "WEB-INF/web.xml",
                "web-inf/nothing",
                "META-INF/MANIFEST.MF",
                "api/../WEB-INF/web.xml",
                "WEB-INF/classes/parley.properties"
            })
    void internalFilesAreNotServed(String path) throws Exception {
        HttpResponse<String> response = send("GET", path);

        assertProblem(response, 404, "not_found");
        assertThat(response.headers().firstValue("Content-Security-Policy")).isPresent();
    }

    @Test
    void jsonOfTheRightShapeIsAccepted() throws Exception {
        HttpResponse<String> response = post("{\"name\":\"你\",\"size\":7,\"unknown\":{}}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("\"你\"", "7");
    }

    @Test
    void bodiesAreBoundedWithAndWithoutContentLength() throws Exception {
        byte[] tooLong = ("{\"name\":\"" + "x".repeat(17_000) + "\"}").getBytes(StandardCharsets.UTF_8);

        for (BodyPublisher body : new BodyPublisher[] {
            BodyPublishers.ofByteArray(tooLong), BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(tooLong))
        }) {
            assertProblem(send("POST", "api/probe", body, "Content-Type", "application/json"), 413, "too_long");
        }
        assertProblem(
                send(
                        "POST",
                        "api/tickets",
                        BodyPublishers.ofByteArray(tooLong),
                        "Authorization",
                        "Bearer " + Tokens.of("rosa")),
                413,
                "too_long");
    }

    @Test
    void otherMediaTypesAreRefusedInRequestsAndAnswers() throws Exception {
        assertProblem(
                send("POST", "api/probe", BodyPublishers.ofString("<a/>"), "Content-Type", "text/xml"),
                415,
                "bad_message");
        assertProblem(send("GET", "api/openapi.json", "Accept", "text/html"), 406, "bad_message");
        for (String accept : new String[] {"no media type", "a/b;q=x"}) {
            assertProblem(send("GET", "api/openapi.json", "Accept", accept), 400, "bad_message");
        }
        for (String contentType : new String[] {"nonsense", "a/b;q=x"}) {
            assertProblem(
                    send("POST", "api/probe", BodyPublishers.ofString("{}"), "Content-Type", contentType),
                    400,
                    "bad_message");
        }
    }

    @Test
    void resourceWithoutAnAnnotationNeedsAToken() throws Exception {
        HttpResponse<String> response =
                send("GET", "api/probe/who", "Authorization", "Bearer " + Tokens.of("rosa", "admin"));

        assertThat(response.body()).isEqualTo("rosa true");
        assertProblem(send("GET", "api/probe/who", "Authorization", "Bearer nonsense"), 401, "login_refused");
        assertProblem(send("GET", "api/probe/who", "Authorization", "Basic dTpw"), 401, "login_refused");
    }

    @Test
    void refusedMethodsListTheAllowedOnes() throws Exception {
        assertThat(send("GET", "api/tickets").headers().firstValue("Allow"))
                .hasValueSatisfying(allow -> assertThat(allow).contains("POST"));
        assertThat(send("POST", "index.html").headers().firstValue("Allow")).contains("GET, HEAD");
        assertThat(send("OPTIONS", "api/tickets", "Authorization", "Bearer " + Tokens.of("rosa"))
                        .headers()
                        .firstValue("Allow"))
                .hasValueSatisfying(allow -> assertThat(allow).contains("POST"));
    }

    @ParameterizedTest
    @CsvSource({
        "'', 'GET, HEAD'",
        "index.html, 'GET, HEAD'",
        "nothing, 'GET, HEAD'",
        "attachments/x, 'GET, HEAD'",
        "health/live, 'GET, HEAD'",
        "api/tickets, POST",
        "chat, GET"
    })
    void traceIsRefusedAndEchoesNothing(String path, String allowed) throws Exception {
        HttpResponse<String> trace = send("TRACE", path, "Authorization", "Bearer do-not-echo");

        assertThat(trace.body()).doesNotContain("do-not-echo");
        if (ServerDifferences.leavesTraceToTheApplication()) {
            assertProblem(trace, 405, "bad_message");
            assertThat(trace.headers().firstValue("Allow"))
                    .hasValueSatisfying(allow -> assertThat(allow).contains(allowed));
            assertThat(trace.headers().firstValue("Content-Security-Policy")).isPresent();
        } else {
            assertThat(trace.statusCode()).isEqualTo(405);
            assertThat(trace.headers().firstValue("Content-Security-Policy")).isEmpty();
            assertRevealsNoInternals(trace);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS", "POST", "PUT", "DELETE", "PATCH", "PROPFIND", "BREW"})
    void everythingOutsideTheApiIsReadOnly(String method) throws Exception {
        for (String path : new String[] {
            "",
            "index.html",
            "parley/parley-client.js",
            "health/live",
            "health/ready",
            "attachments/x",
            "pages/",
            "error",
            "nothing",
            "apis"
        }) {
            HttpResponse<String> refused = send(method, path);

            assertProblem(refused, 405, "bad_message");
            assertThat(refused.headers().allValues("Allow")).as(path).containsExactly("GET, HEAD");
            assertThat(refused.headers().firstValue("Content-Security-Policy")).isPresent();
        }
    }

    @Test
    void methodInSmallLettersIsAnotherMethod() throws Exception {
        HttpResponse<String> response = send("get", "index.html");

        if (ServerDifferences.tellsMethodsByCase()) {
            assertProblem(response, 405, "bad_message");
        } else {
            assertThat(response.body()).isEqualTo(send("GET", "index.html").body());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "index.html", "health/live", "health/ready"})
    void headIsAnsweredLikeGetWithoutABody(String path) throws Exception {
        HttpResponse<String> head = send("HEAD", path);
        HttpResponse<String> get = send("GET", path);

        assertThat(head.statusCode()).isEqualTo(get.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("Content-Type"))
                .isEqualTo(get.headers().firstValue("Content-Type"));
    }

    @ParameterizedTest
    @CsvSource({
        "GET, 426, Upgrade, websocket",
        "OPTIONS, 405, Allow, GET",
        "POST, 405, Allow, GET",
        "PUT, 405, Allow, GET",
        "DELETE, 405, Allow, GET",
        "PATCH, 405, Allow, GET",
        "BREW, 405, Allow, GET"
    })
    void endpointsRefuseRequestsWithoutAnUpgrade(String method, int status, String header, String value)
            throws Exception {
        for (String path : new String[] {"chat", "monitor", "text"}) {
            HttpResponse<String> refused = send(method, path);

            assertProblem(refused, status, "bad_message");
            assertThat(refused.headers().allValues(header)).as(path).containsExactly(value);
        }
    }

    /**
     * Sends more requests than the server has threads. If each held a thread, the page would arrive after their
     * timeout.
     */
    @Test
    void requestsThatWaitForTheStoreHoldNoThread() throws Exception {
        assertThat(send("PUT", "api/probe/hanging").statusCode()).isEqualTo(204);
        List<RawSocket> waiting = new ArrayList<>();
        try {
            for (int i = 0; i < WAITING; i++) {
                waiting.add(RawSocket.to(http()));
                waiting.get(i).write(request(i % 2 == 0 ? "/api/rooms" : "/attachments/nothing", "waits-" + i));
            }
            assertThat(send("GET", "index.html").statusCode()).isEqualTo(200);
            assertThat(send("DELETE", "api/probe/hanging").statusCode()).isEqualTo(204);

            for (int i = 0; i < WAITING; i++) {
                assertThat(waiting.get(i).response("GET").status())
                        .as("request " + i)
                        .isEqualTo(i % 2 == 0 ? 200 : 404);
            }
        } finally {
            send("DELETE", "api/probe/hanging");
            waiting.forEach(RawSocket::close);
        }
    }

    private byte[] request(String path, String user) {
        return ("GET " + path + " HTTP/1.1\r\nHost: " + http().getAuthority() + "\r\nAuthorization: Bearer "
                        + Tokens.of(user) + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void targetWithoutASlashIsRefused() {
        try (RawSocket raw = RawSocket.to(http())) {
            assertThat(raw.handshake("GET", "nothing", List.of("Host: " + http().getAuthority()))
                            .status())
                    .isEqualTo(400);
        }
    }

    @Test
    void modulesMayBeImportedByPagesOfAllowedOriginsOnly() throws Exception {
        String self = http().getScheme() + "://" + http().getAuthority();
        HttpResponse<String> own = send("GET", "parley/parley-client.js", "Origin", self);
        assertThat(own.statusCode()).isEqualTo(200);
        assertThat(own.headers().allValues("Access-Control-Allow-Origin")).containsExactly(self);
        HttpResponse<String> foreign = send("GET", "parley/parley-client.js", "Origin", "https://evil.example");
        assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        for (HttpResponse<String> answer : List.of(own, foreign, send("GET", "parley/parley-client.js"))) {
            assertThat(answer.headers().allValues("Vary")).anyMatch(names -> names.contains("Origin"));
        }
    }

    @Test
    void modulesAreScriptsThatAreRevalidated() throws Exception {
        HttpResponse<String> module = send("GET", "parley/parley-client.js");
        assertThat(module.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/javascript"));
        assertThat(module.headers().allValues("Cache-Control")).containsExactly("no-cache");
        Optional<String> tag = module.headers().firstValue("ETag");
        HttpResponse<String> again = tag.isPresent()
                ? send("GET", "parley/parley-client.js", "If-None-Match", tag.get())
                : send(
                        "GET",
                        "parley/parley-client.js",
                        "If-Modified-Since",
                        module.headers().firstValue("Last-Modified").orElseThrow());
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void openApiDocumentIsPublic() throws Exception {
        HttpResponse<String> response = send("GET", "api/openapi.json");

        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        assertThat(response.body()).contains("\"openapi\": \"3.1.0\"", "/api/tickets");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "index.html",
                "monitor.html",
                "admin.html",
                "lib/lit/index.js",
                "parley/parley-client.js",
                "favicon.svg",
                "nothing",
                "api/openapi.json",
                "api/nothing",
                "health/live",
                "attachments/x",
                "chat"
            })
    void everyAnswerHasTheSecurityHeaders(String path) throws Exception {
        HttpResponse<String> response = send("GET", path);

        assertThat(response.headers().allValues("Content-Security-Policy"))
                .singleElement()
                .asString()
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(response.headers().allValues("X-Content-Type-Options")).containsExactly("nosniff");
        assertThat(response.headers().allValues("Referrer-Policy")).containsExactly("no-referrer");
        assertThat(response.headers().allValues("Cross-Origin-Opener-Policy")).containsExactly("same-origin");
        assertThat(response.headers().firstValue("Permissions-Policy")).isPresent();
        assertThat(response.headers().firstValue("Strict-Transport-Security")).isEmpty();
    }

    @Test
    void refusedUpgradeHasTheSecurityHeaders() {
        try (RawSocket raw = RawSocket.to(http())) {
            HttpHandshake.Response refused =
                    raw.handshake("GET", "/chat", HttpHandshake.headersWith(http(), "Origin: https://evil.example"));
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.header("Content-Security-Policy"))
                    .hasValueSatisfying(policy -> assertThat(policy).contains("default-src 'none'"));
            assertThat(refused.header("Referrer-Policy")).contains("no-referrer");
        }
    }

    /** By the setting of this test's server; RefusedCredentialIT has the default. */
    @Test
    void refusalsOfCredentialsMayBeHttpAnswersToPagesToo() {
        for (String path : List.of("/chat?ticket=x", "/monitor?ticket=x", "/text?ticket=x")) {
            try (RawSocket raw = RawSocket.to(http())) {
                HttpHandshake.Response refused =
                        raw.handshake("GET", path, HttpHandshake.headersWith(http(), "Origin: " + APP));
                assertThat(refused.status()).as(path).isEqualTo(401);
                assertThat(JsonText.object(refused.body()).getString("code")).isEqualTo("login_refused");
            }
        }
    }

    @Test
    void trustedProxyWithTlsEnablesStrictTransportSecurity() throws Exception {
        assertThat(send("GET", "", "X-Forwarded-Proto", "https").headers().firstValue("Strict-Transport-Security"))
                .contains("max-age=31536000");
    }

    @Test
    void trustedProxyDefinesTheOwnOrigin() {
        try (RawSocket raw = RawSocket.to(http())) {
            assertThat(raw.handshake(
                                    "GET",
                                    "/chat",
                                    HttpHandshake.headersWith(
                                            http(),
                                            "Origin: https://chat.example",
                                            "X-Forwarded-Proto: https",
                                            "X-Forwarded-Host: chat.example",
                                            "X-Forwarded-For: 203.0.113.9"))
                            .status())
                    .isEqualTo(101);
        }
    }

    @Test
    void onlyPagesOfListedOriginsMayUseTheApi() throws Exception {
        HttpResponse<String> preflight = send(
                "OPTIONS",
                "api/tickets",
                "Origin",
                APP,
                "Access-Control-Request-Method",
                "POST",
                "Access-Control-Request-Headers",
                "authorization");
        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
                .contains(APP);
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers"))
                .hasValueSatisfying(names -> assertThat(names).contains("Authorization"));
        HttpResponse<String> ticket =
                send("POST", "api/tickets", "Origin", APP, "Authorization", "Bearer " + Tokens.of("rosa"));
        assertThat(ticket.statusCode()).isEqualTo(201);
        assertThat(ticket.headers().firstValue("Access-Control-Allow-Origin")).contains(APP);
        assertThat(ticket.headers().allValues("Vary")).contains("Origin");
        assertThat(ticket.headers().firstValue("Access-Control-Expose-Headers"))
                .contains("Allow, Retry-After, WWW-Authenticate");

        for (String method : new String[] {"GET", "POST", "OPTIONS"}) {
            HttpResponse<String> foreign = send(
                    method,
                    "api/tickets",
                    "Origin",
                    "https://evil.example",
                    "Authorization",
                    "Bearer " + Tokens.of("rosa"));
            assertProblem(foreign, 403, "forbidden");
            assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
    }
}
