package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.WireClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

/** The heartbeat with short timeouts, which otherwise takes minutes. */
class HeartbeatIT extends ArquillianTest {
    private static final int MANY = 8;
    /** Far above the time that the slowest server takes to end the TCP connection of a silent peer after a close. */
    private static final Duration END = Duration.ofSeconds(20);

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of(
                "parley.guests", "true",
                "parley.heartbeat.interval", "500ms",
                // Long enough for a live peer to answer on a busy machine.
                "parley.heartbeat.timeout", "2s",
                "parley.login.timeout", "500ms"));
    }

    @Test
    void silentPageStaysConnected() {
        try (RawSocket page = RawSocket.upgraded(http(), "/chat")) {
            boolean isWelcome = false;
            for (int pings = 0; pings < MANY; ) {
                Frame frame = page.read().orElseThrow();
                isWelcome |= frame.opcode() == Frame.TEXT && frame.text().contains("\"type\":\"welcome\"");
                if (frame.opcode() == Frame.PING) {
                    page.frame(Frame.FIN | Frame.PONG, frame.payload());
                    pings++;
                }
            }
            assertThat(isWelcome)
                    .as("signed in as a guest after the login timeout")
                    .isTrue();
        }
    }

    @Test
    void pageThatOnlySendsPingMessagesStaysConnected() {
        try (RawSocket page = RawSocket.upgraded(http(), "/chat")) {
            for (int pings = 0; pings < MANY; ) {
                Frame frame = page.read().orElseThrow();
                if (frame.opcode() == Frame.PING) {
                    page.text("{\"type\":\"ping\"}");
                    pings++;
                }
            }
        }
    }

    @Test
    void peerThatStopsAnsweringIsClosedAndDropped() {
        try (RawSocket dead = RawSocket.upgraded(http(), "/chat")) {
            dead.text("{\"type\":\"login\",\"username\":\"dead\"}");
            assertThat(dead.closeCode()).isEqualTo(4001);
            dead.awaitEnd(END);
        }
    }

    @Test
    void deadPeerLeavesTheRoom() {
        try (RawSocket dead = RawSocket.upgraded(http(), "/chat");
                WireClient other = WireClient.guest(ws("/chat"), "other")) {
            dead.text("{\"type\":\"login\",\"username\":\"mortal\"}");
            other.next("presence", it -> Optional.ofNullable(it.getJsonArray("left"))
                    .filter(left -> left.toString().contains("mortal"))
                    .isPresent());
        }
    }
}
