package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.CloseCode;
import dev.parley.server.TestHub;
import dev.parley.server.session.EndpointType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions at the context root: what their first frame makes of them. */
class ProtocolDetectorTest {
    private static final String PING = "{'type':'ping'}";

    private TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    private TestHub.Peer root() {
        return hub.connect(EndpointType.ROOT);
    }

    private void withTokensOnly() {
        hub.close();
        hub = TestHub.withTokensOnly();
    }

    @Test
    void plainTextIsALineInTheLobby() {
        TestHub.Peer ben = hub.user("Ben");
        TestHub.Peer plain = root();

        plain.sayText("Hello");
        assertThat(ben.hears("chat").getString("content")).isEqualTo("Hello");
        ben.ask("{'type':'chat','content':'Hi'}", "ack");

        assertThat(plain.transport().takeFrame())
                .as("and no copy of its own line")
                .isEqualTo("Ben: Hi");
    }

    @Test
    void jsonIsAnsweredAsOnChat() {
        TestHub.Peer ana = root();

        ana.ask("{'type':'login','username':'Ana'}", "welcome");
        ana.say("{'type':'chat','id':'c','content':'Hello'}");

        assertThat(List.of(ana.hearsAny().getString("type"), ana.hearsAny().getString("type")))
                .containsExactlyInAnyOrder("ack", "chat");
    }

    @Test
    void firstMessageOfJsonSignsInImplicitly() {
        TestHub.Peer ana = root();

        ana.ask("{'type':'chat','id':'c','content':'Hello'}", "welcome");
        ana.hearsAtLast("ack");
    }

    /** None of them may be read by others: it may hold a token. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[",
                "{\"type\":\"login\",\"token\":\"secret",
                " \t\r\n {\"type\":\"nonsense\"}",
                "\uFEFF{\"type\":\"login\",\"token\":\"secret\"}",
                "\u00A0{\"type\":\"login\",\"token\":\"secret\"}",
                "\u2003\u3000{\"type\":\"login\",\"token\":\"secret\"}",
                "\u200B\u202E[{\"type\":\"login\",\"token\":\"secret\"}]",
                "\0{\"type\":\"login\",\"token\":\"secret\"}",
                "[me] says hello",
                "{}",
                "[]"
            })
    void whatLooksLikeJsonIsNeverALine(String frame) {
        TestHub.Peer ben = hub.guest("Ben");
        TestHub.Peer peer = root();

        peer.sayText(frame).hears("error");
        peer.sayText("Hello").hearsError("bad_json");

        ben.hearsNothing();
    }

    @Test
    void heartbeatLeavesItOpen() {
        TestHub.Peer ben = hub.guest("Ben");
        TestHub.Peer plain = root();
        TestHub.Peer ana = root();

        plain.ask(PING, "pong");
        plain.sayText(" {\"type\":\"ping\",\"id\":\"p\"}\n").hears("pong");
        plain.sayText("Hello");
        assertThat(ben.hears("chat").getString("content")).isEqualTo("Hello");
        plain.ask(PING, "pong");

        ana.ask(PING, "pong");
        ana.ask("{'type':'login','username':'Ana'}", "welcome");
        ana.sayText("Hello").hearsError("bad_json");
    }

    @Test
    void heartbeatInAnArrayIsJson() {
        TestHub.Peer ana = root();

        ana.ask("[" + PING + "]", "pong");

        ana.sayText("Hello").hearsError("bad_json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \r\n", "\u3000"})
    void blankFrameLeavesItOpen(String blank) {
        TestHub.Peer ben = hub.guest("Ben");

        root().sayText(blank).sayText("Hello");
        assertThat(ben.hears("chat").getString("content")).isEqualTo("Hello");
        root().sayText(blank).ask("{'type':'login','username':'Ana'}", "welcome");
    }

    @Test
    void linesStayLines() {
        TestHub.Peer ben = hub.guest("Ben");
        TestHub.Peer plain = root();

        plain.sayText("Hello");
        ben.hears("chat");
        plain.sayText("{\"type\":\"nonsense\"}");

        assertThat(ben.hears("chat").getString("content")).isEqualTo("{\"type\":\"nonsense\"}");
    }

    @Test
    void silentPeerReceivesLinesWhenItsTimeToSignInIsOver() {
        TestHub.Peer silent = root();

        hub.dispatcher().loginOverdue(silent.session());
        await().until(silent.session()::isSignedIn);
        hub.user("Ben").ask("{'type':'chat','content':'Hello'}", "ack");

        assertThat(silent.transport().takeFrame()).isEqualTo("Ben: Hello");
    }

    @Test
    void silentPeerMaySpeakEitherAfterwards() {
        TestHub.Peer ben = hub.guest("Ben");
        TestHub.Peer plain = silent();
        plain.sayText("Hello");
        assertThat(ben.hears("chat").getString("content")).isEqualTo("Hello");

        TestHub.Peer ana = silent();
        String name =
                ana.ask("{'type':'chat','id':'c','content':'Hi'}", "welcome").getString("username");
        ana.hearsAtLast("ack");
        assertThat(name).isEqualTo(ana.session().signedInAs().name()).startsWith("guest-");

        TestHub.Peer eve = silent();
        assertThat(eve.ask("{'type':'login','username':'Eve'}", "welcome").getString("username"))
                .isEqualTo("Eve");
        eve.say(PING).hears("pong");
    }

    /** A peer that has said nothing until it was signed in. */
    private TestHub.Peer silent() {
        TestHub.Peer silent = root();
        hub.dispatcher().loginOverdue(silent.session());
        await().until(silent.session()::isSignedIn);
        return silent;
    }

    @Test
    void silentPeerThatCannotSignInIsToldAndMayComeBack() {
        withTokensOnly();
        TestHub.Peer silent = root();

        hub.dispatcher().loginOverdue(silent.session());

        assertThat(silent.transport().takeFrame()).startsWith("parley: Sign in first");
        assertThat(silent.takeClose()).isEqualTo(CloseCode.LOGIN_TIMEOUT);
    }

    @Test
    void lineOfAPeerThatCannotSignInIsRefusedForGood() {
        withTokensOnly();
        TestHub.Peer plain = root();

        plain.sayText("Hello");

        assertThat(plain.transport().takeFrame()).startsWith("parley: Sign in first");
        assertThat(plain.takeClose()).isEqualTo(CloseCode.LOGIN_REFUSED);
    }

    @Test
    void tokenSignsInWhereGuestsMayNot() {
        withTokensOnly();
        TestHub.Peer ana = root();

        ana.say("{'type':'chat','content':'Hello'}").hearsError("login_required");
        ana.ask("{'type':'login','token':'Ana'}", "welcome");
    }

    @Test
    void lineIsToldToComeBackWhileTheStoreIsAway() {
        hub.database().goDown();
        TestHub.Peer plain = root();

        plain.sayText("Hello");

        assertThat(plain.transport().takeFrame()).startsWith("parley: The store does not answer");
        assertThat(plain.takeClose()).isEqualTo(CloseCode.TRY_AGAIN_LATER);
    }
}
