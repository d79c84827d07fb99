package dev.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.launcher.RunningServer;
import dev.parley.launcher.WildFly;
import jakarta.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Promise 1: acked is kept. */
class CrashIT {
    private static final int SENT = 2_000;
    private static final int ACKS_BEFORE_THE_KILL = 1_000;

    @Test
    void everyAckedMessageSurvivesAKillRightAfterTheAck() {
        WildFly wildFly = OwnServer.named("crash", Map.of("parley.guests", "true", "parley.rate.messages", "0"));
        Set<String> acked = new HashSet<>();
        try (RunningServer server = wildFly.start()) {
            URI chat = OwnServer.ws(server.awaitReady(OwnServer.READY).baseUri(), "/chat");
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
        }
        assertThat(acked).hasSizeGreaterThanOrEqualTo(ACKS_BEFORE_THE_KILL);
        try (RunningServer server = wildFly.start()) {
            URI chat = OwnServer.ws(server.awaitReady(OwnServer.READY).baseUri(), "/chat");
            try (WireClient client = WireClient.guest(chat, "witness")) {
                List<JsonObject> stored = history(client);
                assertThat(stored)
                        .extracting(message -> message.getString("id"))
                        .containsAll(acked);
                assertThat(stored)
                        .extracting(message -> message.getInt("seq"))
                        .doesNotHaveDuplicates()
                        .isSorted();
            }
        }
    }

    /** All of it, in seq order. */
    private static List<JsonObject> history(WireClient client) {
        List<JsonObject> messages = new ArrayList<>();
        boolean more = true;
        while (more) {
            String before =
                    messages.isEmpty() ? "" : ",'before':" + messages.get(0).getInt("seq");
            client.send("{'type':'history','room':'lobby','limit':200,'id':'h'" + before + "}");
            JsonObject page = client.answer("h");
            messages.addAll(0, page.getJsonArray("messages").getValuesAs(JsonObject.class));
            more = page.getBoolean("more");
        }
        return messages;
    }
}
