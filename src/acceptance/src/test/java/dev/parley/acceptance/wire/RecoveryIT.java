package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

/** Promises 2 and 3 on a server with short retention: positions, and repeated sends. */
class RecoveryIT extends ArquillianTest {
    private static final int KEPT = 20;

    @Deployment(testable = false)
    static WebArchive parley() {
        return ParleyDeployment.with(Map.of(
                "parley.guests",
                "true",
                "parley.token.secret",
                Tokens.SECRET,
                "parley.rate.messages",
                "0",
                "parley.retention.count",
                Integer.toString(KEPT)));
    }

    private URI chat() {
        return ws("/chat");
    }

    private static JsonObject login(WireClient client, String name, String positions) {
        client.send("{'type':'login','token':'" + Tokens.of(name, "notify") + "','positions':{" + positions + "}}");
        return client.next("welcome");
    }

    private static JsonObject channel(JsonObject welcome, String wireKey) {
        return welcome.getJsonObject("channels").getJsonObject(wireKey);
    }

    private static long seq(JsonObject opened) {
        return opened.getJsonObject("position").getJsonNumber("seq").longValue();
    }

    private static String position(JsonObject opened, long seq) {
        return "{'epoch':'" + opened.getJsonObject("position").getString("epoch") + "','seq':" + seq + "}";
    }

    private static void chats(WireClient client, String room, int count) {
        for (int i = 0; i < count; i++) {
            client.send("{'type':'chat','room':'" + room + "','content':'" + i + "','id':'" + room + "-" + i + "'}");
        }
        for (int i = 0; i < count; i++) {
            client.next("ack");
        }
    }

    private static List<Long> received(WireClient client, String type, String room, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> client.next(type, message -> room.equals(message.getString("room", "")))
                        .getJsonNumber("seq")
                        .longValue())
                .toList();
    }

    @Test
    void missedMessagesAfterAPositionArriveBeforeLiveOnes() {
        try (WireClient writer = WireClient.guest(chat(), "writer-1");
                WireClient reader = WireClient.guest(chat(), "reader-1")) {
            chats(writer, "recovered", 10);
            writer.send("{'type':'join','room':'recovered','id':'j'}");
            String at4 = position(writer.next("joined"), 4);

            reader.send("{'type':'join','room':'recovered','position':" + at4 + "}");
            JsonObject joined = reader.next("joined");
            writer.send("{'type':'chat','room':'recovered','content':'live'}");

            assertThat(joined.getBoolean("recovered")).isTrue();
            assertThat(seq(joined)).isEqualTo(4);
            assertThat(received(reader, "chat", "recovered", 7))
                    .isEqualTo(LongStream.rangeClosed(5, 11).boxed().toList());
        }
    }

    @Test
    void unservablePositionIsReportedAsNotRecovered() {
        try (WireClient writer = WireClient.guest(chat(), "writer-2");
                WireClient reader = WireClient.guest(chat(), "reader-2")) {
            chats(writer, "trimmed", 3 * KEPT);
            // The retention job trims the room in the background. The history contains the oldest stored seq.
            Awaitility.await().untilAsserted(() -> assertThat(oldest(reader)).isEqualTo(2 * KEPT + 1));
            writer.send("{'type':'join','room':'trimmed','id':'j'}");
            JsonObject there = writer.next("joined");

            for (String position : List.of(
                    position(there, 1),
                    position(there, 2 * KEPT - 1),
                    position(there, 3 * KEPT + 1),
                    "{'epoch':'another','seq':" + 3 * KEPT + "}")) {
                reader.send("{'type':'join','room':'trimmed','position':" + position + "}");
                JsonObject joined = reader.next("joined");
                assertThat(joined.getBoolean("recovered")).as(position).isFalse();
                assertThat(seq(joined)).as("the current position").isEqualTo(3 * KEPT);
            }
            reader.send("{'type':'join','room':'trimmed','position':" + position(there, 2 * KEPT) + "}");
            assertThat(reader.next("joined").getBoolean("recovered")).isTrue();
            assertThat(received(reader, "chat", "trimmed", KEPT))
                    .isEqualTo(LongStream.rangeClosed(2 * KEPT + 1, 3 * KEPT)
                            .boxed()
                            .toList());
        }
    }

    private static long oldest(WireClient client) {
        client.send("{'type':'history','room':'trimmed','limit':200,'id':'h'}");
        JsonObject page = client.answer("h");
        if (page.getJsonArray("messages").size() <= KEPT) {
            assertThat(page.getBoolean("more")).isFalse();
        }
        return page.getJsonNumber("oldest").longValue();
    }

    @Test
    void sameIdIsStoredOnceAlsoOnAnotherConnection() {
        String message = "{'type':'chat','room':'again','content':'once','id':'the-id'}";
        JsonObject first;
        try (WireClient client = WireClient.user(chat(), "anna-3")) {
            first = client.send(message).next("ack");
            assertThat(client.send(message).next("ack")).isEqualTo(first);
        }
        try (WireClient client = WireClient.user(chat(), "anna-3")) {
            assertThat(client.send(message).next("ack")).isEqualTo(first);
            client.send("{'type':'chat','room':'again','content':'twice','id':'the-id'}");
            assertThat(client.next("error").getString("code")).isEqualTo("conflict");
        }
        try (WireClient client = WireClient.user(chat(), "anna-3")) {
            client.send("{'type':'history','room':'again','id':'h'}");
            assertThat(client.answer("h").getJsonArray("messages")).hasSize(1);
        }
    }

    @Test
    void broadcastReachesUsersWhoSignInLater() {
        JsonObject before;
        try (WireClient berta = WireClient.connect(chat())) {
            before = channel(login(berta, "berta-5", ""), "broadcast");
        }
        try (WireClient anna = WireClient.user(chat(), "anna-5", "notify")) {
            anna.send("{'type':'notification','content':'to all','id':'n'}");
            assertThat(anna.next("ack").getBoolean("broadcast")).isTrue();
        }
        try (WireClient berta = WireClient.connect(chat())) {
            JsonObject now =
                    channel(login(berta, "berta-5", "'broadcast':" + position(before, seq(before))), "broadcast");
            assertThat(now.getBoolean("recovered")).isTrue();
            assertThat(now.getInt("unread")).isPositive();
            assertThat(berta.next("notification").getString("content")).isEqualTo("to all");
            berta.send("{'type':'read','broadcast':true,'seq':" + (seq(before) + 1) + ",'id':'r'}");
            berta.answer("r");
        }
        try (WireClient berta = WireClient.connect(chat())) {
            assertThat(channel(login(berta, "berta-5", ""), "broadcast").getInt("unread"))
                    .isZero();
        }
    }
}
