package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.TestHub;
import jakarta.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChatHandlerTest {
    private final TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void chatIsAckedThenDeliveredOnceToAllIncludingSender() {
        TestHub.Peer ana = hub.guest("Ana");
        TestHub.Peer ben = hub.guest("Ben");
        JsonObject ack = ana.ask("{'type':'chat','id':'c','content':'Hello','sender':'Eve','seq':99}", "ack");
        assertThat(ack.getString("id")).isEqualTo("c");
        assertThat(ack.getString("room")).isEqualTo("lobby");
        assertThat(ack.getInt("seq")).isOne();
        assertThat(ack.getString("sentAt")).isEqualTo("2026-01-31T12:00:00.000Z");
        JsonObject copy = ben.hears("chat");
        assertThat(copy)
                .hasToString("{\"type\":\"chat\",\"content\":\"Hello\",\"guest\":\"" + ana.tag()
                        + "\",\"id\":\"c\",\"room\":\"lobby\","
                        + "\"sender\":\"Ana\",\"sentAt\":\"2026-01-31T12:00:00.000Z\",\"seq\":1}");
        assertThat(ana.hears("chat")).isEqualTo(copy);
        ana.hearsNothing();
        ben.hearsNothing();
    }

    @Test
    void duplicateGetsTheFirstAckAndNoSecondCopy() {
        TestHub.Peer ana = hub.guest("Ana");
        JsonObject first = ana.ask("{'type':'chat','id':'c','content':'Hello'}", "ack");
        ana.hears("chat");
        TestHub.Peer again = hub.again(ana);
        assertThat(again.ask("{'type':'chat','id':'c','content':'Hello'}", "ack"))
                .isEqualTo(first);
        ana.hearsNothing();
        again.hearsNothing();
    }

    @Test
    void sameIdWithOtherContentIsAConflict() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask("{'type':'chat','id':'c','content':'Hello'}", "ack");
        ana.hears("chat");
        ana.say("{'type':'chat','id':'c','content':'Bye'}");
        assertThat(ana.hearsError("conflict").getString("id")).isEqualTo("c");
        ana.hearsNothing();
    }

    @Test
    void sameIdOfAnotherSenderIsAnotherMessage() {
        hub.guest("Ana").ask("{'type':'chat','id':'c','content':'Hello'}", "ack");
        assertThat(hub.guest("Ben")
                        .ask("{'type':'chat','id':'c','content':'Hello'}", "ack")
                        .getInt("seq"))
                .isEqualTo(2);
    }

    @Test
    void messageWithoutAnIdGetsAGeneratedOne() {
        TestHub.Peer ana = hub.guest("Ana");
        String id = ana.ask("{'type':'chat','content':'Hello'}", "ack").getString("id");
        assertThat(ana.hears("chat").getString("id")).isEqualTo(id);
    }

    @Test
    void acksComeInTheOrderOfTheMessages() {
        TestHub.Peer ana = hub.guest("Ana");
        for (int i = 1; i <= 50; i++) {
            ana.say("{'type':'chat','id':'" + i + "','content':'Hello'}");
        }
        for (int acks = 0, copies = 0; acks < 50 || copies < 50; ) {
            JsonObject heard = ana.hearsAny();
            int expected = heard.getString("type").equals("ack") ? ++acks : ++copies;
            assertThat(heard.getInt("seq")).isEqualTo(expected);
            assertThat(heard.getString("id")).isEqualTo(Integer.toString(expected));
        }
    }

    @Test
    void privateRoomIsNoSuchRoom() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.say("{'type':'chat','id':'c','room':'_tea-1','content':'Hello'}");
        assertThat(ana.hearsError("no_such_room").getString("id")).isEqualTo("c");
        ana.hearsNothing();
    }

    @Test
    void duplicateDirectMessageIsAckedEvenIfTheNameChanged() {
        TestHub.Peer ana = hub.user("Ana");
        String direct = "{'type':'message','id':'m','to':'Later','content':'Hello'}";
        JsonObject first = ana.ask(direct, "ack");
        ana.hears("message");
        hub.guest("Later");
        assertThat(ana.say(direct).hearsAny()).isEqualTo(first);
        ana.say(direct.replace("Hello", "Hi")).hearsError("conflict");
    }

    @Test
    void attachmentThatDoesNotExistIsRefused() {
        hub.guest("Ana")
                .say("{'type':'chat','id':'c','content':'See',"
                        + "'attachment':{'id':'a','name':'n','mediaType':'t','size':1,'href':'h'}}")
                .hearsError("bad_message");
    }

    @Test
    void messageWithoutARecipientGoesToTheLobby() {
        TestHub.Peer ana = hub.guest("Ana");
        TestHub.Peer ben = hub.guest("Ben");
        assertThat(ana.ask("{'type':'message','id':'m','content':'Hello'}", "ack")
                        .getString("room"))
                .isEqualTo("lobby");
        assertThat(ben.hears("message").getString("room")).isEqualTo("lobby");
    }

    @Test
    void directMessageIsInBothInboxesOnly() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer anaElsewhere = hub.user("Ana");
        TestHub.Peer ben = hub.user("Ben");
        TestHub.Peer cid = hub.user("Cid");
        ben.ask("{'type':'message','id':'b','to':'Cid','content':'shifts the seqs'}", "ack");
        ben.hears("message");
        cid.hears("message");
        JsonObject ack = ana.ask("{'type':'message','id':'m','to':'Ben','content':'Hello'}", "ack");
        assertThat(ack.getBoolean("inbox")).isTrue();
        assertThat(ack.getInt("seq")).as("in the sender's inbox").isOne();
        assertThat(ana.hears("message").getInt("seq")).isOne();
        assertThat(anaElsewhere.hears("message").getInt("seq")).isOne();
        JsonObject copy = ben.hears("message");
        assertThat(copy.getInt("seq")).isEqualTo(2);
        assertThat(copy.getString("sender")).isEqualTo("Ana");
        assertThat(copy.getBoolean("inbox")).isTrue();
        cid.hearsNothing();
    }

    @Test
    void directMessageToOneselfIsDeliveredOnce() {
        TestHub.Peer ana = hub.user("Ana");
        ana.ask("{'type':'message','id':'m','to':'Ana','content':'Note'}", "ack");
        ana.hears("message");
        ana.hearsNothing();
    }

    @Test
    void directMessagePrefersTheUserToAGuestOfTheSameName() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer guest = hub.guest("Ben");
        ana.ask("{'type':'message','id':'1','to':'Ben','content':'Hello guest'}", "ack");
        assertThat(guest.hears("message").getString("content")).isEqualTo("Hello guest");
        TestHub.Peer ben = hub.user("Ben");
        guest.hears("welcome");
        ana.hears("message");
        ana.ask("{'type':'message','id':'2','to':'Ben','content':'Hello user'}", "ack");
        assertThat(ben.hears("message").getString("content")).isEqualTo("Hello user");
        guest.hearsNothing();
    }

    @Test
    void directMessageWaitsForAnOfflineRecipient() {
        hub.user("Ana").ask("{'type':'message','id':'m','to':'Ben','content':'Hello'}", "ack");
        TestHub.Peer ben = hub.connect();
        JsonObject inbox = ben.ask("{'type':'login','token':'Ben'}", "welcome")
                .getJsonObject("channels")
                .getJsonObject("inbox");
        assertThat(inbox.getInt("unread")).isOne();
        ben.say("{'type':'history','inbox':true}");
        assertThat(ben.hears("history").getJsonArray("messages")).hasSize(1);
    }

    @Test
    void notificationNeedsTheRole() {
        TestHub.Peer ana = hub.user("Ana");
        ana.say("{'type':'notification','id':'n','content':'!'}");
        assertThat(ana.hearsError("forbidden").getString("id")).isEqualTo("n");
        ana.hearsNothing();
    }

    @Test
    void broadcastReachesAllAndLaterSessionsByPosition() {
        TestHub.Peer ana = hub.user("Ana:notify");
        TestHub.Peer ben = hub.connect();
        JsonObject position = ben.ask("{'type':'login','username':'Ben'}", "welcome")
                .getJsonObject("channels")
                .getJsonObject("broadcast")
                .getJsonObject("position");
        JsonObject ack = ana.ask("{'type':'notification','id':'n','content':'!','title':'T','level':'warning'}", "ack");
        assertThat(ack.getBoolean("broadcast")).isTrue();
        ana.hears("notification");
        JsonObject copy = ben.hears("notification");
        assertThat(copy.getString("title")).isEqualTo("T");
        assertThat(copy.getString("level")).isEqualTo("warning");
        TestHub.Peer late = hub.connect();
        late.ask("{'type':'login','username':'Cid','positions':{'broadcast':" + position + "}}", "welcome");
        assertThat(late.hears("notification")).isEqualTo(copy);
    }

    @Test
    void notificationReachesOnlyItsUserOrRoom() {
        TestHub.Peer ana = hub.user("Ana:notify");
        TestHub.Peer ben = hub.user("Ben");
        ben.ask("{'type':'join','room':'tea'}", "joined");
        assertThat(ana.ask("{'type':'notification','id':'1','to':'Ben','content':'!'}", "ack")
                        .getBoolean("inbox"))
                .isTrue();
        assertThat(ben.hears("notification").getBoolean("inbox")).isTrue();
        ana.ask("{'type':'notification','id':'2','room':'tea','content':'!'}", "ack");
        assertThat(ben.hears("notification").getString("room")).isEqualTo("tea");
        ana.hearsNothing();
    }

    @Test
    void laterMessagesWaitForOneThatFailedInTheStore() {
        TestHub.Peer ana = hub.guest("Ana");
        hub.database().goDown();
        ana.say("[{'type':'chat','id':'a','content':'1'},{'type':'chat','id':'b','content':'2'}]");
        for (String id : List.of("a", "b")) {
            JsonObject refused = ana.hearsError("store_unavailable");
            assertThat(refused.getString("id")).isEqualTo(id);
            assertThat(refused.getInt("retryAfter")).isPositive();
        }
        hub.database().comeBack();

        ana.say("{'type':'chat','id':'c','content':'3'}").hearsError("store_unavailable");
        for (String id : List.of("a", "b", "c")) {
            ana.say("{'type':'chat','id':'" + id + "','content':'" + " abc".indexOf(id) + "'}");
            assertThat(ana.hearsAtLast("ack").getString("id")).isEqualTo(id);
        }
        assertThat(ana.hearsAtLast("chat").getString("content")).isIn("1", "2", "3");
        TestHub.Peer ben = hub.guest("Ben");
        assertThat(ben.ask("{'type':'history','room':'lobby'}", "history")
                        .getJsonArray("messages")
                        .getValuesAs(message -> message.asJsonObject().getString("content")))
                .containsExactly("1", "2", "3");
    }

    @Test
    void failedMessageWithoutAnIdHoldsNothingBack() {
        TestHub.Peer ana = hub.guest("Ana");
        hub.database().goDown();
        ana.say("{'type':'chat','content':'1'}").hearsError("store_unavailable");
        hub.database().comeBack();

        ana.say("{'type':'chat','content':'2'}").hearsAtLast("ack");
    }

    @Test
    void failedMessageHoldsBackItsSenderOnly() {
        TestHub.Peer ana = hub.guest("Ana");
        TestHub.Peer ben = hub.guest("Ben");
        hub.database().goDown();
        ana.say("{'type':'chat','id':'a','content':'1'}").hearsError("store_unavailable");
        hub.database().comeBack();

        ben.say("{'type':'chat','id':'b','content':'2'}").hearsAtLast("ack");
        ana.say("{'type':'read','room':'lobby','seq':1,'id':'r'}").hearsAtLast("ack");
    }

    @Test
    void creationOfRoomsAndInboxesIsRateLimited() {
        try (TestHub bounded = TestHub.withRate(1_000)) {
            TestHub.Peer ana = bounded.user("Ana");
            for (int i = 0; i < 100 + TestHub.CHANNELS_A_MINUTE; i++) {
                ana.ask("{'type':'chat','id':'c" + i + "','room':'new-" + i + "','content':'x'}", "ack");
            }

            JsonObject refused = ana.say("{'type':'message','id':'m','to':'Nobody','content':'x'}")
                    .hearsError("rate_limited");
            assertThat(refused.getString("id")).isEqualTo("m");
            assertThat(refused.getInt("retryAfter")).isBetween(1, 30_001);
            ana.say("{'type':'chat','id':'n','content':'after it'}").hearsError("rate_limited");
            ana.say("{'type':'join','id':'j','room':'one-more'}").hearsError("rate_limited");
            ana.ask("{'type':'join','room':'new-1'}", "joined");
            bounded.user("Ben").ask("{'type':'chat','id':'b','room':'ben-has-his-own','content':'x'}", "ack");
        }
    }

    @Test
    void notificationsReachAnyNumberOfUnknownUsers() {
        try (TestHub bounded = TestHub.withRate(1_000)) {
            TestHub.Peer service = bounded.user("service:notify");
            for (int i = 0; i < 150; i++) {
                service.ask("{'type':'notification','id':'n" + i + "','to':'user-" + i + "','content':'x'}", "ack");
            }
        }
    }
}
