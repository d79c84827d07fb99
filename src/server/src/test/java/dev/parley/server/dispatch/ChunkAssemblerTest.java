package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.server.TestHub;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChunkAssemblerTest {
    private final TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    private static String chunk(String transfer, int index, int count, String data) {
        return Json.createObjectBuilder()
                .add("type", "chunk")
                .add("transfer", transfer)
                .add("index", index)
                .add("count", count)
                .add("data", data)
                .add("id", "c" + index)
                .build()
                .toString();
    }

    private static void send(TestHub.Peer peer, String transfer, String json, int count) {
        int size = (json.length() + count - 1) / count;
        IntStream.range(0, count)
                .forEach(i -> peer.sayText(
                        chunk(transfer, i, count, json.substring(i * size, Math.min(json.length(), (i + 1) * size)))));
    }

    private static String chat(String content) {
        return "{\"type\":\"chat\",\"id\":\"m\",\"content\":\"" + content + "\"}";
    }

    @Test
    void megabyteArrivesIntactBetweenOtherMessages() {
        TestHub.Peer ana = hub.guest("Ana");
        String content = "你x".repeat(TestHub.MESSAGE_MAX / 4);
        String json = chat(content);
        int half = json.length() / 2;
        ana.sayText(chunk("t", 0, 2, json.substring(0, half)));
        ana.ask("{'type':'chat','id':'between','content':'between'}", "ack");
        assertThat(ana.hears("chat").getString("content")).isEqualTo("between");
        ana.sayText(chunk("t", 1, 2, json.substring(half)));
        assertThat(ana.hears("ack").getString("id")).isEqualTo("m");
        assertThat(ana.hears("chat").getString("content")).isEqualTo(content);
        assertThat(hub.inboundMemory().bytes()).isZero();
    }

    @Test
    void contentOverTheMessageLimitIsRefused() {
        TestHub.Peer ana = hub.guest("Ana");
        send(ana, "t", chat("x".repeat(TestHub.MESSAGE_MAX)), 20);
        ana.hears("ack");
        ana.hears("chat");
        send(ana, "u", chat("x".repeat(TestHub.MESSAGE_MAX + 1)), 20);
        ana.hearsError("too_long");
        send(ana, "v", chat("x".repeat(7 * TestHub.MESSAGE_MAX)), 40);
        assertThat(ana.hearsError("bad_chunk").getString("message")).contains("'v'", "longer");
        ana.hearsNothing();
        assertThat(hub.inboundMemory().bytes()).isZero();
    }

    @Test
    void contentIsMeasuredInBytesOfUtf8WithoutItsEscapes() {
        TestHub.Peer ana = hub.guest("Ana");
        send(ana, "t", chat("\\u0001".repeat(TestHub.MESSAGE_MAX)), 40);
        ana.hears("ack");
        assertThat(ana.hears("chat").getString("content")).isEqualTo("\1".repeat(TestHub.MESSAGE_MAX));
        TestHub.Peer ben = hub.guest("Ben");
        send(ben, "u", chat("é".repeat(TestHub.MESSAGE_MAX / 2 + 1)), 20);
        assertThat(ben.hearsError("too_long").getString("message")).contains("bytes");
    }

    @Test
    void chunksMustNotJoinToAnArrayOrAChunk() {
        TestHub.Peer ana = hub.guest("Ana");
        send(ana, "t", "[" + chat("a") + "]", 2);
        ana.hearsError("bad_chunk");
        send(ana, "t", chunk("u", 0, 1, chat("a")), 2);
        ana.hearsError("bad_chunk");
        send(ana, "t", "{\"type\":", 2);
        ana.hearsError("bad_json");
        ana.hearsNothing();
    }

    @Test
    void badTransferIsReportedOnceWithIdAndTransfer() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.sayText(chunk("t", 0, 30, "a"));
        ana.sayText(chunk("t", 2, 30, "c"));
        JsonObject error = ana.hearsError("bad_chunk");
        assertThat(error.getString("id")).isEqualTo("c2");
        assertThat(error.getString("message")).contains("'t'");
        IntStream.range(3, 30).forEach(i -> ana.sayText(chunk("t", i, 30, "x")));
        ana.hearsNothing();
        assertThat(ana.session().isOpen()).isTrue();
    }

    @Test
    void repeatedBadChunksCloseTheSession() {
        TestHub.Peer ana = hub.guest("Ana");
        IntStream.range(0, 30).forEach(i -> ana.sayText(chunk("t" + i, 1, 2, "x")));
        assertThat(ana.takeClose()).isEqualTo(CloseCode.BAD_MESSAGES);
    }

    @Test
    void abandonedTransferIsReportedAndReleasedAtItsTimeout() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.sayText(chunk("t", 0, 2, "a".repeat(1_000)));
        ana.ask("{'type':'ping'}", "pong");
        assertThat(hub.inboundMemory().bytes()).isEqualTo(1_000);
        hub.dispatcher().expire();
        ana.ask("{'type':'ping'}", "pong");

        hub.clock().advance(TestHub.TIMEOUT);
        hub.dispatcher().expire();
        assertThat(ana.hearsError("bad_chunk").getString("message")).contains("'t'", "15000 ms");
        assertThat(hub.inboundMemory().bytes()).isZero();
    }

    @Test
    void endedSessionReleasesItsTransfers() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.sayText(chunk("t", 0, 2, "a".repeat(1_000)));
        ana.ask("{'type':'ping'}", "pong");
        assertThat(hub.inboundMemory().bytes()).isEqualTo(1_000);
        ana.session().closeNow(CloseCode.GOING_AWAY);
        Awaitility.await().until(() -> hub.inboundMemory().bytes() == 0);
    }

    @Test
    void fullBudgetDelaysLongMessagesButNotShortOnes() {
        String part = "x".repeat(TestHub.MESSAGE_MAX);
        List<TestHub.Peer> senders = Stream.of("Ana", "Amy").map(hub::guest).toList();
        senders.forEach(peer -> IntStream.range(0, 8).forEach(i -> peer.sayText(chunk("t" + i, 0, 9, part))));
        senders.forEach(peer -> peer.ask("{'type':'ping'}", "pong"));
        TestHub.Peer ben = hub.guest("Ben");
        send(ben, "short", chat("now"), 3);
        ben.hears("ack");
        ben.hears("chat");
        ben.sayText(chunk("long", 0, 2, part));
        JsonObject error = ben.hearsError("rate_limited");
        assertThat(error.getInt("retryAfter")).isPositive();
        ben.say("{'type':'chat','id':'after','content':'after'}");
        assertThat(ben.hearsError("rate_limited").getString("id")).isEqualTo("after");

        senders.forEach(peer -> peer.session().closeNow(CloseCode.GOING_AWAY));
        Awaitility.await().until(() -> hub.inboundMemory().bytes() == 0);
        send(ben, "long", chat("later").replace("\"m\"", "\"n\""), 3);
        ben.hears("ack");
        ben.hears("chat");
        ben.ask("{'type':'chat','id':'after','content':'after'}", "ack");
    }
}
