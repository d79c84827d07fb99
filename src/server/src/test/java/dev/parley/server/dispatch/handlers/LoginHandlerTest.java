package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.server.TestHub;
import dev.parley.server.backplane.HeldSubscriptions;
import jakarta.json.JsonObject;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoginHandlerTest {
    private TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    private void useTokensOnly() {
        hub.close();
        hub = TestHub.withTokensOnly();
    }

    @Test
    void nameThatDiffersOnlyInCaseIsRefused() {
        hub.user("Ana");
        TestHub.Peer user = hub.connect();
        user.say("{'type':'login','token':'ANA'}");
        assertThat(user.hearsError("login_refused").getString("message")).contains("'Ana'");
        assertThat(user.transport().takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
        hub.connect().say("{'type':'login','username':'aNA'}").hearsError("login_refused");
        hub.user("Ana").ask("{'type':'ping'}", "pong");
    }

    @Test
    void welcomeComesOnceTheNodeHearsTheChannels() {
        HeldSubscriptions subscriptions = new HeldSubscriptions();
        try (TestHub node = TestHub.over(subscriptions)) {
            subscriptions.hold();
            TestHub.Peer user =
                    node.connect().say("{'type':'login','token':'Ana'}").hearsNothing();
            TestHub.Peer guest =
                    node.connect().say("{'type':'login','username':'Ben'}").hearsNothing();
            subscriptions.confirm();
            user.hears("welcome");
            guest.hears("welcome");
        }
    }

    @Test
    void guestNamesThatDifferOnlyInCaseAreTheSame() {
        TestHub.Peer ben = hub.guest("Ben");
        hub.guest("Ana").ask("{'type':'message','id':'m','to':'BEN','content':'Hello'}", "ack");
        assertThat(ben.hears("message").getString("content")).isEqualTo("Hello");
    }

    @Test
    void messageReachesItsUserInAnyCase() {
        TestHub.Peer ben = hub.user("Ben");
        hub.user("Ana").ask("{'type':'message','id':'m','to':'bEN','content':'Hello'}", "ack");
        assertThat(ben.hears("message").getString("content")).isEqualTo("Hello");
    }

    @Test
    void revokedTokenEndsTheConnection() {
        TestHub.Peer ana = hub.connectWith("Ana");
        hub.revoke("Ana");
        ana.say("{'type':'chat','id':'c','content':'x'}");
        ana.hearsError("login_refused");
        assertThat(ana.transport().takeClose()).isEqualTo(CloseCode.REVOKED);
    }

    @Test
    void connectionOverTheLimitClosesTheUsersOldest() {
        TestHub.Peer first = hub.connectWith("Ana");
        first.ask("{'type':'login'}", "welcome");
        for (int i = 1; i < TestHub.SESSIONS_MAX; i++) {
            TestHub.Peer other = hub.connectWith("Ana");
            other.say("{'type':'chat','content':'x','id':'" + i + "'}");
            assertThat(other.session().isOpen()).isTrue();
        }
        assertThat(first.session().isOpen()).isTrue();
        hub.connectWith("Ana").say("{'type':'chat','content':'x','id':'one-more'}");
        Awaitility.await().until(() -> !first.session().isOpen());
    }

    @Test
    void repeatedLoginsAreRateLimited() {
        hub.close();
        hub = TestHub.withRate(1);
        TestHub.Peer ana = hub.user("Ana");
        for (int i = 0; i < 12; i++) {
            ana.say("{'type':'login','id':'l'}");
        }
        assertThat(ana.hearsAtLast("error").getString("code")).isEqualTo("rate_limited");
    }

    @Test
    void repeatedReconnectsAreRateLimited() {
        hub.close();
        hub = TestHub.withRate(1);
        TestHub.Peer ana = hub.user("Ana");
        int welcomes = 1;
        String heard = "welcome";
        while (heard.equals("welcome") && welcomes < 1_000) {
            ana.session().end(1006, "");
            ana = hub.connect();
            heard = ana.say("{'type':'login','token':'Ana'}").hearsAny().getString("type");
            welcomes++;
        }
        assertThat(heard).isEqualTo("goodbye");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.RATE_LIMITED);
        assertThat(welcomes).as("all its sessions may come back at once").isGreaterThan(3 * TestHub.SESSIONS_MAX);
        hub.user("Ben");
    }

    @Test
    void positionDoesNotCreateARoom() {
        TestHub.Peer ana = hub.connect();
        JsonObject welcome =
                ana.ask("{'type':'login','token':'Ana','positions':{'room:nowhere':{'epoch':'e','seq':1}}}", "welcome");
        assertThat(welcome.getJsonObject("channels")).containsOnlyKeys("room:lobby", "inbox", "broadcast");
        assertThat(ana.ask("{'type':'rooms'}", "rooms").toString()).doesNotContain("nowhere");
    }

    @Test
    void firstLoginIsAnsweredByWelcome() {
        hub.close();
        hub = TestHub.withRate(20);
        TestHub.Peer ana = hub.connect();
        JsonObject welcome = ana.ask("{'type':'login','id':'l','token':'Ana:notify,metrics'}", "welcome");
        assertThat(welcome.getString("id")).isEqualTo("l");
        assertThat(welcome.getString("username")).isEqualTo("Ana");
        assertThat(welcome.getString("session")).isEqualTo(ana.session().id().value());
        assertThat(welcome.getJsonArray("roles")).hasToString("[\"metrics\",\"notify\"]");
        assertThat(welcome.getString("protocol")).isEqualTo("parley.v1");
        assertThat(welcome.getJsonObject("heartbeat")).hasToString("{\"interval\":30000,\"timeout\":10000}");
        assertThat(welcome.getJsonObject("limits"))
                .hasToString("{\"binary\":32768,\"burst\":60,\"frame\":65536,\"message\":1048576,\"rate\":20}");
        assertThat(welcome.getInt("expiresIn")).isEqualTo(3_600_000);
        assertThat(welcome.getJsonObject("channels")).containsOnlyKeys("room:lobby", "inbox", "broadcast");
    }

    @Test
    void errorQuotesOnlyTheBeginningOfAName() {
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'login','token':'Ana','username':'" + "\u00a4".repeat(64) + "'}");
        assertThat(peer.hearsError("login_refused").getString("message"))
                .contains("'" + "\u00a4".repeat(40) + "\u2026'");
    }

    @Test
    void invalidTokenIsRefusedAndCloses() {
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'login','id':'l','token':'wrong'}");
        assertThat(peer.hearsError("login_refused").getString("id")).isEqualTo("l");
        assertThat(peer.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void messagesAfterARefusedLoginHaveNoEffect() {
        TestHub.Peer ben = hub.guest("Ben");
        TestHub.Peer peer = hub.connect();
        peer.say("[{'type':'login','token':'wrong'},{'type':'chat','content':'as a guest?'}]");
        peer.hearsError("login_refused");
        assertThat(peer.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
        ben.hearsNothing();
        assertThat(peer.session().isSignedIn()).isFalse();
    }

    @Test
    void uncheckableTokenClosesWithARetry() {
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'login','token':'unknown'}").hears("goodbye");
        assertThat(peer.takeClose()).isEqualTo(CloseCode.TRY_AGAIN_LATER);
    }

    @Test
    void uncheckableRenewalKeepsTheSession() {
        TestHub.Peer ana = hub.user("Ana");
        JsonObject error =
                ana.say("{'type':'login','id':'r','token':'unknown'}").hearsError("internal");
        assertThat(error.getString("id")).isEqualTo("r");
        assertThat(error.getInt("retryAfter")).isPositive();
        assertThat(ana.session().isOpen()).isTrue();
        ana.ask("{'type':'login','token':'Ana'}", "welcome");
    }

    @Test
    void guessingTokensIsRateLimited() {
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'login','token':'guessed'}").hears("goodbye");
        assertThat(peer.takeClose()).isEqualTo(CloseCode.RATE_LIMITED);
    }

    @Test
    void expiredTokenIsReportedAsSuch() {
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'login','token':'expired'}").hearsError("token_expired");
        assertThat(peer.takeClose()).isEqualTo(CloseCode.TOKEN_EXPIRED);
    }

    @Test
    void usernameMustMatchTheToken() {
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'login','token':'Ana','username':'Ben'}").hearsError("login_refused");
        assertThat(peer.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void loginNeedsNoTokenAfterAHandshakeCredential() {
        TestHub.Peer ana = hub.connectWith("Ana");
        assertThat(ana.ask("{'type':'login'}", "welcome").getString("username")).isEqualTo("Ana");
    }

    @Test
    void tokenOfAnotherUserThanTheHandshakesIsRefused() {
        TestHub.Peer ana = hub.connectWith("Ana");
        ana.say("{'type':'login','token':'Ben'}").hearsError("login_refused");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void guestMayNameItself() {
        JsonObject welcome = hub.connect().ask("{'type':'login','username':'Ana'}", "welcome");
        assertThat(welcome.getString("username")).isEqualTo("Ana");
        assertThat(welcome.getJsonArray("roles")).isEmpty();
        assertThat(welcome).doesNotContainKey("expiresIn");
    }

    @Test
    void guestWithoutANameGetsAGeneratedOne() {
        assertThat(hub.connect().ask("{'type':'login'}", "welcome").getString("username"))
                .startsWith("guest-");
    }

    @Test
    void guestMayNotTakeANameThatSignedInWithAToken() {
        hub.user("Ana");
        TestHub.Peer guest = hub.connect();
        guest.say("{'type':'login','username':'Ana'}").hearsError("login_refused");
        guest.ask("{'type':'login','username':'Ben'}", "welcome");
    }

    @Test
    void refusedNameDoesNotBecomeAnAutoNamedGuest() {
        hub.user("Ana");
        TestHub.Peer guest = hub.connect();
        guest.say("{'type':'login','username':'Ana'}").hearsError("login_refused");
        guest.say("{'type':'chat','content':'under which name?'}").hearsError("login_required");
    }

    @Test
    void otherFirstMessageSignsInAndTakesEffect() {
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'chat','id':'c','content':'Hello'}");
        String name = peer.hears("welcome").getString("username");
        assertThat(name).startsWith("guest-");
        assertThat(peer.hears("ack").getString("id")).isEqualTo("c");
        assertThat(peer.hears("chat").getString("sender")).isEqualTo(name);
    }

    @Test
    void otherFirstMessageUsesTheHandshakesCredential() {
        TestHub.Peer ana = hub.connectWith("Ana");
        ana.say("{'type':'rooms'}");
        assertThat(ana.hears("welcome").getString("username")).isEqualTo("Ana");
        ana.hears("rooms");
    }

    @Test
    void loginIsRequiredIfGuestsAreNotAllowed() {
        useTokensOnly();
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'chat','id':'c','content':'Hello'}");
        assertThat(peer.hearsError("login_required").getString("id")).isEqualTo("c");
        peer.say("{'type':'login','username':'Ana'}").hearsError("login_required");
        peer.ask("{'type':'login','token':'Ana'}", "welcome");
        peer.hearsNothing();
    }

    @Test
    void pingBeforeLoginGetsPong() {
        useTokensOnly();
        TestHub.Peer peer = hub.connect();
        assertThat(peer.ask("{'type':'ping','id':'p'}", "pong").getString("id")).isEqualTo("p");
        peer.hearsNothing();
        assertThat(peer.session().isSignedIn()).isFalse();
    }

    @Test
    void laterLoginNamesAnAutoNamedGuestOnce() {
        TestHub.Peer peer = hub.connect();
        peer.say("{'type':'rooms'}");
        peer.hears("welcome");
        peer.hears("rooms");
        assertThat(peer.ask("{'type':'login','username':'Ana'}", "welcome").getString("username"))
                .isEqualTo("Ana");
        peer.say("{'type':'chat','id':'c','content':'Hello'}").hears("ack");
        assertThat(peer.hears("chat").getString("sender")).isEqualTo("Ana");
        peer.say("{'type':'login','username':'Ben'}").hearsError("login_refused");
        assertThat(peer.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void autoNamedGuestMaySignInWithAToken() {
        TestHub.Peer peer = hub.connect();
        peer.ask("{'type':'login'}", "welcome");
        JsonObject welcome = peer.ask("{'type':'login','token':'Ana:notify'}", "welcome");
        assertThat(welcome.getString("username")).isEqualTo("Ana");
        peer.ask("{'type':'notification','content':'!'}", "ack");
    }

    @Test
    void repeatedLoginIsAnsweredByWelcome() {
        TestHub.Peer guest = hub.guest("Ana");
        assertThat(guest.ask("{'type':'login','id':'2','username':'Ana'}", "welcome")
                        .getString("id"))
                .isEqualTo("2");
    }

    @Test
    void tokenOfTheSameUserRenews() {
        TestHub.Peer ana = hub.user("Ana");
        ana.say("{'type':'notification','content':'!'}").hearsError("forbidden");
        JsonObject welcome = ana.ask("{'type':'login','id':'r','token':'Ana:notify'}", "welcome");
        assertThat(welcome.getJsonArray("roles")).hasToString("[\"notify\"]");
        ana.ask("{'type':'notification','content':'!'}", "ack");
    }

    @Test
    void tokenOfAnotherUserClosesTheSession() {
        TestHub.Peer ana = hub.user("Ana");
        ana.say("{'type':'login','token':'Ben'}").hearsError("login_refused");
        assertThat(ana.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void loginClosesThePredecessorOfTheSameUser() {
        TestHub.Peer dead = hub.user("Ana");
        TestHub.Peer other = hub.user("Ben");
        TestHub.Peer ana = hub.connect();
        ana.ask("{'type':'login','token':'Ana','session':'" + dead.session().id() + "'}", "welcome");
        assertThat(dead.takeClose()).isEqualTo(CloseCode.REPLACED);
        ana.say("{'type':'login','session':'" + other.session().id() + "'}").hears("welcome");
        assertThat(other.session().isEnded()).isFalse();
    }

    @Test
    void silentSessionIsSignedInAtTheLoginTimeout() {
        TestHub.Peer peer = hub.connect();
        hub.dispatcher().loginOverdue(peer.session());
        hub.dispatcher().loginOverdue(peer.session());
        peer.hears("welcome");
        peer.hearsNothing();
    }

    @Test
    void sessionThatCannotSignInIsClosedAtTheTimeout() {
        useTokensOnly();
        TestHub.Peer peer = hub.connect();
        hub.dispatcher().loginOverdue(peer.session());
        peer.hearsError("login_required");
        assertThat(peer.takeClose()).isEqualTo(CloseCode.LOGIN_TIMEOUT);
    }

    @Test
    void positionInLoginRecoversWhatWasMissed() {
        TestHub.Peer ana = hub.user("Ana");
        JsonObject position = hub.connect()
                .ask("{'type':'login','username':'Cid'}", "welcome")
                .getJsonObject("channels")
                .getJsonObject("room:lobby")
                .getJsonObject("position");
        ana.say("{'type':'chat','id':'1','content':'missed'}").hears("ack");
        ana.hears("chat");
        TestHub.Peer ben = hub.connect();
        JsonObject welcome =
                ben.ask("{'type':'login','username':'Ben','positions':{'room:lobby':" + position + "}}", "welcome");
        assertThat(welcome.getJsonObject("channels").getJsonObject("room:lobby").getBoolean("recovered"))
                .isTrue();
        assertThat(ben.hears("chat").getString("content")).isEqualTo("missed");
        ana.say("{'type':'chat','id':'2','content':'live'}");
        assertThat(ben.hears("chat").getString("content")).isEqualTo("live");
    }

    @Test
    void positionsInLoginJoinTheirRooms() {
        TestHub.Peer ana = hub.user("Ana");
        ana.ask("{'type':'join','room':'tea'}", "joined");
        TestHub.Peer ben = hub.connect();
        JsonObject welcome = ben.ask(
                "{'type':'login','username':'Ben','positions':{'room:tea':{'epoch':'other','seq':7},"
                        + "'room:_private':{'epoch':'other','seq':7}}}",
                "welcome");
        assertThat(welcome.getJsonObject("channels")).containsOnlyKeys("room:lobby", "room:tea", "inbox", "broadcast");
        JsonObject tea = welcome.getJsonObject("channels").getJsonObject("room:tea");
        assertThat(tea.getBoolean("recovered")).isFalse();
        assertThat(tea.getJsonObject("position").getInt("seq")).isZero();
        ana.say("{'type':'chat','id':'1','room':'tea','content':'Hello'}");
        ben.hears("chat");
    }
}
