package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

/** The protocol as an independent client uses it, with only a WebSocket. */
class FirstConversationIT extends ArquillianTest {
    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET));
    }

    @Test
    void chatReachesTheOtherClientAsOneJsonObject() {
        try (WireClient one = WireClient.connect(ws("/chat"));
                WireClient other = WireClient.guest(ws("/chat"), "other")) {
            one.send("{'type':'login','username':'user123','token':'" + Tokens.of("user123") + "'}");
            one.send("{'type':'chat','content':'你好'}");

            JsonObject chat = other.next("chat");

            assertThat(chat.getString("sender")).isEqualTo("user123");
            assertThat(chat.getString("content")).isEqualTo("你好");
            assertThat(chat.getString("room")).isEqualTo("lobby");
        }
    }

    @Test
    void senderGetsTheAckAndItsMessageOnce() {
        try (WireClient sender = WireClient.guest(ws("/chat"), "sender-once")) {
            sender.send("{'type':'chat','content':'once','id':'once-1'}");
            sender.send("{'type':'chat','content':'end','id':'once-2'}");

            JsonObject ack = sender.answer("once-1");
            JsonObject copy = sender.next("chat", chat -> chat.getString("id").equals("once-1"));
            sender.next("chat", chat -> chat.getString("id").equals("once-2"));

            assertThat(ack.getString("type")).isEqualTo("ack");
            assertThat(ack.getInt("seq")).isEqualTo(copy.getInt("seq"));
            assertThat(sender.waiting("chat"))
                    .noneMatch(chat -> chat.getString("id").equals("once-1"));
        }
    }

    @Test
    void messageBeforeALoginSignsInAsGuest() {
        try (WireClient other = WireClient.guest(ws("/chat"), "listener");
                WireClient stranger = WireClient.connect(ws("/chat"))) {
            stranger.send("{'type':'message','content':'Hello Server!'}");

            JsonObject message =
                    other.next("message", it -> it.getString("content").equals("Hello Server!"));

            assertThat(message.getString("sender")).matches("guest-\\d+");
            assertThat(stranger.next("welcome").getString("username")).isEqualTo(message.getString("sender"));
        }
    }

    @Test
    void plainTextEndpointChatsWithTheOthers() {
        try (WireClient text = WireClient.connect(ws("/text"));
                WireClient otherText = WireClient.connect(ws("/text"));
                WireClient json = WireClient.guest(ws("/chat"), "json")) {
            text.sendText("{\"type\":\"ping\"}");
            assertThat(text.nextFrame()).isEqualTo("{\"type\":\"pong\"}");
            text.sendText("plain words\nand more");

            String sender =
                    guest(json.next("chat", it -> it.getString("content").equals("plain words\nand more")));
            json.send("{'type':'chat','content':'answer'}");
            String answerer =
                    guest(json.next("chat", it -> it.getString("content").equals("answer")));

            assertThat(otherText.nextFrame()).isEqualTo(sender + ": plain words\n" + sender + ": and more");
            assertThat(answerer).startsWith("json#");
            assertThat(otherText.nextFrame()).isEqualTo(answerer + ": answer");
            assertThat(text.nextFrame()).isEqualTo(answerer + ": answer");
        }
    }

    /** A guest as {@code /text} shows it. */
    private static String guest(JsonObject message) {
        return message.getString("sender") + "#" + message.getString("guest");
    }

    @Test
    void pingGetsPongEvenBeforeTheLogin() {
        try (WireClient client = WireClient.connect(ws("/chat"))) {
            client.send("{'type':'ping'}");
            assertThat(client.nextFrame()).isEqualTo("{\"type\":\"pong\"}");
        }
    }

    @Test
    void subscriptionGetsTheMetricsOfTheNode() {
        try (WireClient monitor = WireClient.connect(ws("/monitor"))) {
            monitor.send("{'type':'subscribe','metricId':'parley.*'}");
            monitor.next("subscribed");

            // Among several nodes it has the name of its node in the middle.
            JsonObject metric =
                    monitor.next("metric", any -> any.getString("metricId").matches("parley\\.(.+\\.)?sessions"));

            assertThat(metric.getJsonNumber("value").doubleValue()).isPositive();
        }
    }

    @Test
    void metricsNeedTheRole() {
        try (WireClient watcher = WireClient.connect(ws("/monitor"));
                WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            watcher.send("{'type':'subscribe','metricId':'hall.*'}");
            watcher.next("subscribed");
            device.send("{'type':'metric','metricId':'hall.temperature','value':21.5,'id':'t1'}");

            assertThat(device.answer("t1").getString("type")).isEqualTo("ack");
            assertThat(watcher.next("metric").getJsonNumber("value").doubleValue())
                    .isEqualTo(21.5);

            watcher.send("{'type':'metric','metricId':'hall.temperature','value':0,'id':'t2'}");
            assertThat(watcher.answer("t2").getString("code")).isEqualTo("forbidden");
        }
    }

    @Test
    void wrongTokenGetsAnErrorAndTheFinalClose() {
        try (WireClient client = WireClient.connect(ws("/chat"))) {
            client.send("{'type':'login','username':'user123','token':'nonsense','id':'l1'}");

            assertThat(client.answer("l1").getString("code")).isEqualTo("login_refused");
            assertThat(client.closeCode()).isEqualTo(4501);
        }
    }

    @Test
    void messagesBehindARefusedLoginAreIgnored() {
        try (WireClient client = WireClient.connect(ws("/chat"));
                WireClient other = WireClient.guest(ws("/chat"), "bystander")) {
            client.send("[{'type':'login','token':'nonsense'},{'type':'chat','content':'as whom?'}]");
            assertThat(client.closeCode()).isEqualTo(4501);
            other.send("{'type':'chat','content':'afterwards'}");

            other.next("chat", chat -> chat.getString("content").equals("afterwards"));
            assertThat(other.waiting("chat"))
                    .noneMatch(chat -> chat.getString("content").equals("as whom?"));
            assertThat(client.waiting("welcome")).isEmpty();
        }
    }

    @Test
    void expiredTokenGetsAnErrorAndARetryableClose() {
        try (WireClient client = WireClient.connect(ws("/chat"))) {
            client.send("{'type':'login','token':'" + Tokens.of("late", Duration.ofHours(-1)) + "','id':'l1'}");

            assertThat(client.answer("l1").getString("code")).isEqualTo("token_expired");
            assertThat(client.closeCode()).isEqualTo(4003);
        }
    }

    @Test
    void textThatIsNotJsonGetsAnExplanation() {
        try (WireClient client = WireClient.guest(ws("/chat"), "typo")) {
            client.sendText("hello?");

            JsonObject error = client.next("error");

            assertThat(error.getString("code")).isEqualTo("bad_json");
            assertThat(error.getString("message")).contains("This is not JSON: 'hello?'", "/text");
        }
    }

    @Test
    void subprotocolAllowsSeveralMessagesInAFrame() {
        try (WireClient batch = WireClient.connect(ws("/chat"), Map.of(), "parley.v1")) {
            assertThat(batch.subprotocol()).isEqualTo("parley.v1");
            batch.send("[{'type':'login','username':'batch'},{'type':'chat','content':'a','id':'a'},"
                    + "{'type':'nonsense','id':'b'},{'type':'chat','content':'c','id':'c'}]");

            assertThat(batch.answer("a").getString("type")).isEqualTo("ack");
            assertThat(batch.answer("b").getString("code")).isEqualTo("unknown_type");
            assertThat(batch.answer("c").getString("type")).isEqualTo("ack");
        }
    }

    @Test
    void tokenInTheSubprotocolSignsInAndIsNotEchoed() {
        try (WireClient browser =
                WireClient.connect(ws("/chat"), Map.of(), "parley.v1", "bearer." + Tokens.of("by-subprotocol"))) {
            assertThat(browser.subprotocol()).isEqualTo("parley.v1");
            browser.send("{'type':'login'}");
            assertThat(browser.next("welcome").getString("username")).isEqualTo("by-subprotocol");
        }
    }

    @Test
    void directMessageReachesOnlySenderAndRecipient() {
        try (WireClient ann = WireClient.user(ws("/chat"), "ann");
                WireClient ben = WireClient.user(ws("/chat"), "ben");
                WireClient eve = WireClient.user(ws("/chat"), "eve")) {
            ann.send("{'type':'message','to':'ben','content':'psst','id':'m1'}");

            assertThat(ben.next("message").getString("content")).isEqualTo("psst");
            assertThat(ann.next("message").getBoolean("inbox")).isTrue();
            ann.send("{'type':'chat','content':'aloud'}");
            eve.next("chat", chat -> chat.getString("content").equals("aloud"));
            assertThat(eve.waiting("message")).isEmpty();
        }
    }

    @Test
    void missedMessagesArriveBeforeLiveOnes() {
        JsonObject position;
        try (WireClient reader = WireClient.guest(ws("/chat"), "reader");
                WireClient writer = WireClient.guest(ws("/chat"), "writer")) {
            reader.send("{'type':'join','room':'missed','id':'j'}");
            JsonObject joined = reader.answer("j");
            position = joined.getJsonObject("position");
            reader.cut();
            for (int i = 1; i <= 30; i++) {
                writer.send("{'type':'chat','room':'missed','content':'" + i + "','id':'missed-" + i + "'}");
            }
            writer.answer("missed-30");
        }
        try (WireClient back = WireClient.connect(ws("/chat"))) {
            back.send("{'type':'login','username':'reader','positions':{'room:missed':" + position + "}}");
            back.send("{'type':'chat','room':'missed','content':'31'}");

            JsonObject room = back.next("welcome").getJsonObject("channels").getJsonObject("room:missed");
            assertThat(room.getBoolean("recovered")).isTrue();
            for (int i = 1; i <= 31; i++) {
                assertThat(back.next("chat").getString("content")).isEqualTo(Integer.toString(i));
            }
            assertThat(back.waiting("chat")).isEmpty();
        }
    }

    @Test
    void presenceReportsJoinsAndLeaves() {
        try (WireClient watcher = WireClient.guest(ws("/chat"), "watcher")) {
            watcher.send("{'type':'join','room':'hall','id':'j'}");
            assertThat(watcher.answer("j").getJsonArray("present").getValuesAs(JsonObject.class))
                    .extracting(person -> person.getString("username"))
                    .containsExactly("watcher");
            try (WireClient passer = WireClient.guest(ws("/chat"), "passer")) {
                passer.send("{'type':'join','room':'hall'}");
                watcher.next("presence", change -> isIn(change, "joined", "hall", "passer"));
            }
            watcher.next("presence", change -> isIn(change, "left", "hall", "passer"));
        }
    }

    private static boolean isIn(JsonObject change, String list, String room, String name) {
        return change.getString("room").equals(room)
                && change.containsKey(list)
                && change.getJsonArray(list).toString().contains(name);
    }

    @Test
    void everyStoredMessageIsInTheHistory() {
        try (WireClient client = WireClient.guest(ws("/chat"), "historian")) {
            for (String content : List.of("first", "second", "third")) {
                client.send("{'type':'chat','room':'archive','content':'" + content + "'}");
            }
            client.send("{'type':'history','room':'archive','limit':2,'id':'h1'}");

            JsonObject page = client.answer("h1");

            assertThat(page.getJsonArray("messages").getValuesAs(JsonObject.class))
                    .extracting(message -> message.getString("content"))
                    .containsExactly("second", "third");
            assertThat(page.getBoolean("more")).isTrue();
            assertThat(page.getInt("oldest")).isEqualTo(1);
        }
    }

    @Test
    void notificationToEveryoneNeedsTheRole() {
        try (WireClient service = WireClient.user(ws("/chat"), "service", "notify");
                WireClient person = WireClient.user(ws("/chat"), "person")) {
            service.send("{'type':'notification','title':'Lunch','content':'12:00','level':'info','id':'n1'}");
            assertThat(service.answer("n1").getBoolean("broadcast")).isTrue();
            assertThat(person.next("notification").getString("title")).isEqualTo("Lunch");

            person.send("{'type':'notification','content':'me too','id':'n2'}");
            assertThat(person.answer("n2").getString("code")).isEqualTo("forbidden");
        }
    }
}
