package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits of size, rate and time. Guests are not allowed here. */
class LimitsIT extends ArquillianTest {
    private static final int FRAME_MAX = 4096;
    private static final int LIVELY = 500;

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of(
                "parley.token.secret",
                Tokens.SECRET,
                "parley.frame.max",
                Integer.toString(FRAME_MAX),
                "parley.frame.timeout",
                "2s",
                "parley.login.timeout",
                "5s"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/chat", "/monitor"})
    void missingLoginClosesAfterTheTimeout(String path) {
        try (RawSocket raw = RawSocket.upgraded(http(), path)) {
            assertThat(raw.read().orElseThrow().text()).contains("\"code\":\"login_required\"");
            assertThat(raw.closeCode()).isEqualTo(4004);
        }
    }

    @Test
    void textSessionWithoutATokenGetsAnErrorAndTheClose() {
        try (RawSocket raw = RawSocket.upgraded(http(), "/text")) {
            assertThat(raw.read().orElseThrow().text()).startsWith("parley: Sign in first");
            assertThat(raw.closeCode()).isEqualTo(4501);
        }
    }

    @Test
    void messageBeforeTheLoginIsRefused() {
        try (WireClient client = WireClient.connect(ws("/chat"))) {
            client.send("{'type':'chat','content':'hello','id':'c1'}");
            assertThat(client.answer("c1").getString("code")).isEqualTo("login_required");
        }
    }

    @Test
    void longestFrameIsAccepted() {
        try (WireClient client = WireClient.user(ws("/chat"), "long")) {
            String envelope = "{'type':'chat','id':'long','content':''}";
            client.send(envelope.replace("''", "'" + "x".repeat(FRAME_MAX - envelope.length()) + "'"));
            assertThat(client.answer("long").getString("type")).isEqualTo("ack");
        }
    }

    @Test
    void tooLongFrameCloses() {
        try (RawSocket raw = RawSocket.upgraded(http(), "/chat")) {
            raw.frame(Frame.FIN | Frame.TEXT, bytes(FRAME_MAX + 1));
            assertThat(raw.closeCode()).isEqualTo(1009);
        }
    }

    @Test
    void tooLongFragmentedMessageCloses() {
        try (RawSocket raw = RawSocket.upgraded(http(), "/chat")) {
            raw.frame(Frame.TEXT, bytes(FRAME_MAX - 10));
            raw.frame(Frame.FIN | Frame.CONTINUATION, bytes(11));
            assertThat(raw.read().orElseThrow().text())
                    .contains("\"code\":\"too_long\"", FRAME_MAX + " bytes", "'chunk'");
            assertThat(raw.closeCode()).isEqualTo(1009);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000})
    void endlessFragmentsClose(int size) {
        try (RawSocket raw = RawSocket.upgraded(http(), "/chat")) {
            raw.frame(Frame.TEXT, bytes(size));
            raw.flood(Frame.CONTINUATION, bytes(size));
            assertThat(raw.closeCodeUnlessReset()).isIn(ServerDifferences.endsOfEndlessFragments());
        }
    }

    /**
     * Undertow does not pass empty fragments on, so they are not counted. They occupy no memory, and the timeout ends
     * them.
     */
    @Test
    void endlessEmptyFragmentsEndWithTheTimeout() {
        try (RawSocket raw = signedIn("empty")) {
            raw.frame(Frame.TEXT, bytes(1));
            raw.flood(Frame.CONTINUATION, bytes(0));
            assertThat(raw.closeCode()).isIn(ServerDifferences.endsOfEmptyFragments());
        }
    }

    @Test
    void tooLongBinaryFrameCloses() {
        try (RawSocket raw = RawSocket.upgraded(http(), "/chat")) {
            raw.frame(Frame.FIN | Frame.BINARY, new byte[FRAME_MAX + 1]);
            assertThat(raw.closeCode()).isEqualTo(1009);
        }
    }

    @Test
    void unfinishedFrameClosesAfterTheTimeout() {
        try (RawSocket raw = signedIn("slow")) {
            raw.frame(Frame.TEXT, bytes(1));
            assertThat(raw.closeCode()).isEqualTo(4001);
        }
    }

    @Test
    void tooManyErrorsClose() {
        try (WireClient client = WireClient.user(ws("/chat"), "careless")) {
            for (int i = 0; i < 21; i++) {
                client.sendText("nonsense");
            }
            assertThat(client.closeCode()).isEqualTo(4504);
        }
    }

    @Test
    void tooManyMessagesAreRefusedAndThenClose() {
        try (WireClient client = WireClient.user(ws("/chat"), "hasty")) {
            for (int i = 0; i < 500 && client.isOpen(); i++) {
                client.send("{'type':'chat','content':'x'}");
            }
            assertThat(client.next("error").getString("code")).isEqualTo("rate_limited");
            assertThat(client.next("goodbye").getString("reason")).isEqualTo("rate_limited");
            assertThat(client.closeCode()).isEqualTo(4002);
        }
    }

    /** The room is livelier than one user may write: ten users write a burst each. */
    @Test
    void sessionThatMarksEachMessageOfALivelyRoomStays() {
        String room = "'room':'lively'";
        List<WireClient> writers = IntStream.range(0, 10)
                .mapToObj(i -> WireClient.user(ws("/chat"), "lively-" + i))
                .toList();
        try (WireClient page = WireClient.user(ws("/chat"), "marker");
                WireClient phone = WireClient.user(ws("/chat"), "marker")) {
            page.send("{'type':'join'," + room + "}").next("joined");
            long begun = System.nanoTime();
            for (int i = 0; i < LIVELY; i++) {
                writers.get(i % writers.size()).send("{'type':'chat'," + room + ",'content':'x'}");
            }
            for (int i = 0; i < LIVELY; i++) {
                int seq = page.next("chat").getInt("seq");
                page.send("{'type':'read'," + room + ",'seq':" + seq + ",'id':'r" + seq + "'}");
            }
            for (int seq = 1; seq <= LIVELY; seq++) {
                assertThat(page.answer("r" + seq).getString("type")).isEqualTo("ack");
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            assertThat(page.isOpen()).isTrue();
            page.cut();
            phone.send("{'type':'rooms','id':'rooms'}");
            assertThat(phone.answer("rooms").getJsonArray("rooms").getValuesAs(JsonObject.class))
                    .filteredOn(entry -> entry.getString("room").equals("lively"))
                    .extracting(entry -> entry.getInt("unread"))
                    .containsExactly(0);
            assertThat(phone.waiting("read")).isNotEmpty().hasSizeLessThanOrEqualTo((int) (10 * seconds) + 1);
        } finally {
            writers.forEach(WireClient::close);
        }
    }

    private RawSocket signedIn(String user) {
        RawSocket raw = RawSocket.upgraded(http(), "/chat");
        raw.text("{\"type\":\"login\",\"token\":\"" + Tokens.of(user) + "\"}");
        assertThat(raw.read().orElseThrow().text()).contains("welcome");
        return raw;
    }

    private static byte[] bytes(int count) {
        return "x".repeat(count).getBytes(StandardCharsets.US_ASCII);
    }
}
