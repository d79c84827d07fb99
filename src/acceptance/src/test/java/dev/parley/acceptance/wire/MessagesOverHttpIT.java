package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.HttpEvents;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OpenApi;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Channels without a WebSocket: long polling, event streams, and messages that are sent in requests. */
@Timeout(180)
class MessagesOverHttpIT extends ArquillianTest {
    private static final int READERS_OF_USER = 3;
    private static final int RETAINED = 1_000;
    private static final int WRITERS = 8;
    /** Far more than it takes on any machine: a request that waits so long was not woken. */
    private static final int WAIT = 55;

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private OpenApi document;

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of(
                "parley.token.secret",
                Tokens.SECRET,
                // A token's end is near then.
                "parley.token.skew",
                "0s",
                "parley.sessions.user",
                Integer.toString(READERS_OF_USER),
                "parley.retention.count",
                Integer.toString(RETAINED),
                "parley.rate.messages",
                "0",
                "parley.rate.channels",
                "0",
                "parley.heartbeat.interval",
                "2s"));
    }

    @BeforeEach
    void readDocument() throws Exception {
        document =
                new OpenApi(user("reader-of-documents").get("api/openapi.json").body());
    }

    private HttpUser user(String name, String... roles) {
        return HttpUser.of(http(), name, roles);
    }

    private HttpUser admin() {
        return user("root", "admin");
    }

    private static String chat(String room, String content) {
        return "{'type':'chat','room':'" + room + "','content':'" + content + "'}";
    }

    /** The body of an answer that came without an error. */
    private JsonObject messages(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        document.check("GET", HttpUser.path("inbox"), response);
        return JsonText.object(response.body());
    }

    private static List<JsonObject> list(JsonObject answer) {
        return answer.getJsonArray("messages").getValuesAs(JsonObject.class);
    }

    private static HttpResponse<String> answer(CompletableFuture<HttpResponse<String>> poll) {
        return poll.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private void assertRefused(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        assertThat(JsonText.object(response.body()).getString("code")).isEqualTo(code);
    }

    @Test
    void requestIsAnsweredWithWhatIsThere() throws Exception {
        HttpUser ana = user("ana-1");
        String start = ana.position("room:there");
        for (int i = 1; i <= 5; i++) {
            ana.post(chat("there", "message " + i));
        }
        JsonObject first = messages(ana.get(HttpUser.path("room:there") + "?after=" + start + "&limit=2"));
        assertThat(first.getString("channel")).isEqualTo("room:there");
        assertThat(first.getBoolean("more")).isTrue();
        assertThat(list(first))
                .extracting(message -> message.getString("content"))
                .containsExactly("message 1", "message 2");
        JsonObject rest =
                messages(ana.get(HttpUser.path("room:there") + "?wait=" + WAIT + "&after=" + HttpUser.position(first)));
        assertThat(list(rest)).extracting(message -> message.getInt("seq")).containsExactly(3, 4, 5);
        assertThat(rest.getBoolean("more")).isFalse();
        JsonObject none = messages(ana.get(HttpUser.path("room:there") + "?after=" + HttpUser.position(rest)));
        assertThat(list(none)).isEmpty();
        assertThat(HttpUser.position(none)).isEqualTo(HttpUser.position(rest));
    }

    @Test
    void waitingRequestIsWokenByAMessageAndGetsItAsOnAWebSocket() throws Exception {
        HttpUser ana = user("ana-2");
        try (WireClient ben = WireClient.user(ws("/chat"), "ben-2")) {
            ben.send("{'type':'join','room':'woken'}").next("joined");
            CompletableFuture<HttpResponse<String>> poll = ana.poll("room:woken", ana.position("room:woken"), WAIT);
            ana.awaitWaiting(poll);
            ben.send("{'type':'chat','room':'woken','content':'Hello \u00e4 \u4f60'}");
            JsonObject live = ben.next("chat");
            assertThat(list(messages(answer(poll)))).containsExactly(live);
        }
    }

    @Test
    void requestThatWaitedForNothingIsAnsweredWithItsPosition() throws Exception {
        HttpUser ana = user("ana-3");
        String position = ana.position("room:quiet");
        JsonObject none = messages(answer(ana.poll("room:quiet", position, 1)));
        assertThat(list(none)).isEmpty();
        assertThat(HttpUser.position(none)).isEqualTo(position);
    }

    @Test
    void inboxAndBroadcastAreReadToo() throws Exception {
        HttpUser ana = user("ana-4");
        CompletableFuture<HttpResponse<String>> inbox = ana.poll("inbox", ana.position("inbox"), WAIT);
        CompletableFuture<HttpResponse<String>> broadcast = ana.poll("broadcast", ana.position("broadcast"), WAIT);
        HttpUser ben = user("ben-4", "notify");
        ben.post("{'type':'message','to':'ana-4','content':'for you'}");
        ben.post("{'type':'notification','content':'for all','level':'warning'}");
        JsonObject direct = list(messages(answer(inbox))).get(0);
        assertThat(direct.getString("content")).isEqualTo("for you");
        assertThat(direct.getBoolean("inbox")).isTrue();
        assertThat(list(messages(answer(broadcast))))
                .extracting(message -> message.getString("content"))
                .contains("for all");
        assertThat(list(messages(ben.get(HttpUser.path("inbox") + "?after=" + ben.position("inbox")))))
                .as("the sender's own inbox goes on")
                .isEmpty();
    }

    /** The reader is never further behind than the channel retains. */
    @Test
    void noMessageIsLostOrDoubledWhileManyAreSent() throws Exception {
        String room = "busy";
        HttpUser ana = user("ana-5");
        String start = ana.position("room:" + room);
        List<CompletableFuture<Void>> writers = IntStream.range(0, WRITERS)
                .mapToObj(writer -> CompletableFuture.runAsync(() -> write(user("writer-" + writer), room, writer)))
                .toList();
        List<Integer> seqs = new ArrayList<>();
        List<String> contents = new ArrayList<>();
        String position = start;
        while (seqs.size() < RETAINED) {
            JsonObject answer = messages(answer(ana.poll("room:" + room, position, WAIT)));
            for (JsonObject message : list(answer)) {
                seqs.add(message.getInt("seq"));
                contents.add(message.getString("content"));
            }
            position = HttpUser.position(answer);
        }
        writers.forEach(CompletableFuture::join);
        assertThat(seqs).isEqualTo(IntStream.rangeClosed(1, RETAINED).boxed().toList());
        assertThat(contents).doesNotHaveDuplicates();

        ana.post(chat(room, "one more"));
        HttpResponse<String> trimmed = ana.get(HttpUser.path("room:" + room) + "?after=" + start);
        assertRefused(trimmed, 410, "not_recovered");
        document.check("GET", HttpUser.path("room:" + room), trimmed);
        JsonObject problem = JsonText.object(trimmed.body());
        assertThat(problem.getInt("oldest")).isEqualTo(2);
        assertThat(problem.getJsonObject("position").getInt("seq")).isEqualTo(RETAINED + 1);
    }

    private static void write(HttpUser writer, String room, int number) {
        try {
            for (int i = number; i < RETAINED; i += WRITERS) {
                HttpResponse<String> ack = writer.post(chat(room, "message " + i));
                assertThat(ack.statusCode()).as(ack.body()).isEqualTo(201);
            }
        } catch (IOException | InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void positionThatCannotBeServedIsAnsweredSo() throws Exception {
        HttpUser ana = user("ana-6");
        String position = ana.position("room:renewed");
        String epoch = position.replaceFirst(":.*", "");
        assertRefused(ana.get(HttpUser.path("room:renewed") + "?after=" + epoch + ":7"), 410, "not_recovered");
        assertRefused(ana.get(HttpUser.path("room:renewed") + "?after=other:0"), 410, "not_recovered");
        try (HttpEvents events = ana.stream("room:renewed", "other:0")) {
            assertThat(events.response().statusCode()).isEqualTo(410);
            assertThat(JsonText.object(events.body()).getString("code")).isEqualTo("not_recovered");
        }

        CompletableFuture<HttpResponse<String>> poll = ana.poll("room:renewed", position, WAIT);
        ana.awaitWaiting(poll);
        assertThat(admin().send("POST", "api/rooms/renewed/epoch", "").statusCode())
                .isEqualTo(204);
        HttpResponse<String> renewed = answer(poll);
        assertRefused(renewed, 410, "not_recovered");
        String other = HttpUser.position(JsonText.object(renewed.body()));
        assertThat(other).isNotEqualTo(position);
        assertThat(list(messages(ana.get(HttpUser.path("room:renewed") + "?after=" + other))))
                .isEmpty();
    }

    @Test
    void lossOfTheRightEndsARequestAndAStream() throws Exception {
        HttpUser ana = user("ana-7");
        HttpUser ben = user("ben-7");
        String room = JsonText.object(ana.send("POST", "api/rooms", "{\"name\":\"x\",\"members\":[\"ben-7\"]}")
                        .body())
                .getString("room");
        assertRefused(user("eve-7").get(HttpUser.path("room:" + room)), 404, "no_such_room");
        String position = ben.position("room:" + room);
        CompletableFuture<HttpResponse<String>> poll = ben.poll("room:" + room, position, WAIT);
        try (HttpEvents events = ben.stream("room:" + room, position)) {
            assertThat(events.next().name()).isEqualTo("position");
            ben.awaitWaiting(poll);
            assertThat(ana.send("DELETE", "api/rooms/" + room + "/members/ben-7", "")
                            .statusCode())
                    .isEqualTo(204);
            ana.post(chat(room, "He is gone"));
            assertRefused(answer(poll), 404, "no_such_room");
            assertThat(events.end().json().getString("code")).isEqualTo("no_such_room");
        }
    }

    @Test
    void revocationEndsARequestAndAStream() throws Exception {
        HttpUser mallory = user("mallory-8");
        CompletableFuture<HttpResponse<String>> poll = mallory.poll("inbox", mallory.position("inbox"), WAIT);
        try (HttpEvents events = mallory.stream("broadcast", "")) {
            assertThat(events.next().name()).isEqualTo("position");
            mallory.awaitWaiting(poll);
            assertThat(admin().send("POST", "api/users/mallory-8/revocation", "")
                            .statusCode())
                    .isEqualTo(204);
            assertRefused(answer(poll), 401, "login_refused");
            assertThat(events.end().json().getString("code")).isEqualTo("login_refused");
        }
        assertRefused(mallory.get(HttpUser.path("inbox")), 401, "login_refused");
    }

    @Test
    void streamEndsBeforeItsTokenExpires() throws Exception {
        HttpUser ana = new HttpUser(http(), Tokens.of("ana-9", Duration.ofSeconds(8)));
        try (HttpEvents events = ana.stream("inbox", "")) {
            assertThat(events.next().name()).isEqualTo("position");
            assertThat(events.end().json().getString("code")).isEqualTo("token_expired");
        }
    }

    @Test
    void oneRequestTooManyEndsTheOldest() throws Exception {
        HttpUser ana = user("ana-10");
        String position = ana.position("room:crowded");
        List<CompletableFuture<HttpResponse<String>>> polls = new ArrayList<>();
        for (int i = 0; i < READERS_OF_USER; i++) {
            polls.add(ana.poll("room:crowded", position, WAIT));
            ana.awaitWaiting(polls.get(i));
        }
        polls.add(ana.poll("room:crowded", position, WAIT));
        HttpResponse<String> oldest = answer(polls.get(0));
        assertRefused(oldest, 429, "rate_limited");
        assertThat(oldest.headers().firstValue("Retry-After")).isPresent();
        ana.post(chat("crowded", "Hello"));
        for (CompletableFuture<HttpResponse<String>> poll : polls.subList(1, polls.size())) {
            assertThat(list(messages(answer(poll)))).hasSize(1);
        }
    }

    @Test
    void streamGoesOnWhereTheOneBeforeBrokeOff() throws Exception {
        HttpUser ana = user("ana-11");
        String start = ana.position("room:stream");
        String last;
        try (HttpEvents events = ana.stream("room:stream", start)) {
            assertThat(events.response().headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
            HttpEvents.Event position = events.next();
            assertThat(position.name()).isEqualTo("position");
            assertThat(position.id()).isEqualTo(start);
            assertThat(position.json().getString("channel")).isEqualTo("room:stream");
            assertThat(HttpUser.position(position.json())).isEqualTo(start);
            ana.post(chat("stream", "one"));
            ana.post(chat("stream", "two"));
            HttpEvents.Event first = events.next();
            assertThat(first.name()).isEmpty();
            assertThat(first.json().getString("content")).isEqualTo("one");
            last = first.id();
            events.awaitComment();
        }
        ana.post(chat("stream", "three"));
        try (HttpEvents events = ana.stream("room:stream", last)) {
            assertThat(events.next().id()).isEqualTo(last);
            assertThat(events.next().json().getString("content")).isEqualTo("two");
            HttpEvents.Event third = events.next();
            assertThat(third.json().getString("content")).isEqualTo("three");
            assertThat(third.id()).isEqualTo(start.replaceFirst(":.*", ":3"));
        }
    }

    /** More than the buffers between the store and the reader hold. */
    @Test
    void streamThatIsReadLateHasEverything() throws Exception {
        HttpUser ana = user("ana-12");
        int count = 200;
        String content = "x".repeat(50_000);
        try (HttpEvents events = ana.stream("room:late", "")) {
            for (int i = 1; i <= count; i++) {
                HttpResponse<String> ack = ana.post(chat("late", content));
                assertThat(ack.statusCode()).as(ack.body()).isEqualTo(201);
            }
            assertThat(events.next().name()).isEqualTo("position");
            for (int i = 1; i <= count; i++) {
                JsonObject message = events.next().json();
                assertThat(message.getInt("seq")).isEqualTo(i);
                assertThat(message.getString("content")).isEqualTo(content);
            }
        }
    }

    @Test
    void roomsOfAnyScriptArePercentEncoded() throws Exception {
        HttpUser mei = user("mei-13");
        JsonObject head = messages(mei.get(HttpUser.path("room:\u8bbe\u8ba1-\uff21")));
        assertThat(head.getString("channel")).isEqualTo("room:\u8bbe\u8ba1-a");
        try (HttpEvents events = mei.stream("room:\u8bbe\u8ba1-\uff21", HttpUser.position(head))) {
            assertThat(events.next().json().getString("channel")).isEqualTo("room:\u8bbe\u8ba1-a");
            mei.post(chat("\u8bbe\u8ba1-A", "\u4f60\u597d"));
            assertThat(events.next().json().getString("content")).isEqualTo("\u4f60\u597d");
        }
    }

    @Test
    void retryGetsTheFirstAckOverWhicheverWay() throws Exception {
        HttpUser ana = user("ana-14");
        String chat = "{'type':'chat','id':'once','room':'retries','content':'Hello'}";
        HttpResponse<String> first = ana.post(chat);
        assertThat(first.statusCode()).isEqualTo(201);
        document.check("POST", "api/messages", first);
        JsonObject ack = JsonText.object(first.body());
        assertThat(ack.getInt("seq")).isOne();
        HttpResponse<String> again = ana.post(chat);
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(JsonText.object(again.body())).isEqualTo(ack);
        try (WireClient socket = WireClient.user(ws("/chat"), "ana-14")) {
            assertThat(socket.send(chat).answer("once")).isEqualTo(ack);
        }
        assertRefused(ana.post(chat.replace("Hello", "Bye")), 409, "conflict");
        assertThat(ana.position("room:retries")).endsWith(":1");
    }

    @Test
    void badMessagesAreRefusedAsOnAWebSocket() throws Exception {
        HttpUser ana = user("ana-15");
        assertRefused(ana.post("{'type':'login'}"), 400, "unknown_type");
        assertRefused(ana.post("{'type':'nonsense'}"), 400, "unknown_type");
        assertRefused(ana.post("{'type':'chat'}"), 400, "missing_field");
        assertRefused(ana.post("{'type':'chat','content':7}"), 400, "bad_message");
        assertRefused(ana.post("{'type':'chat','id':'a b','content':'x'}"), 400, "bad_message");
        assertRefused(ana.post("{'type':'notification','content':'x'}"), 403, "forbidden");
        assertRefused(ana.post(chat("_nobodys-1", "x")), 404, "no_such_room");
        assertRefused(ana.post(chat("lobby", "x".repeat(66_000))), 413, "too_long");
        assertThat(ana.post(chat("lobby", "x".repeat(60_000))).statusCode()).isEqualTo(201);
    }

    /** The server notices at a write that a stream is gone. */
    @Test
    void placeOfAStreamThatIsGoneIsFreeAgain() throws Exception {
        HttpUser ana = user("ana-16");
        String position = ana.position("room:free");
        for (int round = 0; round < 4 * READERS_OF_USER; round++) {
            Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
                try (HttpEvents events = ana.stream("room:free", position)) {
                    assertThat(events.response().statusCode()).isEqualTo(200);
                    assertThat(events.next().name()).isEqualTo("position");
                }
            });
        }
    }
}
