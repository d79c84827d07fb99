package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OpenApi;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Redis;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The HTTP API for other programs and administrators, and its effects on WebSocket sessions. */
@Timeout(120)
class ApiIT extends ArquillianTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String ADMIN = Tokens.of("root", "admin");
    private static final int MORE_THAN_A_BURST = 150;
    private static final int WAVES = 10;

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(
                Map.of("parley.token.secret", Tokens.SECRET, "parley.forwarded.trusted", "127.0.0.1, ::1"));
    }

    private OpenApi document;

    @BeforeEach
    void readDocument() throws IOException, InterruptedException {
        document = new OpenApi(HTTP.send(
                        HttpRequest.newBuilder(http().resolve("api/openapi.json"))
                                .build(),
                        BodyHandlers.ofString())
                .body());
    }

    /** Sends a request, and checks the answer against the OpenAPI document. */
    private HttpResponse<String> ask(String token, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> response = HTTP.send(request(token, method, path, body), BodyHandlers.ofString());
        document.check(method, path, response);
        return response;
    }

    private HttpRequest request(String token, String method, String path, String body) {
        return HttpRequest.newBuilder(http().resolve(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }

    /**
     * Sends requests until one is refused. They are sent in parallel, because sequential requests may stay within the
     * rate on a busy machine.
     */
    private HttpResponse<String> askTooFast(String token, String path) {
        // HTTP/1.1, because an HTTP/2 connection limits the number of parallel requests.
        HttpRequest request = HttpRequest.newBuilder(request(token, "GET", path, ""), (name, value) -> true)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        for (int wave = 0; wave < WAVES; wave++) {
            List<CompletableFuture<HttpResponse<String>>> answers = Stream.generate(
                            () -> HTTP.sendAsync(request, BodyHandlers.ofString()))
                    .limit(MORE_THAN_A_BURST)
                    .toList();
            Optional<HttpResponse<String>> refused = answers.stream()
                    .map(CompletableFuture::join)
                    .filter(answer -> answer.statusCode() == 429)
                    .findFirst();
            if (refused.isPresent()) {
                document.check("GET", path, refused.get());
                return refused.get();
            }
        }
        throw new AssertionError("Nothing was refused of " + WAVES * MORE_THAN_A_BURST + " times " + path);
    }

    private static JsonObject json(HttpResponse<String> response) {
        return JsonText.object(response.body());
    }

    private static void assertRefused(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        assertThat(json(response).getString("code")).isEqualTo(code);
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
    }

    private URI chat() {
        return URI.create("ws://" + http().getAuthority() + "/chat");
    }

    /** Connects with the token in the handshake; throws if that is refused. */
    private WireClient connect(String token) {
        return WireClient.connect(chat(), Map.of("Authorization", "Bearer " + token), "parley.v1")
                .send("{'type':'login'}");
    }

    @Test
    void privateRoomIsCreatedAndLeftOverHttp() throws Exception {
        String ana = Tokens.of("ana");
        String ben = Tokens.of("ben");
        HttpResponse<String> made = ask(ana, "POST", "api/rooms", "{\"name\":\"plans\",\"members\":[\"ben\"]}");
        assertThat(made.statusCode()).isEqualTo(201);
        String room = json(made).getString("room");
        assertThat(room).startsWith("_plans-");
        assertThat(made.headers().firstValue("Cache-Control")).contains("no-store");
        HttpResponse<String> listed = ask(ben, "GET", "api/rooms", "");
        assertThat(listed.body()).contains(room);
        assertThat(listed.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(ask(Tokens.of("eve"), "GET", "api/rooms", "").body()).doesNotContain(room);

        WireClient listener = connect(ben);
        listener.next("welcome");
        listener.send("{'type':'join','room':'" + room + "'}").next("joined");
        assertRefused(ask(Tokens.of("eve"), "PUT", "api/rooms/" + room + "/members/eve", ""), 404, "no_such_room");
        assertRefused(ask(ben, "PUT", "api/rooms/" + room + "/members/eve", ""), 403, "forbidden");
        assertThat(ask(ana, "DELETE", "api/rooms/" + room + "/members/ben", "").statusCode())
                .isEqualTo(204);
        assertThat(listener.next("left").getString("room")).isEqualTo(room);
        listener.send("{'type':'chat','id':'c','room':'" + room + "','content':'still here?'}");
        assertThat(listener.next("error").getString("code")).isEqualTo("no_such_room");
        assertThat(ask(ana, "PUT", "api/rooms/" + room + "/members/eve", "").statusCode())
                .isEqualTo(204);
        listener.close();
    }

    @Test
    void membersOfAPrivateRoomAreListedForThemAlone() throws Exception {
        String ana = Tokens.of("ana-4");
        String eve = Tokens.of("eve-4");
        String room = json(ask(ana, "POST", "api/rooms", "{\"name\":\"plans\",\"members\":[\"ben-4\"]}"))
                .getString("room");
        HttpResponse<String> answer = ask(Tokens.of("ben-4"), "GET", "api/rooms/" + room + "/members", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        JsonObject listed = json(answer);
        assertThat(listed.getString("room")).isEqualTo(room);
        assertThat(listed.getString("owner")).isEqualTo("ana-4");
        assertThat(listed.getJsonArray("members").getValuesAs(JsonString::getString))
                .containsExactlyInAnyOrder("ana-4", "ben-4");

        HttpResponse<String> refused = ask(eve, "GET", "api/rooms/" + room + "/members", "");
        assertRefused(refused, 404, "no_such_room");
        HttpResponse<String> missing = ask(eve, "GET", "api/rooms/_x/members", "");
        assertRefused(missing, 404, "no_such_room");
        assertThat(refused.body().replace(room, "_x"))
                .as("nothing tells that it is there")
                .isEqualTo(missing.body());
    }

    @Test
    void roomNamesOfAnyScriptArePercentEncoded() throws Exception {
        String mei = Tokens.of("mei-of-the-api");
        String room = json(ask(mei, "POST", "api/rooms", "{\"name\":\"\u8bbe\u8ba1-\uff21\"}"))
                .getString("room");
        assertThat(room).startsWith("_\u8bbe\u8ba1-a-");
        String path = "api/rooms/" + URLEncoder.encode(room.toUpperCase(Locale.ROOT), StandardCharsets.UTF_8);
        assertThat(ask(mei, "PUT", path + "/members/lin", "").statusCode()).isEqualTo(204);
        assertThat(ask(Tokens.of("lin"), "GET", "api/rooms", "").body()).contains(room);
        try (WireClient listener = connect(Tokens.of("lin"))) {
            listener.next("welcome");
            JsonObject joined =
                    listener.send("{'type':'join','room':'" + room + "'}").next("joined");
            assertThat(ask(ADMIN, "POST", path + "/epoch", "").statusCode()).isEqualTo(204);
            assertThat(listener.closeCode()).isEqualTo(1012);
            assertThat(joined.getString("room")).isEqualTo(room);
        }
        HttpResponse<String> refused = ask(mei, "PUT", "api/rooms/%F0%9F%98%80/members/lin", "");
        assertRefused(refused, 400, "bad_message");
        assertThat(json(refused).getString("detail")).contains("U+1F600");
    }

    @Test
    void aFileInAPrivateRoomIsForItsMembersAndForAnybodyElseItIsNotThere() throws Exception {
        String ana = Tokens.of("ana-3");
        String ben = Tokens.of("ben-3");
        String room = json(ask(ana, "POST", "api/rooms", "{\"name\":\"files\",\"members\":[\"ben-3\"]}"))
                .getString("room");
        String href;
        try (WireClient uploader = connect(ana)) {
            uploader.next("welcome");
            href = uploader.upload(room, "a.txt", "text/plain", new byte[] {'h', 'i'})
                    .getString("href");
        }

        assertThat(ask(ben, "GET", href, "").body()).isEqualTo("hi");
        assertRefused(ask(Tokens.of("eve"), "GET", href, ""), 404, "not_found");
        assertThat(readWithTicketOf(Tokens.of("eve"), href)).isEqualTo(404);
        assertThat(readWithTicketOf(ben, href)).isEqualTo(200);

        ask(ana, "DELETE", "api/rooms/" + room + "/members/ben-3", "");
        assertRefused(ask(ben, "GET", href, ""), 404, "not_found");
        assertThat(readWithTicketOf(ben, href)).isEqualTo(404);
    }

    private int readWithTicketOf(String token, String href) throws IOException, InterruptedException {
        String ticket = json(ask(token, "POST", "api/tickets", "")).getString("ticket");
        return HTTP.send(
                        HttpRequest.newBuilder(http().resolve(href + "?ticket=" + ticket))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void tooManyFileReadsAreRefusedWithARetryDelay() throws Exception {
        String hasty = Tokens.of("hasty-reader");
        HttpResponse<String> response = askTooFast(hasty, "attachments/nothing");
        assertRefused(response, 429, "rate_limited");
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void invalidBodiesGetTheReason() throws Exception {
        String ana = Tokens.of("ana-2");
        assertRefused(ask(ana, "POST", "api/rooms", "{\"name\":7}"), 400, "bad_message");
        assertRefused(ask(ana, "POST", "api/rooms", "{}"), 400, "missing_field");
        assertRefused(ask(ana, "POST", "api/rooms", "{\"name\":\"Not a room\"}"), 400, "bad_message");
        assertRefused(ask(ana, "POST", "api/rooms", "{\"name\":\"" + "x".repeat(51) + "\"}"), 400, "bad_message");
        assertRefused(ask(ana, "POST", "api/rooms", "{\"name\":"), 400, "bad_json");
        assertRefused(ask(ana, "POST", "api/rooms", "[]"), 400, "bad_json");
        for (String value : new String[] {"[".repeat(1_001), "1".repeat(1_101), "1e99999999999"}) {
            assertRefused(ask(ana, "POST", "api/rooms", "{\"name\":\"x\",\"members\":" + value + "}"), 400, "bad_json");
        }
        assertRefused(ask(ana, "PUT", "api/rooms/NOT%20A%20ROOM/members/x", ""), 400, "bad_message");
        assertRefused(ask(ana, "PUT", "api/rooms/_x/members/%E2%80%AEx", ""), 400, "bad_message");
    }

    @Test
    void onlyAdministratorsSeeTheNode() throws Exception {
        for (String path : List.of(
                "api/nodes",
                "api/nodes/sessions",
                "api/nodes/rooms",
                "api/node/sessions",
                "api/node/users",
                "api/node/rooms")) {
            assertRefused(ask(Tokens.of("eve", "notify"), "GET", path, ""), 403, "forbidden");
        }
        assertRefused(ask(Tokens.of("eve"), "POST", "api/node/announcements", "{\"content\":\"x\"}"), 403, "forbidden");
        assertRefused(ask(Tokens.of("eve"), "DELETE", "api/node/sessions/x", ""), 403, "forbidden");
        assertRefused(ask(Tokens.of("eve"), "POST", "api/rooms/lobby/epoch", ""), 403, "forbidden");
        assertRefused(ask(Tokens.of("eve"), "POST", "api/users/ana/revocation", ""), 403, "forbidden");
    }

    @Test
    void administratorSeesAndEndsSessions() throws Exception {
        WireClient carl = connect(Tokens.of("carl"));
        String session = carl.next("welcome").getString("session");
        assertThat(ask(ADMIN, "GET", "api/node/sessions", "").body()).contains(session, "\"carl\"");
        HttpResponse<String> carls = ask(ADMIN, "GET", "api/node/sessions?username=CARL", "");
        assertThat(json(carls).getInt("count")).isEqualTo(1);
        assertThat(json(carls).getJsonArray("sessions").getJsonObject(0).getString("session"))
                .isEqualTo(session);
        assertThat(carls.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(json(ask(ADMIN, "GET", "api/node/sessions?username=nobody", ""))
                        .getInt("count"))
                .isZero();
        assertThat(ask(ADMIN, "GET", "api/node/users", "").body()).contains("\"carl\"");
        assertThat(ask(ADMIN, "GET", "api/node/rooms", "").body()).contains("\"lobby\"");
        assertThat(ask(ADMIN, "DELETE", "api/node/sessions/" + session, "").statusCode())
                .isEqualTo(204);
        assertThat(carl.closeCode()).isEqualTo(4502);
        HttpResponse<String> again = ask(ADMIN, "DELETE", "api/node/sessions/" + session, "");
        if (Redis.hasServersOfThisRun()) {
            assertThat(again.statusCode()).as("another node may have it").isEqualTo(202);
        } else {
            assertRefused(again, 404, "not_found");
        }
    }

    @Test
    void administratorSeesTheNodes() throws Exception {
        try (WireClient nora = connect(Tokens.of("nora"))) {
            nora.next("welcome");
            HttpResponse<String> listed = ask(ADMIN, "GET", "api/nodes", "");
            assertThat(listed.headers().firstValue("Cache-Control")).contains("no-store");
            JsonObject nodes = json(listed);
            JsonObject node = nodes.getJsonArray("nodes").getJsonObject(0);
            assertThat(nodes.getJsonArray("nodes")).hasSize(1);
            assertThat(node.getString("node")).isEqualTo(nodes.getString("answeredBy"));
            for (String list : List.of("sessions", "users", "rooms")) {
                assertThat(json(ask(ADMIN, "GET", "api/node/" + list, "")).getString("answeredBy"))
                        .isEqualTo(node.getString("node"));
            }
            JsonObject sessions = json(ask(ADMIN, "GET", "api/nodes/sessions?username=NORA", ""));
            assertThat(sessions.getInt("count")).isEqualTo(1);
            assertThat(sessions.getJsonArray("sessions").getJsonObject(0))
                    .containsEntry("username", Json.createValue("nora"))
                    .containsEntry("node", node.get("node"));
            JsonObject rooms = json(ask(ADMIN, "GET", "api/nodes/rooms", ""));
            assertThat(rooms.getJsonArray("rooms").toString()).contains("\"lobby\"", "\"present\"");
            for (JsonObject answer : List.of(sessions, rooms)) {
                int count = answer.getJsonArray(answer == rooms ? "rooms" : "sessions")
                        .size();
                assertThat(answer.getString("answeredBy")).isEqualTo(node.getString("node"));
                assertThat(answer.getJsonArray("nodes"))
                        .containsExactly(Json.createObjectBuilder()
                                .add("node", node.get("node"))
                                .add("name", node.get("name"))
                                .add("answered", true)
                                .add("count", count)
                                .add("listed", count)
                                .build());
            }
            assertRefused(ask(ADMIN, "GET", "api/nodes/sessions?username=%20", ""), 400, "bad_message");
            assertThat(node.getString("version")).startsWith("1.").doesNotContain("$");
            assertThat(node.getString("state")).isEqualTo("ready");
            assertThat(node.getString("backplane")).isEqualTo(Redis.BACKPLANE);
        }
    }

    @Test
    void behindATrustedProxyASessionHasItsClientsAddress() throws Exception {
        try (WireClient far = WireClient.connect(
                        chat(),
                        Map.of("Authorization", "Bearer " + Tokens.of("far"), "X-Forwarded-For", "203.0.113.9"),
                        "parley.v1")
                .send("{'type':'login'}")) {
            far.next("welcome");
            JsonObject session = json(ask(ADMIN, "GET", "api/node/sessions?username=far", ""))
                    .getJsonArray("sessions")
                    .getJsonObject(0);
            assertThat(session.getString("address")).isEqualTo("203.0.113.9");
        }
    }

    @Test
    void announcementReachesEverybodyOnce() throws Exception {
        WireClient dora = connect(Tokens.of("dora"));
        dora.next("welcome");
        String body = "{\"id\":\"a1\",\"content\":\"Going down at eight\",\"level\":\"warning\"}";
        HttpResponse<String> first = ask(ADMIN, "POST", "api/node/announcements", body);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(json(ask(ADMIN, "POST", "api/node/announcements", body))).isEqualTo(json(first));
        assertRefused(ask(ADMIN, "POST", "api/node/announcements", body.replace("eight", "nine")), 409, "conflict");
        assertThat(dora.next("notification").getString("content")).isEqualTo("Going down at eight");
        dora.send("{'type':'ping'}").next("pong");
        assertThat(dora.waiting("notification")).isEmpty();
        dora.close();
    }

    @Test
    void whoIsRevokedIsOutWithinTwoSecondsAndStaysOut() throws Exception {
        String old = Tokens.of("mallory");
        WireClient first = connect(old);
        WireClient second = connect(old);
        first.next("welcome");
        second.next("welcome");
        String ticket = json(ask(old, "POST", "api/tickets", "")).getString("ticket");

        long begin = System.nanoTime();
        assertThat(ask(ADMIN, "POST", "api/users/mallory/revocation", "").statusCode())
                .isEqualTo(204);
        assertThat(first.closeCode()).isEqualTo(4505);
        assertThat(second.closeCode()).isEqualTo(4505);
        long outAfter = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        System.out.println("# who is revoked is out after " + outAfter + " ms");
        assertThat(outAfter)
                .as("ms; the promise is two seconds, a busy machine gets ten")
                .isLessThan(10_000);

        assertRefused(ask(old, "GET", "api/rooms", ""), 401, "login_refused");
        try (RawSocket raw = RawSocket.to(http())) {
            assertThat(raw.handshake("GET", "/chat?ticket=" + ticket, HttpHandshake.headersWith(http()))
                            .status())
                    .isEqualTo(401);
        }
        WireClient later =
                WireClient.connect(chat(), Map.of(), "parley.v1").send("{'type':'login','token':'" + old + "'}");
        assertThat(later.closeCode()).isEqualTo(4505);
    }

    @Test
    void namesInPathsAreReadCompletelyOrRefused() throws Exception {
        String token = Tokens.of("anton");
        String withSemicolon = Tokens.of("anton;x");
        String ofDots = Tokens.of("..");
        assertRefused(ask(ADMIN, "POST", "api/users/anton;x/revocation", ""), 400, "bad_message");
        assertRefused(ask(ADMIN, "POST", "api/users/anton/revocation;x=1", ""), 400, "bad_message");
        assertThat(ask(ADMIN, "POST", "api/users/anton%3Bx/revocation", "").statusCode())
                .isEqualTo(204);
        // A name of dots must be escaped, or the HTTP client changes the path before it sends the request.
        HttpResponse<String> dots = ask(ADMIN, "POST", "api/users/%2E%2e/revocation", "");
        if (ServerDifferences.takesEscapedDots()) {
            assertThat(dots.statusCode()).isEqualTo(204);
            assertRefused(ask(ofDots, "GET", "api/rooms", ""), 401, "login_refused");
        } else {
            assertRefused(dots, 400, "bad_message");
        }
        assertRefused(ask(ADMIN, "POST", "api/users/../revocation", ""), 404, "not_found");
        assertThat(ask(token, "GET", "api/rooms", "").statusCode()).isEqualTo(200);
        assertRefused(ask(withSemicolon, "GET", "api/rooms", ""), 401, "login_refused");
    }

    @Test
    void everyUserMayRevokeOwnSessions() throws Exception {
        String token = Tokens.of("olga");
        WireClient olga = connect(token);
        olga.next("welcome");
        assertThat(ask(token, "POST", "api/users/olga/revocation", "").statusCode())
                .isEqualTo(204);
        assertThat(olga.closeCode()).isEqualTo(4505);
        assertRefused(ask(token, "GET", "api/rooms", ""), 401, "login_refused");
    }

    @Test
    void namesThatDifferOnlyInCaseAreTheSameUser() throws Exception {
        String paula = Tokens.of("Paula");
        WireClient first = connect(paula);
        first.next("welcome");
        assertRefused(ask(Tokens.of("paula"), "GET", "api/rooms", ""), 401, "login_refused");
        assertThat(ask(paula, "POST", "api/users/paula/revocation", "").statusCode())
                .isEqualTo(204);
        assertThat(first.closeCode()).isEqualTo(4505);
    }

    @Test
    void tokenWithoutIssueTimeCannotRevokeItself() throws Exception {
        String undated = Tokens.withoutIssueTime("undine");
        assertRefused(ask(undated, "POST", "api/users/undine/revocation", ""), 409, "conflict");
        assertThat(ask(undated, "GET", "api/rooms", "").statusCode()).isEqualTo(200);
    }

    @Test
    void newEpochOfARoomMakesReadersReload() throws Exception {
        WireClient paul = connect(Tokens.of("paul"));
        paul.next("welcome");
        JsonObject position =
                paul.send("{'type':'join','room':'restored'}").next("joined").getJsonObject("position");
        assertThat(ask(ADMIN, "POST", "api/rooms/restored/epoch", "").statusCode())
                .isEqualTo(204);
        assertThat(paul.closeCode()).isEqualTo(1012);
        WireClient again = connect(Tokens.of("paul"));
        again.next("welcome");
        JsonObject joined = again.send("{'type':'join','room':'restored','position':"
                        + position.toString().replace('"', '\'') + "}")
                .next("joined");
        assertThat(joined.getBoolean("recovered")).isFalse();
        assertRefused(ask(ADMIN, "POST", "api/rooms/never-there/epoch", ""), 404, "no_such_room");
        again.close();
    }

    @Test
    void newEpochsOfAllChannelsMakeEverybodyReload() throws Exception {
        assertRefused(ask(Tokens.of("eve"), "POST", "api/epochs", ""), 403, "forbidden");
        WireClient petra = connect(Tokens.of("petra"));
        JsonObject before = petra.next("welcome").getJsonObject("channels");
        assertThat(before).containsKeys("inbox", "broadcast", "room:lobby");

        assertThat(ask(ADMIN, "POST", "api/epochs", "").statusCode()).isEqualTo(204);

        assertThat(petra.closeCode()).isEqualTo(1012);
        JsonObjectBuilder positions = Json.createObjectBuilder();
        before.forEach(
                (channel, state) -> positions.add(channel, state.asJsonObject().get("position")));
        JsonObject login = Json.createObjectBuilder()
                .add("type", "login")
                .add("positions", positions)
                .build();
        try (WireClient again = WireClient.connect(
                        chat(), Map.of("Authorization", "Bearer " + Tokens.of("petra")), "parley.v1")
                .sendText(login.toString())) {
            JsonObject after = again.next("welcome").getJsonObject("channels");
            assertThat(before.keySet()).allSatisfy(channel -> assertThat(
                            after.getJsonObject(channel).getBoolean("recovered"))
                    .as(channel)
                    .isFalse());
        }
    }

    @Test
    void tooManyRequestsAreRefusedWithARetryDelay() throws Exception {
        String hasty = Tokens.of("hasty");
        HttpResponse<String> response = askTooFast(hasty, "api/rooms");
        assertRefused(response, 429, "rate_limited");
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertThat(ask(Tokens.of("patient"), "GET", "api/rooms", "").statusCode())
                .isEqualTo(200);
    }
}
