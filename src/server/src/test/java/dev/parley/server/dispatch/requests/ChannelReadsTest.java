package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.TestHub;
import dev.parley.server.auth.Identity;
import dev.parley.server.http.Problem;
import dev.parley.server.store.model.ChannelPage;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelReadsTest {
    private static final Identity ANA = Identity.user("ana", Set.of(), Instant.MAX, Optional.empty());
    /** More than a user may make at once. */
    private static final int ROOMS = 200;

    private TestHub hub = TestHub.withTokensOnly();

    @AfterEach
    void close() {
        hub.close();
    }

    private static ReadRequest request(Channel channel, Optional<Position> after) {
        return ReadRequest.page(ANA, channel, after, 10, Duration.ZERO);
    }

    private Optional<ChannelPage> open(Channel channel) {
        return open(channel, Optional.empty());
    }

    private Optional<ChannelPage> open(Channel channel, Optional<Position> after) {
        try {
            return hub.reads()
                    .open(request(channel, after))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (RuntimeException) e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("No page of " + channel, e);
        }
    }

    @Test
    void channelThatIsNotThereIsMade() {
        for (Channel channel :
                new Channel[] {new Channel.Room("new"), new Channel.Inbox(ANA.key()), Channel.Broadcast.INSTANCE}) {
            ChannelPage made = open(channel).orElseThrow();
            assertThat(made.head().seq()).isZero();
            assertThat(open(channel)).as("it is there now").contains(made);
        }
    }

    @Test
    void privateRoomIsNotMade() {
        assertThat(open(new Channel.Room("_new-1"))).isEmpty();
    }

    @Test
    void newRoomsTakeFromTheRateOfNewChannels() {
        hub.close();
        hub = TestHub.withRate(1_000);
        open(Channel.Room.LOBBY);
        Optional<Problem> refusal = Optional.empty();
        for (int i = 0; refusal.isEmpty() && i < ROOMS; i++) {
            try {
                open(new Channel.Room("room-" + i));
            } catch (Problem.Refused e) {
                refusal = Optional.of(e.problem());
            }
        }
        assertThat(refusal.orElseThrow().status()).isEqualTo(429);
        assertThat(open(Channel.Room.LOBBY)).as("it is not new").isPresent();
        assertThat(open(new Channel.Inbox(ANA.key()))).as("everybody has one").isPresent();
    }

    @Test
    void messagesAreReadAsTheyAreOnTheWire() {
        TestHub.Peer ben = hub.user("Ben");
        Position start = open(Channel.Room.LOBBY).orElseThrow().head();
        ben.ask("{'type':'chat','content':'Hello'}", "ack");
        JsonObject copy = ben.hears("chat");
        ChannelPage page = open(Channel.Room.LOBBY, Optional.of(start)).orElseThrow();
        assertThat(page.isRecovered()).isTrue();
        assertThat(page.entries()).hasSize(1);
        assertThat(page.entries().get(0).message().json()).isEqualTo(copy.toString());
    }
}
