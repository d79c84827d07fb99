package dev.parley.application;

import static dev.parley.application.TalkingServer.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.ParleyClient;
import dev.parley.client.RoomListener;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A room's listener hears what becomes of its room, and may begin at a position of the application. */
@Timeout(60)
class RoomTest {
    private static final int PATIENCE_SECONDS = 20;
    private static final int RESTART = 1012;

    private final TalkingServer server = new TalkingServer();
    private final Stay stay = new Stay();
    private final ParleyClient client = ParleyClient.builder(server.uri())
            .username("reader")
            .reconnectDelay(Duration.ofMillis(1))
            .build();

    /** A listener, and its calls in order. */
    private static final class Stay {
        private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
        private final RoomListener listener = new RecordingRoomListener(calls);

        private String next() throws InterruptedException {
            return calls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @AfterEach
    void stop() {
        client.forceClose();
        server.close();
    }

    @Test
    void listenerHearsWhatBecomesOfItsRoom() throws Exception {
        client.join("a", stay.listener);
        client.connect();
        try (TalkingServer.Connection connection = server.signIn()) {
            connection.joined(connection.next(ClientMessage.Join.class), at(3), false);
            assertThat(stay.next()).isEqualTo("joined 3");
            connection.chat("a", 4);
            assertThat(stay.next()).isEqualTo("received 4");
            connection.closes(RESTART);
        }
        try (TalkingServer.Connection connection = server.signIn()) {
            assertThat(stay.next()).isEqualTo("recovered 4");
            connection.closes(RESTART);
        }
        try (TalkingServer.Connection connection = server.accept()) {
            connection.welcome(Map.of("room:a", new ServerMessage.Opened(at(9), false, 0)));
            assertThat(stay.next()).isEqualTo("not recovered 9");
            connection.closes(RESTART);
        }
        try (TalkingServer.Connection connection = server.accept()) {
            connection.welcome(Map.of());
            connection.refuses(connection.next(ClientMessage.Join.class), "no_such_room");
            assertThat(stay.next()).isEqualTo("refused no_such_room");
        }
        assertThat(stay.calls).isEmpty();
    }

    @Test
    void leaveAndRemovalEndTheStay() throws Exception {
        Stay other = new Stay();
        client.join("a", stay.listener);
        client.join("b", other.listener);
        client.connect();
        try (TalkingServer.Connection connection = server.signIn()) {
            connection.joined(connection.next(ClientMessage.Join.class), at(0), false);
            connection.joined(connection.next(ClientMessage.Join.class), at(0), false);
            connection.says(new ServerMessage.Left(Optional.empty(), "b"));
            assertThat(other.next()).isEqualTo("joined 0");
            assertThat(other.next()).isEqualTo("left");
            client.leave("a");
            assertThat(stay.next()).isEqualTo("joined 0");
            assertThat(stay.next()).isEqualTo("left");
        }
    }

    @Test
    void joinFromAPositionCatchesUpFromThere() throws Exception {
        client.connect();
        try (TalkingServer.Connection connection = server.signIn()) {
            client.join("a", at(40), stay.listener);
            ClientMessage.Join join = connection.next(ClientMessage.Join.class);
            assertThat(join.position()).contains(at(40));
            connection.joined(join, at(40), true);
            connection.chat("a", 41);
            assertThat(stay.next()).isEqualTo("recovered 40");
            assertThat(stay.next()).isEqualTo("received 41");
            Awaitility.await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> at(41).equals(
                            client.positions().get("room:a")));
        }
    }

    @Test
    void joinFromATrimmedPositionSaysSo() throws Exception {
        client.connect();
        try (TalkingServer.Connection connection = server.signIn()) {
            client.join("a", at(40), stay.listener);
            connection.joined(connection.next(ClientMessage.Join.class), at(90), false);
            connection.chat("a", 91);
            assertThat(stay.next()).isEqualTo("not recovered 90");
            assertThat(stay.next()).isEqualTo("received 91");
        }
    }

    @Test
    void roomThatIsOpenIsReadAgainFromAPosition() throws Exception {
        client.connect();
        try (TalkingServer.Connection connection = server.signIn()) {
            client.join("lobby", at(8), stay.listener);
            connection.joined(connection.next(ClientMessage.Join.class), at(8), true);
            for (int seq = 9; seq <= 11; seq++) {
                connection.chat("lobby", seq);
            }
            assertThat(stay.next()).isEqualTo("recovered 8");
            assertThat(stay.next()).isEqualTo("received 9");
            assertThat(stay.next()).isEqualTo("received 10");
            assertThat(stay.next()).isEqualTo("received 11");
        }
    }
}
