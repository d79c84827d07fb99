package dev.parley.bench.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Turn;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WireTest {
    private static final String WELCOME = "{\"type\":\"welcome\",\"username\":\"ana\",\"channels\":{\"room:lobby\":"
            + "{\"position\":{\"epoch\":\"l\",\"seq\":9},\"recovered\":false,\"unread\":0}%s}}";
    private static final String JOINED = "{\"type\":\"joined\",\"id\":\"j\",\"room\":\"tea\","
            + "\"position\":{\"epoch\":\"e1\",\"seq\":4},\"recovered\":false}";

    @Test
    void aGuestOfParleySignsInAndJoins() {
        Dialog ana = ParleyWire.BATCHES.reader("ana", "tea");
        assertThat(ana.upgrade().headers()).containsEntry("Sec-WebSocket-Protocol", "parley.v1");
        assertThat(ana.opened()).isEqualTo(Turn.say("{\"type\":\"login\",\"username\":\"ana\"}"));
        assertThat(ana.heard(WELCOME.formatted("")))
                .isEqualTo(Turn.say("{\"type\":\"join\",\"room\":\"tea\",\"id\":\"j\"}"));
        assertThat(ana.heard(JOINED)).isEqualTo(Turn.READY);
    }

    @Test
    void aUserOfParleyBringsItsTokenInTheHandshake() {
        Dialog ana = ParleyWire.BATCHES.withTokens().sender("ana");
        assertThat(ana.upgrade().headers().get("Authorization")).startsWith("Bearer ey");
        assertThat(ana.opened()).isEqualTo(Turn.say("{\"type\":\"login\"}"));
        assertThat(ana.heard(WELCOME.formatted(""))).isEqualTo(Turn.READY);
    }

    @Test
    void aReaderOfParleyComesBackWithItsLastPosition() {
        ParleyWire.ParleyDialog ana = ParleyWire.BATCHES.withTokens().returningReader("ana", "tea");
        ana.opened();
        ana.heard(WELCOME.formatted(""));
        ana.heard(JOINED);
        ana.delivered(
                "[{\"type\":\"chat\",\"room\":\"tea\",\"seq\":5},{\"type\":\"chat\",\"room\":\"tea\",\"seq\":6}]");
        assertThat(ana.opened())
                .isEqualTo(Turn.say("{\"type\":\"login\",\"positions\":{\"room:tea\":{\"epoch\":\"e1\",\"seq\":6}}}"));
        String tea = ",\"room:tea\":{\"position\":{\"epoch\":\"%s\",\"seq\":%d},\"recovered\":%s,\"unread\":0}";
        assertThat(ana.heard(WELCOME.formatted(tea.formatted("e1", 6, "true")))).isEqualTo(Turn.READY);
        assertThat(ana.unrecovered()).isZero();
        ana.heard(WELCOME.formatted(tea.formatted("e2", 1, "false")));
        assertThat(ana.unrecovered()).isEqualTo(1);
        assertThat(ana.opened().say().get(0)).contains("\"epoch\":\"e2\",\"seq\":1");
    }

    @Test
    void aDelayThatParleyOrdersIsTakenOnce() {
        Dialog ana = ParleyWire.BATCHES.sender("ana");
        ana.heard("{\"type\":\"goodbye\",\"reason\":\"service_restart\",\"reconnectAfter\":1500}");
        assertThat(ana.takeReconnectDelay()).contains(Duration.ofMillis(1_500));
        assertThat(ana.takeReconnectDelay()).isEmpty();
    }

    @Test
    void aClientOfSocketIoJoinsAndAnswersPings() {
        Dialog ana = new SocketIoWire().reader("ana", "tea");
        assertThat(ana.opened()).isEqualTo(Turn.LISTEN);
        assertThat(ana.heard("0{\"sid\":\"s\",\"pingInterval\":25000}")).isEqualTo(Turn.say("40"));
        assertThat(ana.heard("40{\"sid\":\"t\"}")).isEqualTo(Turn.say("421[\"join\",\"tea\"]"));
        assertThat(ana.heard("431[]")).isEqualTo(Turn.READY);
        assertThat(ana.heard("2")).isEqualTo(Turn.say("3"));
    }

    @Test
    void aClientOfSocketIoComesBackWithItsOffset() {
        Dialog ana = new SocketIoWire().returningReader("ana", "tea");
        ana.heard("0{\"sid\":\"s\"}");
        ana.heard("40{\"sid\":\"t\",\"pid\":\"p1\"}");
        ana.heard("431[]");
        ana.delivered("42[\"chat\",\"@#000000000001xx\",\"o7\"]");
        assertThat(ana.heard("0{\"sid\":\"u\"}")).isEqualTo(Turn.say("40{\"pid\":\"p1\",\"offset\":\"o7\"}"));
        assertThat(ana.heard("40{\"sid\":\"t\",\"pid\":\"p1\"}")).isEqualTo(Turn.READY);
        // The server has forgotten it: then it is a new client.
        assertThat(ana.heard("40{\"sid\":\"v\",\"pid\":\"p2\"}")).isEqualTo(Turn.say("421[\"join\",\"tea\"]"));
    }

    @Test
    void aClientOfStompSubscribesOnceItIsConnected() {
        Dialog ana = new StompWire().reader("ana", "tea");
        assertThat(ana.opened().say().get(0)).startsWith("CONNECT\n").endsWith("\n\n\0");
        Turn turn = ana.heard("CONNECTED\nversion:1.2\n\n\0");
        assertThat(turn.say()).containsExactly("SUBSCRIBE\nid:0\ndestination:/topic/tea\n\n\0");
        assertThat(turn.isReady()).isTrue();
    }

    @Test
    void everyMessageHasTheSameContent() {
        for (Target target : Target.all()) {
            assertThat(target.wire().message("tea", 12)).as(target.name()).contains("@#000000000012" + "x".repeat(86));
        }
    }

    @Test
    void anUnknownTargetIsNamedWithTheKnownOnes() {
        assertThat(Target.of("ws").name()).isEqualTo("ws");
        assertThatThrownBy(() -> Target.of("w")).hasMessageContaining("'w'").hasMessageContaining("spring-stomp");
    }
}
