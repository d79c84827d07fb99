package dev.parley.server;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand clients that lost their node come back at once, each with its positions. */
@Timeout(120)
class StormTest {
    private static final int CLIENTS = 1_000;

    /** A tenth of a query for each client. */
    private static final int QUERIES_MAX = CLIENTS / 10;

    private final TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    private static String position(JsonObject channels, String key) {
        JsonObject position = channels.getJsonObject(key).getJsonObject("position");
        return "'" + key + "':{'epoch':'" + position.getString("epoch") + "','seq':"
                + position.getJsonNumber("seq").longValue() + "}";
    }

    /** A login that brings the positions of a welcome. */
    private static String login(String credential, JsonObject welcome) {
        JsonObject channels = welcome.getJsonObject("channels");
        return "{'type':'login'," + credential + ",'positions':{" + position(channels, "room:lobby") + ","
                + position(channels, "inbox") + "," + position(channels, "broadcast") + "}}";
    }

    @Test
    void returningUsersTakeATenthOfAQueryEach() {
        List<String> logins = IntStream.range(0, CLIENTS)
                .mapToObj(i -> {
                    TestHub.Peer peer = hub.connect();
                    JsonObject welcome = peer.ask("{'type':'login','token':'user-" + i + "'}", "welcome");
                    peer.session().end(1006, "the node has died");
                    return login("'token':'user-" + i + "'", welcome);
                })
                .toList();
        TestHub.Peer ana = hub.user("ana");
        for (int i = 0; i < CLIENTS; i++) {
            ana.say("{'type':'message','to':'user-" + i + "','id':'m" + i + "','content':'to " + i + "'}");
            ana.hearsAtLast("ack");
        }
        ana.say("{'type':'chat','id':'c','content':'to all'}").hearsAtLast("ack");

        List<TestHub.Peer> back =
                IntStream.range(0, CLIENTS).mapToObj(i -> hub.connect()).toList();
        int before = hub.database().transactions();
        IntStream.range(0, CLIENTS).forEach(i -> back.get(i).say(logins.get(i)));
        for (int i = 0; i < CLIENTS; i++) {
            TestHub.Peer peer = back.get(i);
            JsonObject channels = peer.hears("welcome").getJsonObject("channels");
            assertThat(channels.getJsonObject("inbox").getBoolean("recovered")).isTrue();
            List<String> missed = List.of(content(peer), content(peer));
            assertThat(missed).containsExactlyInAnyOrder("to " + i, "to all");
        }
        assertThat(hub.database().transactions() - before).isLessThanOrEqualTo(QUERIES_MAX);
    }

    private static String content(TestHub.Peer peer) {
        return peer.hearsAny().getString("content");
    }

    @Test
    void returningGuestsTakeATenthOfAQueryEach() {
        List<String> logins = IntStream.range(0, CLIENTS)
                .mapToObj(i -> {
                    TestHub.Peer peer = hub.connect();
                    JsonObject welcome = peer.ask("{'type':'login'}", "welcome");
                    peer.session().end(1006, "the node has died");
                    return login("'guestSecret':'" + welcome.getString("guestSecret") + "'", welcome);
                })
                .toList();

        List<TestHub.Peer> back =
                IntStream.range(0, CLIENTS).mapToObj(i -> hub.connect()).toList();
        int before = hub.database().transactions();
        IntStream.range(0, CLIENTS).forEach(i -> back.get(i).say(logins.get(i)));
        back.forEach(peer -> assertThat(peer.hears("welcome")
                        .getJsonObject("channels")
                        .getJsonObject("room:lobby")
                        .getBoolean("recovered"))
                .isTrue());
        assertThat(hub.database().transactions() - before).isLessThanOrEqualTo(QUERIES_MAX);
    }
}
