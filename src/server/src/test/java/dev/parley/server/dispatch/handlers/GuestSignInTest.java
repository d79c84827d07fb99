package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.server.TestHub;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The identity of guests: what they get to come back with, and what becomes of their names. */
class GuestSignInTest {
    private TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    private static JsonObject inbox(JsonObject welcome) {
        return welcome.getJsonObject("channels").getJsonObject("inbox");
    }

    private static List<String> contents(JsonObject history) {
        return history.getJsonArray("messages")
                .getValuesAs(message -> message.asJsonObject().getString("content"));
    }

    private JsonObject comesBack(TestHub.Peer guest) {
        return hub.connect().ask("{'type':'login','guestSecret':'" + guest.guestSecret() + "'}", "welcome");
    }

    @Test
    void newGuestGetsATagAndASecretOnce() {
        TestHub.Peer ana = hub.connect();
        JsonObject welcome = ana.ask("{'type':'login','username':'Ana'}", "welcome");
        assertThat(welcome.getString("guest")).matches("[2-9a-z]{6}");
        assertThat(welcome.getString("guestSecret")).hasSize(43);
        assertThat(ana.ask("{'type':'login','username':'Ana'}", "welcome"))
                .doesNotContainKey("guestSecret")
                .containsEntry("guest", welcome.get("guest"));
        assertThat(hub.connect().ask("{'type':'login','token':'Ben'}", "welcome"))
                .doesNotContainKeys("guest", "guestSecret");
    }

    @Test
    void guestsOfOneNameAreApart() {
        TestHub.Peer one = hub.guest("Ana");
        TestHub.Peer other = hub.guest("Ana");
        assertThat(one.tag()).isNotEqualTo(other.tag());
        one.ask("{'type':'chat','id':'c','content':'one'}", "ack");
        other.hears("chat");
        assertThat(other.ask("{'type':'chat','id':'c','content':'other'}", "ack")
                        .getInt("seq"))
                .as("not a duplicate")
                .isEqualTo(2);
        assertThat(other.hears("chat").getString("guest")).isEqualTo(other.tag());
    }

    @Test
    void sessionsUnderANameDoNotCloseItsGuest() {
        TestHub.Peer victim = hub.guest("Ana");
        for (int i = 0; i <= TestHub.SESSIONS_MAX; i++) {
            hub.guest("Ana");
        }
        assertThat(victim.session().isOpen()).isTrue();
        victim.ask("{'type':'ping'}", "pong");
    }

    @Test
    void sessionsOfOneGuestAreLimited() {
        TestHub.Peer first = hub.guest("Ana");
        for (int i = 1; i < TestHub.SESSIONS_MAX; i++) {
            hub.again(first);
        }
        assertThat(first.session().isOpen()).isTrue();
        hub.again(first);
        assertThat(first.takeClose()).isEqualTo(CloseCode.REPLACED);
    }

    @Test
    void nextGuestOfANameReadsNothingOfTheFirst() {
        TestHub.Peer first = hub.guest("Ben");
        hub.user("Ana").ask("{'type':'message','id':'m','to':'Ben','content':'for the first'}", "ack");
        assertThat(first.hears("message").getString("toGuest")).isEqualTo(first.tag());
        first.session().end(1000, "");
        TestHub.Peer next = hub.connect();
        JsonObject welcome = next.ask("{'type':'login','username':'Ben'}", "welcome");
        assertThat(inbox(welcome).getInt("unread")).isZero();
        assertThat(contents(next.ask("{'type':'history','inbox':true}", "history")))
                .isEmpty();
        assertThat(contents(hub.again(first).ask("{'type':'history','inbox':true}", "history")))
                .containsExactly("for the first");
    }

    @Test
    void guestComesBackWithItsSecret() {
        TestHub.Peer ana = hub.guest("Ana");
        JsonObject ack = ana.ask("{'type':'chat','id':'c','content':'Hello'}", "ack");
        hub.user("Ben").ask("{'type':'message','id':'m','to':'Ana','content':'Hi'}", "ack");
        ana.session().end(1006, "");
        TestHub.Peer back = hub.connect();
        JsonObject welcome = back.ask("{'type':'login','id':'l','guestSecret':'" + ana.guestSecret() + "'}", "welcome");
        assertThat(welcome.getString("id")).isEqualTo("l");
        assertThat(welcome.getString("username")).isEqualTo("Ana");
        assertThat(welcome.getString("guest")).isEqualTo(ana.tag());
        assertThat(welcome).doesNotContainKey("guestSecret");
        assertThat(inbox(welcome).getInt("unread")).isOne();
        assertThat(back.ask("{'type':'chat','id':'c','content':'Hello'}", "ack"))
                .isEqualTo(ack);
        back.say("{'type':'chat','id':'c','content':'Bye'}").hearsError("conflict");
    }

