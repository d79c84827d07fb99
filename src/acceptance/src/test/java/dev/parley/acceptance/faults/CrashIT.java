package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.support.Auditor;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import jakarta.json.JsonObject;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Promises 1 and 3 after {@code kill -9}. Starting the server is the slowest step, so all tests share one kill: their
 * messages are sent before it and checked after it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class CrashIT {
    private static final int SENT = 2_000;
    private static final int ACKS_BEFORE_THE_KILL = 1_000;
    private static final String WITH_AN_ID = "{'type':'chat','room':'again','content':'once','id':'the-id'}";

    private final Set<String> acked = new HashSet<>();
    private RunningServer server;
    private URI chat;
    private JsonObject firstAck;

    @BeforeAll
    void killWithMessagesUnderWay() {
        ServerConfiguration configuration = OwnServer.named(
                "crash",
                Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET, "parley.rate.messages", "0"));
        start(configuration);
        try (WireClient anna = WireClient.user(chat, "anna", "notify")) {
            firstAck = anna.send(WITH_AN_ID).next("ack");
            anna.send("{'type':'message','to':'berta','content':'one','id':'m1'}");
            JsonObject ack = anna.next("ack");
            assertThat(ack.getBoolean("inbox")).isTrue();
            assertThat(ack.getInt("seq")).isEqualTo(1);
            anna.send("{'type':'notification','to':'berta','content':'two','id':'m2'}");
            anna.next("ack");
        }
        try (WireClient client = WireClient.guest(chat, "witness")) {
            for (int i = 0; i < SENT; i++) {
                client.send("{'type':'chat','content':'" + i + "','id':'c" + i + "'}");
            }
            for (int i = 0; i < ACKS_BEFORE_THE_KILL; i++) {
                acked.add(client.next("ack").getString("id"));
            }
            server.kill();
            client.closeCode();
            client.waiting("ack").forEach(ack -> acked.add(ack.getString("id")));
        }
        start(configuration);
    }

    private void start(ServerConfiguration configuration) {
        server = configuration.start();
        chat = OwnServer.chat(server);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void everyAckedMessageSurvivesAKillRightAfterTheAck() {
        assertThat(acked).hasSizeGreaterThanOrEqualTo(ACKS_BEFORE_THE_KILL);
        try (WireClient client = WireClient.guest(chat, "witness")) {
            List<JsonObject> stored = Auditor.history(client, "'room':'lobby'");
            assertThat(stored).extracting(message -> message.getString("id")).containsAll(acked);
            assertThat(stored)
                    .extracting(message -> message.getInt("seq"))
                    .doesNotHaveDuplicates()
                    .isSorted();
        }
    }

    @Test
    void theSameIdIsStoredOnceAlsoAfterAKill() {
        try (WireClient anna = WireClient.user(chat, "anna")) {
            assertThat(anna.send(WITH_AN_ID).next("ack")).isEqualTo(firstAck);
            assertThat(Auditor.history(anna, "'room':'again'")).hasSize(1);
        }
    }

    @Test
    void directMessagesWaitThroughAKillAndAreCountedUntilTheyAreRead() {
        try (WireClient phone = WireClient.connect(chat);
                WireClient desk = WireClient.connect(chat)) {
            JsonObject inbox = inbox(phone, "");
            assertThat(inbox.getInt("unread")).isEqualTo(2);
            String epoch = inbox.getJsonObject("position").getString("epoch");
            assertThat(inbox(desk, "'inbox':{'epoch':'" + epoch + "','seq':0}").getBoolean("recovered"))
                    .isTrue();
            assertThat(desk.next("message").getString("content")).isEqualTo("one");
            assertThat(desk.next("notification").getString("content")).isEqualTo("two");

            desk.send("{'type':'read','inbox':true,'seq':2,'id':'r'}");
            desk.answer("r");
            for (WireClient device : List.of(phone, desk)) {
                JsonObject read = device.next("read");
                assertThat(read.getBoolean("inbox")).isTrue();
                assertThat(read.getInt("seq")).isEqualTo(2);
            }
            phone.send("{'type':'read','inbox':true,'seq':1,'id':'back'}");
            phone.answer("back");
        }
        try (WireClient later = WireClient.connect(chat)) {
            assertThat(inbox(later, "").getInt("unread"))
                    .as("a mark never goes back")
                    .isZero();
        }
    }

    private static JsonObject inbox(WireClient client, String positions) {
        client.send("{'type':'login','token':'" + Tokens.of("berta") + "','positions':{" + positions + "}}");
        return client.next("welcome").getJsonObject("channels").getJsonObject("inbox");
    }
}
