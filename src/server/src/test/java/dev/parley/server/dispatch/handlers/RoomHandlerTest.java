package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.server.TestHub;
import dev.parley.server.backplane.HeldSubscriptions;
import jakarta.json.JsonObject;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoomHandlerTest {
    private final TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void joinWithAPositionRecoversWhatWasMissedBeforeLive() {
        TestHub.Peer ana = hub.user("Ana");
        JsonObject position =
                ana.ask("{'type':'join','id':'j','room':'tea'}", "joined").getJsonObject("position");
        for (int i = 1; i <= 3; i++) {
            ana.say("{'type':'chat','id':'" + i + "','room':'tea','content':'missed'}")
                    .hearsAtLast("ack");
        }
        TestHub.Peer ben = hub.user("Ben");
        JsonObject joined = ben.ask("{'type':'join','id':'k','room':'tea','position':" + position + "}", "joined");
        assertThat(joined.getString("id")).isEqualTo("k");
        assertThat(joined.getBoolean("recovered")).isTrue();
        assertThat(joined.getJsonArray("present")).hasToString("[{\"username\":\"Ana\"},{\"username\":\"Ben\"}]");
        assertThat(joined.getInt("count")).isEqualTo(2);
        ana.say("{'type':'chat','id':'4','room':'tea','content':'live'}");
        for (int seq = 1; seq <= 4; seq++) {
            assertThat(ben.hears("chat").getInt("seq")).isEqualTo(seq);
        }
        ben.hearsNothing();
    }

    @Test
    void joinedComesOnceTheNodeHearsTheRoom() {
        HeldSubscriptions subscriptions = new HeldSubscriptions();
        try (TestHub node = TestHub.over(subscriptions)) {
            TestHub.Peer ana = node.user("Ana");
            subscriptions.hold();
            ana.say("{'type':'join','id':'j','room':'tea'}").hearsNothing();
            subscriptions.confirm();
            assertThat(ana.hears("joined").getString("id")).isEqualTo("j");
        }
    }

    @Test
    void spellingsOfARoomNameAreOneRoom() {
        TestHub.Peer ana = hub.user("Ana");
        assertThat(ana.ask("{'type':'join','room':'Stra\u00dfe'}", "joined").getString("room"))
                .isEqualTo("strasse");
        TestHub.Peer ben = hub.user("Ben");
        ben.say("{'type':'chat','id':'1','room':'\uff33TRASSE','content':'Hello'}");
        assertThat(ben.hearsAtLast("ack").getString("room")).isEqualTo("strasse");
        assertThat(ana.hearsAtLast("chat").getString("room")).isEqualTo("strasse");
        ben.say("{'type':'chat','id':'1','room':'strasse','content':'Hello'}");
        assertThat(ben.hearsAtLast("ack").getInt("seq")).isEqualTo(1);
        ana.say("{'type':'leave','room':'stra\u00dfE'}");
        assertThat(ana.hearsAtLast("left").getString("room")).isEqualTo("strasse");
    }

    @Test
    void positionInAnySpellingRecoversItsRoom() {
        TestHub.Peer ana = hub.user("Ana");
        JsonObject position = ana.ask("{'type':'join','room':'\u8bbe\u8ba1-\u0410'}", "joined")
                .getJsonObject("position");
        ana.ask("{'type':'chat','id':'1','room':'\u8bbe\u8ba1-\u0430','content':'missed'}", "ack");
        TestHub.Peer ben = hub.connect();
        JsonObject welcome = ben.ask(
                "{'type':'login','token':'Ben','positions':{'room:\u8bbe\u8ba1-\u0410':" + position + "}}", "welcome");
        assertThat(welcome.getJsonObject("channels")
                        .getJsonObject("room:\u8bbe\u8ba1-\u0430")
                        .getBoolean("recovered"))
                .isTrue();
        assertThat(ben.hearsAtLast("chat").getString("content")).isEqualTo("missed");
    }

    @Test
    void readersOfALogThatWentBackReconnectToReload() {
        TestHub.Peer ana = hub.user("Ana");
        JsonObject before = ana.ask("{'type':'join','room':'tea'}", "joined").getJsonObject("position");
        ana.ask("{'type':'chat','id':'1','room':'tea','content':'a'}", "ack");
        hub.restoreEmptyRooms();
        hub.user("Ben").say("{'type':'join','room':'tea'}");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.SERVICE_RESTART);
        JsonObject joined = hub.user("Ana").ask("{'type':'join','room':'tea','position':" + before + "}", "joined");
        assertThat(joined.getBoolean("recovered")).isFalse();
    }

    @Test
    void positionOfAnotherEpochIsNotRecovered() {
        TestHub.Peer ana = hub.user("Ana");
        ana.ask("{'type':'join','room':'tea'}", "joined");
        ana.ask("{'type':'chat','id':'1','room':'tea','content':'Hello'}", "ack");
        TestHub.Peer ben = hub.user("Ben");
        JsonObject joined = ben.ask("{'type':'join','room':'tea','position':{'epoch':'other','seq':0}}", "joined");
        assertThat(joined.getBoolean("recovered")).isFalse();
        assertThat(joined.getJsonObject("position").getInt("seq")).isOne();
        ben.hearsNothing();
    }

    @Test
    void positionAheadOfTheLogIsNotRecovered() {
        TestHub.Peer ana = hub.user("Ana");
        String epoch = ana.ask("{'type':'join','room':'tea'}", "joined")
                .getJsonObject("position")
                .getString("epoch");
        JsonObject joined =
                ana.ask("{'type':'join','room':'tea','position':{'epoch':'" + epoch + "','seq':7}}", "joined");
        assertThat(joined.getBoolean("recovered")).isFalse();
        assertThat(joined.getJsonObject("position").getInt("seq")).isZero();
        ana.hearsNothing();
        assertThat(hub.user("Ben")
                        .ask("{'type':'join','room':'tea'}", "joined")
                        .getJsonObject("position")
                        .getString("epoch"))
                .as("epoch, which no client's position renews")
                .isEqualTo(epoch);
    }

    @Test
    void leaverReceivesNothingMoreOfTheRoom() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer ben = hub.user("Ben");
        ana.ask("{'type':'join','room':'tea'}", "joined");
        ben.ask("{'type':'join','room':'tea'}", "joined");
        assertThat(ben.ask("{'type':'leave','id':'l','room':'tea'}", "left").getString("id"))
                .isEqualTo("l");
        ana.ask("{'type':'chat','id':'1','room':'tea','content':'Hello'}", "ack");
        ana.hears("chat");
        ben.hearsNothing();
    }

    @Test
    void unknownPrivateRoomIsNoSuchRoom() {
        TestHub.Peer ana = hub.user("Ana");
        for (String type : new String[] {"join", "leave", "presence", "typing"}) {
            ana.say("{'type':'" + type + "','id':'x','room':'_tea'}");
            assertThat(ana.hearsError("no_such_room").getString("id")).isEqualTo("x");
        }
    }

    @Test
    void roomsOfASessionAreBounded() {
        TestHub.Peer ana = hub.user("Ana");
        IntStream.range(1, 100).forEach(i -> ana.ask("{'type':'join','room':'room-" + i + "'}", "joined"));
        ana.say("{'type':'join','id':'j','room':'one-too-many'}");
        assertThat(ana.hearsError("too_many_rooms").getString("id")).isEqualTo("j");
        ana.ask("{'type':'join','room':'room-1'}", "joined");
        ana.ask("{'type':'leave','room':'room-1'}", "left");
        ana.ask("{'type':'join','room':'one-too-many'}", "joined");
    }

    @Test
    void roomsAreListedWithUnreadCounts() {
        TestHub.Peer ana = hub.user("Ana");
        ana.ask("{'type':'join','room':'tea'}", "joined");
        ana.ask("{'type':'chat','id':'1','room':'tea','content':'Hello'}", "ack");
        JsonObject rooms = hub.user("Ben").ask("{'type':'rooms','id':'r'}", "rooms");
        assertThat(rooms.getString("id")).isEqualTo("r");
        assertThat(rooms.getJsonArray("rooms"))
                .hasToString("[{\"joined\":true,\"room\":\"lobby\",\"unread\":0},"
                        + "{\"joined\":false,\"room\":\"tea\",\"unread\":1}]");
    }

    @Test
    void presenceIsAnsweredForRoomsThatExist() {
        TestHub.Peer ana = hub.user("Ana");
        JsonObject lobby = ana.ask("{'type':'presence','id':'p','room':'lobby'}", "presence");
        assertThat(lobby.getJsonArray("present")).hasToString("[{\"username\":\"Ana\"}]");
        ana.say("{'type':'presence','id':'p','room':'nowhere'}").hearsError("no_such_room");
    }

    @Test
    void typingIsSentToTheOthers() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer ben = hub.user("Ben");
        ana.say("{'type':'typing','room':'lobby'}");
        assertThat(ben.hears("typing").getString("username")).isEqualTo("Ana");
        ana.hearsNothing();
    }
}