    @Test
    void guestKeepsItsNameWhateverTheLoginWithItsSecretAsksFor() {
        TestHub.Peer ana = hub.guest("Ana");
        JsonObject welcome = hub.connect()
                .ask("{'type':'login','username':'Eve','guestSecret':'" + ana.guestSecret() + "'}", "welcome");
        assertThat(welcome.getString("username")).isEqualTo("Ana");
    }

    @Test
    void wrongSecretIsRefusedAndAnotherLoginMayFollow() {
        TestHub.Peer peer = hub.connect();
        JsonObject error =
                peer.say("{'type':'login','id':'l','guestSecret':'guessed'}").hearsError("login_refused");
        assertThat(error.getString("id")).isEqualTo("l");
        assertThat(error.getString("message")).doesNotContain("guessed");
        peer.say("{'type':'chat','content':'as whom?'}").hearsError("login_required");
        peer.ask("{'type':'login','username':'Ana'}", "welcome");
    }

    @Test
    void secretOfAGuestThatWasAwayForTooLongIsRefused() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.session().end(1000, "");
        hub.clock().advance(Duration.ofDays(29));
        comesBack(ana);
        hub.clock().advance(Duration.ofDays(29));
        assertThat(comesBack(ana).getString("guest"))
                .as("each use begins the time again")
                .isEqualTo(ana.tag());
        hub.clock().advance(Duration.ofDays(31));
        hub.connect()
                .say("{'type':'login','guestSecret':'" + ana.guestSecret() + "'}")
                .hearsError("login_refused");
    }

    @Test
    void connectedGuestIsRemembered() {
        TestHub.Peer ana = hub.guest("Ana");
        hub.clock().advance(Duration.ofDays(29));
        hub.trimGuests();
        hub.clock().advance(Duration.ofDays(29));
        hub.trimGuests();
        assertThat(comesBack(ana).getString("guest")).isEqualTo(ana.tag());
    }

    @Test
    void guessingSecretsIsRateLimited() {
        List<String> heard = new ArrayList<>();
        for (int i = 0; i < 450; i++) {
            heard.add(hub.connect()
                    .say("{'type':'login','guestSecret':'guessed-" + i + "'}")
                    .hearsAny()
                    .getString("type"));
        }
        assertThat(heard.subList(0, 400)).containsOnly("error");
        assertThat(heard).contains("goodbye");
    }

    @Test
    void tokenBesideASecretIsRefused() {
        TestHub.Peer ana = hub.guest("Ana");
        for (TestHub.Peer peer : List.of(hub.connect(), hub.connectWith("Ben"))) {
            String token = peer.session().handshake().credential().isPresent() ? "" : "'token':'Ben',";
            peer.say("{'type':'login'," + token + "'guestSecret':'" + ana.guestSecret() + "'}")
                    .hearsError("login_refused");
            assertThat(peer.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
        }
    }

    @Test
    void secretOfAnotherGuestIsRefusedOnASessionOfANamedOne() {
        TestHub.Peer ana = hub.guest("Ana");
        TestHub.Peer ben = hub.guest("Ben");
        ben.say("{'type':'login','guestSecret':'" + ben.guestSecret() + "'}").hears("welcome");
        ben.say("{'type':'login','guestSecret':'" + ana.guestSecret() + "'}").hearsError("login_refused");
        assertThat(ben.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void guestWithAGeneratedNameMayBecomeTheGuestOfASecret() {
        TestHub.Peer ana = hub.guest("Ana");
        TestHub.Peer peer = hub.connect();
        peer.ask("{'type':'login'}", "welcome");
        JsonObject welcome = peer.ask("{'type':'login','guestSecret':'" + ana.guestSecret() + "'}", "welcome");
        assertThat(welcome.getString("guest")).isEqualTo(ana.tag());
        hub.user("Ben").ask("{'type':'message','id':'m','to':'Ana','content':'Hi'}", "ack");
        peer.hears("message");
        peer.say("{'type':'login','username':'Eve'}").hearsError("login_refused");
    }

    @Test
    void guestThatNamesItselfStaysTheSameGuest() {
        TestHub.Peer peer = hub.connect();
        JsonObject first = peer.ask("{'type':'login'}", "welcome");
        JsonObject named = peer.ask("{'type':'login','username':'Ana'}", "welcome");
        assertThat(named.getString("username")).isEqualTo("Ana");
        assertThat(named.getString("guest")).isEqualTo(first.getString("guest"));
        assertThat(named).doesNotContainKey("guestSecret");
        JsonObject back =
                hub.connect().ask("{'type':'login','guestSecret':'" + first.getString("guestSecret") + "'}", "welcome");
        assertThat(back.getString("username")).isEqualTo("Ana");
    }

    @Test
    void refusedNameLeavesAGuestSignedIn() {
        hub.user("Ana");
        TestHub.Peer peer = hub.connect();
        String name = peer.ask("{'type':'login'}", "welcome").getString("username");
        peer.say("{'type':'login','username':'ANA'}").hearsError("login_refused");
        peer.ask("{'type':'chat','id':'c','content':'Hello'}", "ack");
        assertThat(peer.hears("chat").getString("sender")).isEqualTo(name);
    }

    @Test
    void guestLosesItsNameWhenTheUserOfThatNameSignsIn() {
        for (String name : List.of("ana", "ANA", "ａｎａ")) {
            hub.close();
            hub = TestHub.openToGuests();
            TestHub.Peer guest = hub.guest(name);
            guest.ask("{'type':'chat','id':'1','content':'before'}", "ack");
            guest.hears("chat");
            TestHub.Peer user = hub.user("Ana");
            JsonObject welcome = guest.hears("welcome");
            assertThat(welcome.getString("username")).as(name).isEqualTo("guest-" + guest.tag());
            assertThat(welcome.getString("guest")).isEqualTo(guest.tag());
            assertThat(welcome.getJsonObject("channels")).containsOnlyKeys("room:lobby", "inbox", "broadcast");
            guest.ask("{'type':'chat','id':'2','content':'after'}", "ack");
            JsonObject after = user.hears("chat");
            assertThat(after.getString("sender")).isEqualTo("guest-" + guest.tag());
            assertThat(after.getString("guest")).isEqualTo(guest.tag());
            JsonObject before = user.ask("{'type':'history','room':'lobby'}", "history")
                    .getJsonArray("messages")
                    .getJsonObject(0);
            assertThat(before.getString("guest"))
                    .as("its earlier messages are a guest's")
                    .isEqualTo(guest.tag());
            assertThat(user.ask("{'type':'presence','room':'lobby'}", "presence")
                            .getJsonArray("present"))
                    .hasToString("[{\"username\":\"Ana\"},{\"guest\":\"" + guest.tag() + "\",\"username\":\"guest-"
                            + guest.tag() + "\"}]");
        }
    }

    @Test
    void revocationOfANameClosesItsUserAndNoGuest() {
        TestHub.Peer guest = hub.guest("Ana");
        TestHub.Peer user = hub.user("Ana");
        guest.hears("welcome");
        hub.revoke("ana");
        assertThat(user.takeClose()).isEqualTo(CloseCode.REVOKED);
        guest.ask("{'type':'ping'}", "pong");
    }

    @Test
    void allSessionsOfARenamedGuestGetTheSameName() {
        TestHub.Peer guest = hub.guest("Ana");
        TestHub.Peer elsewhere = hub.again(guest);
        hub.user("Ana");
        assertThat(guest.hears("welcome").getString("username")).isEqualTo("guest-" + guest.tag());
        assertThat(elsewhere.hears("welcome").getString("username")).isEqualTo("guest-" + guest.tag());
    }

    @Test
    void renamedGuestMayChooseAnotherName() {
        TestHub.Peer guest = hub.guest("Ana");
        hub.user("Ana");
        guest.hears("welcome");
        assertThat(guest.ask("{'type':'login','username':'Ana2'}", "welcome").getString("username"))
                .isEqualTo("Ana2");
    }

    @Test
    void guestThatIsAwayComesBackUnderAnotherName() {
        TestHub.Peer guest = hub.guest("Ana");
        String tag = guest.tag();
        guest.session().end(1000, "");
        hub.user("Ana");
        assertThat(comesBack(guest).getString("username")).isEqualTo("guest-" + tag);
    }

    @Test
    void guestThatCannotBeRenamedIsDisconnected() {
        TestHub.Peer guest = hub.guest("Ana");
        TestHub.Peer user = hub.user("Ben");
        hub.database().goDown();
        hub.dispatcher().nameTaken(guest.session(), "ana");
        hub.dispatcher().nameTaken(user.session(), "ben");
        guest.hears("goodbye");
        assertThat(guest.takeClose()).isEqualTo(CloseCode.TRY_AGAIN_LATER);
        hub.database().comeBack();
        user.ask("{'type':'ping'}", "pong");
    }

    @Test
    void noGuestKeepsANameWhoseUserSignsInAtTheSameTime() {
        for (int i = 0; i < 50; i++) {
            TestHub.Peer guest = hub.connect();
            TestHub.Peer user = hub.connect();
            String name = "name-" + i;
            guest.say("{'type':'login','username':'" + name + "'}");
            user.say("{'type':'login','token':'" + name + "'}").hears("welcome");
            Awaitility.await()
                    .until(() -> guest.session().identity().isEmpty()
                            ? guest.transport().takeFrames().stream().anyMatch(frame -> frame.contains("login_refused"))
                            : !guest.session().signedInAs().name().equals(name));
        }
    }

    @Test
    void messageToANameGoesToTheOnlyGuestOfIt() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer ben = hub.guest("Ben");
        hub.again(ben);
        ana.ask("{'type':'message','id':'1','to':'BEN','content':'Hi'}", "ack");
        assertThat(ana.hears("message").getString("toGuest")).isEqualTo(ben.tag());
        hub.guest("ben");
        JsonObject error = ana.say("{'type':'message','id':'2','to':'Ben','content':'Who?'}")
                .hearsError("conflict");
        assertThat(error.getString("id")).isEqualTo("2");
        assertThat(error.getString("message")).contains("Several guests", "'Ben'");
        TestHub.Peer user = hub.user("Ben");
        ana.ask("{'type':'message','id':'3','to':'Ben','content':'You'}", "ack");
        assertThat(ana.hears("message")).doesNotContainKey("toGuest");
        user.hears("message");
    }

    @Test
    void noUserReadsAMessageToAGuest() {
        TestHub.Peer ana = hub.user("Ana:notify");
        TestHub.Peer guest = hub.guest("Ben");
        String tag = guest.tag();
        ana.ask("{'type':'message','id':'1','to':'Ben','content':'Hi'}", "ack");
        ana.hears("message");
        guest.session().end(1000, "");
        ana.say("{'type':'message','id':'2','to':'Ben','content':'Still there?'}")
                .hearsError("conflict");
        ana.say("{'type':'notification','id':'3','to':'Ben','content':'!'}").hearsError("conflict");
        assertThat(ana.ask("{'type':'message','id':'1','to':'Ben','content':'Hi'}", "ack")
                        .getString("id"))
                .as("sent again")
                .isEqualTo("1");
        JsonObject welcome = hub.connect().ask("{'type':'login','token':'Ben'}", "welcome");
        assertThat(inbox(welcome).getInt("unread")).isZero();
        TestHub.Peer back = hub.again(guest);
        assertThat(back.tag()).isEqualTo(tag);
        assertThat(contents(back.ask("{'type':'history','inbox':true}", "history")))
                .containsExactly("Hi");
    }

    private static String toGuest(String tag, String id) {
        return "{'type':'message','id':'" + id + "','to':'Ben','toGuest':'" + tag + "','content':'Hi'}";
    }

    @Test
    void messageToATagReachesThatGuestAlone() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer first = hub.guest("Ben");
        TestHub.Peer other = hub.guest("Ben");
        for (TestHub.Peer ben : List.of(first, other)) {
            ana.ask(toGuest(ben.tag(), ben.tag()), "ack");
            JsonObject copy = ana.hears("message");
            assertThat(copy.getString("to")).isEqualTo("Ben");
            assertThat(copy.getString("toGuest")).isEqualTo(ben.tag());
            assertThat(ben.hears("message").getString("id")).isEqualTo(ben.tag());
        }
        first.hearsNothing();
        other.hearsNothing();
    }

    @Test
    void messageToATagFollowsTheGuestToAnotherName() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer guest = hub.guest("Ben");
        JsonObject first = ana.ask(toGuest(guest.tag(), "1"), "ack");
        ana.hears("message");
        guest.hears("message");
        TestHub.Peer user = hub.user("Ben");
        guest.hears("welcome");
        ana.ask(toGuest(guest.tag(), "2"), "ack");
        assertThat(ana.hears("message").getString("to")).isEqualTo("guest-" + guest.tag());
        assertThat(guest.hears("message").getString("toGuest")).isEqualTo(guest.tag());
        user.hearsNothing();
        assertThat(ana.ask(toGuest(guest.tag(), "1"), "ack"))
                .as("sent again under the old name")
                .isEqualTo(first);
        guest.hearsNothing();
    }

    @Test
    void messageToATagWaitsForAGuestThatIsAway() {
        TestHub.Peer guest = hub.guest("Ben");
        String tag = guest.tag();
        guest.session().end(1000, "");
        TestHub.Peer other = hub.guest("Ben");
        TestHub.Peer ana = hub.user("Ana");
        ana.ask(toGuest(tag, "1"), "ack");
        assertThat(ana.hears("message").getString("toGuest")).isEqualTo(tag);
        other.hearsNothing();
        assertThat(contents(hub.again(guest).ask("{'type':'history','inbox':true}", "history")))
                .containsExactly("Hi");
    }

    @Test
    void messageToATagThatIsNotRememberedIsAConflict() {
        TestHub.Peer ana = hub.guest("Ana");
        TestHub.Peer guest = hub.guest("Ben");
        String tag = guest.tag();
        JsonObject first = ana.ask(toGuest(tag, "1"), "ack");
        ana.hears("message");
        guest.session().end(1000, "");
        hub.clock().advance(Duration.ofDays(31));
        hub.trimGuests();
        TestHub.Peer other = hub.guest("Ben");
        JsonObject error = ana.say(toGuest(tag, "2")).hearsError("conflict");
        assertThat(error.getString("id")).isEqualTo("2");
        assertThat(error.getString("message")).contains("'" + tag + "'", "not stored");
        assertThat(ana.ask(toGuest(tag, "1"), "ack")).as("sent again").isEqualTo(first);
        other.hearsNothing();
        assertThat(inbox(hub.connect().ask("{'type':'login','token':'Ben'}", "welcome"))
                        .getInt("unread"))
                .isZero();
    }

    @Test
    void guestThatWritesToItsOwnTagGetsOneCopy() {
        TestHub.Peer ben = hub.guest("Ben");
        JsonObject ack = ben.ask(toGuest(ben.tag(), "1"), "ack");
        assertThat(ben.hears("message").getInt("seq")).isEqualTo(ack.getInt("seq"));
        ben.hearsNothing();
    }

    @Test
    void sameIdToAnotherTagIsAConflict() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer first = hub.guest("Ben");
        TestHub.Peer other = hub.guest("Ben");
        ana.ask(toGuest(first.tag(), "1"), "ack");
        ana.hears("message");
        assertThat(ana.say(toGuest(other.tag(), "1")).hearsError("conflict").getString("message"))
                .contains("another message");
        other.hearsNothing();
    }

    @Test
    void messageToATagGoesToNoUserWhereGuestsAreNotAllowed() {
        hub.close();
        hub = TestHub.withTokensOnly();
        TestHub.Peer ben = hub.user("Ben");
        hub.user("Ana").say(toGuest("k3f9", "1")).hearsError("conflict");
        ben.hearsNothing();
    }

    @Test
    void typingAndPresenceNameTheGuestsTag() {
        TestHub.Peer ana = hub.guest("Ana");
        TestHub.Peer ben = hub.user("Ben");
        ana.say("{'type':'typing','room':'lobby'}");
        assertThat(ben.hears("typing").getString("guest")).isEqualTo(ana.tag());
        assertThat(ben.ask("{'type':'join','room':'lobby'}", "joined").getJsonArray("present"))
                .hasToString("[{\"guest\":\"" + ana.tag() + "\",\"username\":\"Ana\"},{\"username\":\"Ben\"}]");
    }

    @Test
    void secretsAreNothingWhereGuestsAreNotAllowed() {
        hub.close();
        hub = TestHub.withTokensOnly();
        hub.connect().say("{'type':'login','guestSecret':'any'}").hearsError("login_required");
    }
}
