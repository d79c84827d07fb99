package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.CloseCode;
import dev.parley.server.TestHub;
import dev.parley.server.session.EndpointType;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DispatcherTest {
    private TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    private void replaceHub(TestHub other) {
        hub.close();
        hub = other;
    }

    @Test
    void sessionThatIsSentAwayGetsTheAcksOfWhatIsInTheStoresQueue() throws Exception {
        TestHub.Peer ana = hub.guest("ana");
        hub.database().hold();
        ana.say("{'type':'chat','id':'before','content':'x'}");
        hub.database().awaitHeld();
        hub.dispatcher().sendAway(ana.session(), Duration.ofMillis(1_234));
        ana.say("{'type':'chat','id':'after','content':'x'}");
        hub.dispatcher().sendAway(ana.session(), Duration.ofMillis(1));

        assertThat(ana.hears("goodbye").getInt("reconnectAfter")).isEqualTo(1_234);
        hub.database().release();
        assertThat(ana.hearsAtLast("ack").getString("id")).isEqualTo("before");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
        assertThat(ana.takesAll())
                .noneMatch(message -> message.getString("type").equals("ack"));
    }

    @Test
    void sessionThatHasNotSignedInIsSentAwayToo() {
        TestHub.Peer ana = hub.connect();
        hub.dispatcher().sendAway(ana.session(), Duration.ofSeconds(1));
        ana.hears("goodbye");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
    }

    @Test
    void everyAnswerRepeatsTheId() {
        TestHub.Peer ana = hub.connect();
        String room = "'room':'lobby'";
        List<String> requests = List.of(
                "'type':'login','token':'Ana:notify,metrics'",
                "'type':'login'",
                "'type':'ping'",
                "'type':'rooms'",
                "'type':'join'," + room,
                "'type':'presence'," + room,
                "'type':'history'," + room,
                "'type':'read','seq':0," + room,
                "'type':'subscribe','metricId':'m'",
                "'type':'unsubscribe','metricId':'m'",
                "'type':'metric','metricId':'m','value':1",
                "'type':'leave'," + room,
                "'type':'create','name':'tea'",
                "'type':'invite','username':'Ben'," + room,
                "'type':'remove','username':'Ben'," + room,
                "'type':'members'," + room,
                "'type':'upload','name':'n','mediaType':'t','size':1," + room,
                "'type':'chunk','transfer':'t','index':0,'count':1,'data':'{}'",
                "'type':'chat'",
                "'type':'unheard-of'",
                "'type':'typing','room':'Not a room'");
        for (int i = 0; i < requests.size(); i++) {
            String id = "id-" + i;
            ana.say("{'id':'" + id + "'," + requests.get(i) + "}");
            JsonObject answer = ana.hearsAny();
            if (answer.getString("type").equals("read")) {
                answer = ana.hearsAny();
            }
            assertThat(answer.getString("id", "none")).as(answer.toString()).isEqualTo(id);
        }
    }

    @Test
    void eachMessageOfABatchIsAnsweredSeparately() {
        TestHub.Peer ana = hub.user("Ana");
        ana.say("[{'type':'ping','id':'1'},{'type':'nonsense','id':'2'},{'type':'chat','id':'3'},7,"
                + "{'type':'ping','id':'5'}]");
        assertThat(ana.hears("pong").getString("id")).isEqualTo("1");
        assertThat(ana.hearsError("unknown_type").getString("id")).isEqualTo("2");
        assertThat(ana.hearsError("missing_field").getString("id")).isEqualTo("3");
        ana.hearsError("bad_message");
        assertThat(ana.hears("pong").getString("id")).isEqualTo("5");
    }

    @Test
    void batchThatBeginsWithALoginIsHandledInOrder() {
        TestHub.Peer ana = hub.connect();
        ana.say("[{'type':'login','token':'Ana'},{'type':'join','room':'tea'},"
                + "{'type':'chat','id':'c','room':'tea','content':'Hello'}]");
        ana.hears("welcome");
        List<String> types =
                Stream.generate(() -> ana.hearsAny().getString("type")).limit(3).toList();
        assertThat(types)
                .contains("ack")
                .filteredOn(type -> !type.equals("ack"))
                .containsExactly("joined", "chat");
    }

    @Test
    void monitorCarriesMetricsOnly() {
        TestHub.Peer board = hub.connect(EndpointType.MONITOR);
        JsonObject welcome = board.ask("{'type':'login','token':'Ana:metrics'}", "welcome");
        assertThat(welcome.getJsonObject("channels")).isEmpty();
        board.ask("{'type':'ping'}", "pong");
        board.ask("{'type':'subscribe','metricId':'m'}", "subscribed");
        board.say("{'type':'metric','metricId':'m','value':1}").hears("metric");
        board.ask("{'type':'unsubscribe','metricId':'m'}", "unsubscribed");
        board.say("{'type':'chat','id':'c','content':'Hello'}");
        assertThat(board.hearsError("unknown_type").getString("id")).isEqualTo("c");
        board.say("{'type':'join','room':'lobby'}").hearsError("unknown_type");
        hub.guest("Ben").ask("{'type':'chat','id':'c','content':'Hello'}", "ack");
        board.hearsNothing();
    }

    @Test
    void textSessionSignsInAtOnceAndReceivesLines() {
        TestHub.Peer device = hub.connect(EndpointType.TEXT);
        await().until(device.session()::isSignedIn);
        hub.user("Ben").ask("{'type':'chat','id':'c','content':'Hello'}", "ack");
        assertThat(device.transport().takeFrame()).isEqualTo("Ben: Hello");
        TestHub.Peer guest = hub.guest("Cid");
        guest.ask("{'type':'chat','id':'c','content':'Hi'}", "ack");
        assertThat(device.transport().takeFrame()).isEqualTo("Cid#" + guest.tag() + ": Hi");
    }

    @Test
    void textSessionThatCannotSignInIsClosedForGood() {
        replaceHub(TestHub.withTokensOnly());
        TestHub.Peer device = hub.connect(EndpointType.TEXT);
        assertThat(device.transport().takeFrame()).startsWith("parley: Sign in first");
        assertThat(device.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void frameWithoutMessagesDoesNotBlockTheSession() {
        TestHub.Peer ana = hub.user("Ana");
        ana.inbound().received(List::of, 1);
        ana.ask("{'type':'ping'}", "pong");
    }

    @Test
    void frameOverTheRateIsNotDecoded() {
        replaceHub(TestHub.withRate(1));
        TestHub.Peer ana = hub.user("Ana");
        ana.inbound()
                .received(
                        () -> {
                            throw new AssertionError("decoded");
                        },
                        (int) TestHub.BYTES_AT_ONCE + 1);
        assertThat(ana.takeClose()).isEqualTo(CloseCode.RATE_LIMITED);
        ana.inbound()
                .received(
                        () -> {
                            throw new AssertionError("decoded after the close");
                        },
                        1);
    }

    @Test
    void unannouncedBytesAreAnError() {
        TestHub.Peer ana = hub.user("Ana");
        ana.inbound().received(new byte[] {1});
        ana.hearsError("bad_chunk");
    }

    @Test
    void messagesOfAnEndedSessionAreIgnored() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer ben = hub.user("Ben");
        ana.session().end(1006, "");
        ana.say("{'type':'chat','id':'c','content':'Hello'}");
        ben.hearsNothing();
    }

    @Test
    void floodBehindASlowTaskIsClosedForItsRate() {
        TestHub.Peer ana = hub.connect();
        hub.database().hold();
        ana.say("{'type':'rooms'}");
        for (int i = 0; i < 10; i++) {
            ana.say("[" + String.join(",", Collections.nCopies(100, "{'type':'ping'}")) + "]");
        }
        assertThat(ana.session().isEnded()).isFalse();
        ana.say("{'type':'ping'}");
        ana.hears("goodbye");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.RATE_LIMITED);
        hub.database().comeBack();
    }

    @Test
    void errorAfterTwentyInAMinuteClosesTheSession() {
        TestHub.Peer ana = hub.user("Ana");
        for (int i = 0; i < 21; i++) {
            assertThat(ana.session().isEnded()).isFalse();
            ana.say("nonsense").hearsError("bad_json");
        }
        assertThat(ana.takeClose()).isEqualTo(CloseCode.BAD_MESSAGES);
    }

    /**
     * Chats in one frame, so that no rate recovers between them, to a room without members, so that only answers
     * arrive.
     */
    private static String chats(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> "{'type':'chat','id':'" + i + "','room':'tea','content':'Hello'}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void refusalForTheRateHasARetryDelay() {
        replaceHub(TestHub.withRate(1));
        TestHub.Peer ana = hub.user("Ana");
        JsonObject error = ana.say(chats(4)).hearsAtLast("error");
        assertThat(error.getString("code")).isEqualTo("rate_limited");
        assertThat(error.getString("id")).isEqualTo("4");
        assertThat(error.getInt("retryAfter")).isBetween(1, 1_001);
    }

    @Test
    void sessionClosedForItsRateGetsTheAcksOfStoredMessages() {
        replaceHub(TestHub.withRate(1));
        TestHub.Peer ana = hub.user("Ana");
        // Creates the room before, because whether a room exists is a query to the store.
        hub.user("Ben").ask("{'type':'join','room':'tea'}", "joined");
        hub.database().hold();
        ana.say(chats(14)).hearsAtLast("goodbye");
        assertClosedAfterThreeAcks(ana, CloseCode.RATE_LIMITED);
    }

    @Test
    void sessionClosedForItsErrorsGetsTheAcksOfStoredMessages() {
        TestHub.Peer ana = hub.user("Ana");
        hub.database().hold();
        ana.say(chats(3));
        for (int i = 0; i < 21; i++) {
            ana.say("nonsense").hearsError("bad_json");
        }
        assertClosedAfterThreeAcks(ana, CloseCode.BAD_MESSAGES);
    }

    private void assertClosedAfterThreeAcks(TestHub.Peer peer, CloseCode code) {
        assertThat(peer.session().isOpen()).as("accepts messages").isFalse();
        hub.database().release();
        assertThat(peer.takeClose()).isEqualTo(code);
        assertThat(peer.takesAll())
                .extracting(message -> message.getString("type") + " " + message.getString("id"))
                .containsExactly("ack 1", "ack 2", "ack 3");
    }

    @Test
    void sessionsOfAUserShareItsRate() {
        replaceHub(TestHub.withRate(1));
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer elsewhere = hub.user("Ana");
        TestHub.Peer ben = hub.user("Ben");
        ana.say(chats(3));
        IntStream.range(0, 3).forEach(i -> ana.hears("ack"));
        elsewhere.say(chats(1)).hearsError("rate_limited");
        ben.ask(chats(1), "ack");
    }

    @Test
    void refusalForTheRateAfterTenClosesTheSession() {
        replaceHub(TestHub.withRate(1));
        TestHub.Peer ana = hub.user("Ana");
        ana.say(chats(30));
        assertThat(ana.takeClose()).isEqualTo(CloseCode.RATE_LIMITED);
        List<JsonObject> received = ana.takesAll();
        assertThat(received)
                .filteredOn(message -> message.getString("type").equals("error"))
                .hasSize(11);
        assertThat(received)
                .filteredOn(message -> message.getString("type").equals("goodbye"))
                .singleElement()
                .satisfies(goodbye -> {
                    assertThat(goodbye.getString("reason")).isEqualTo("rate_limited");
                    // Random, so that clients do not reconnect together.
                    assertThat(goodbye.getInt("reconnectAfter")).isBetween(10_000, 15_000);
                });
    }

    @Test
    void outageIsReportedAndRequestsSucceedAfterIt() {
        TestHub.Peer ana = hub.user("Ana");
        hub.database().goDown();
        JsonObject error = ana.say("{'type':'chat','id':'c','content':'Hello'}").hearsError("store_unavailable");
        assertThat(error.getString("id")).isEqualTo("c");
        assertThat(error.getInt("retryAfter")).isPositive();
        for (String request : List.of(
                "'type':'message','to':'Ben','content':'Hello'",
                "'type':'join','room':'tea'",
                "'type':'rooms'",
                "'type':'members','room':'_plans-x1'",
                "'type':'history','room':'lobby'",
                "'type':'read','room':'lobby','seq':1",
                "'type':'login'")) {
            ana.say("{'id':'x'," + request + "}");
            assertThat(ana.hearsError("store_unavailable").getString("id")).isEqualTo("x");
        }
        hub.database().comeBack();
        assertThat(ana.ask("{'type':'chat','id':'c','content':'Hello'}", "ack").getInt("seq"))
                .isOne();
        ana.hears("chat");
        ana.ask("{'type':'login'}", "welcome");
    }

    @Test
    void outageErrorsDoNotCountAgainstTheClient() {
        TestHub.Peer ana = hub.user("Ana");
        hub.database().goDown();
        for (int i = 0; i < 30; i++) {
            ana.say("{'type':'rooms'}").hearsError("store_unavailable");
        }
        assertThat(ana.session().isEnded()).isFalse();
    }

    @Test
    void loginDuringAnOutageMayBeRetried() {
        hub.database().goDown();
        TestHub.Peer ana = hub.connect();
        ana.say("{'type':'login','token':'Ana'}").hearsError("store_unavailable");
        ana.say("{'type':'login','username':'Ana'}").hearsError("store_unavailable");
        hub.database().comeBack();
        ana.ask("{'type':'login','token':'Ana'}", "welcome");
    }

    @Test
    void textSessionRefusedByAnOutageIsAskedToReconnect() {
        hub.database().goDown();
        TestHub.Peer device = hub.connect(EndpointType.TEXT);
        assertThat(device.takeClose()).isEqualTo(CloseCode.TRY_AGAIN_LATER);
    }
}
