package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.TestHub;
import jakarta.json.JsonObject;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricHandlerTest {
    private final TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void publishedValueReachesSubscribers() {
        TestHub.Peer device = hub.user("device:metrics");
        TestHub.Peer ana = hub.user("Ana");
        device.ask("{'type':'metric','id':'1','metricId':'boiler.t','value':71.5}", "ack");
        JsonObject subscribed = ana.ask("{'type':'subscribe','id':'s','metricId':'boiler.*'}", "subscribed");
        assertThat(subscribed.getString("id")).isEqualTo("s");
        assertThat(subscribed.getJsonArray("metrics"))
                .hasToString("[{\"at\":\"2026-01-31T12:00:00.000Z\",\"metricId\":\"boiler.t\",\"value\":71.5}]");
        device.say("{'type':'metric','metricId':'boiler.t','value':72,'at':'2026-01-31T13:00:00+01:00'}");
        assertThat(ana.hears("metric"))
                .hasToString("{\"type\":\"metric\",\"at\":\"2026-01-31T12:00:00.000Z\","
                        + "\"metricId\":\"boiler.t\",\"value\":72.0}");
        device.hearsNothing();
        assertThat(ana.ask("{'type':'unsubscribe','id':'u','metricId':'boiler.*'}", "unsubscribed")
                        .getString("id"))
                .isEqualTo("u");
        device.ask("{'type':'metric','id':'2','metricId':'boiler.t','value':73}", "ack");
        ana.hearsNothing();
    }

    @Test
    void publishingNeedsTheRole() {
        TestHub.Peer ana = hub.user("Ana");
        ana.say("{'type':'metric','id':'m','metricId':'cpu','value':1}");
        assertThat(ana.hearsError("forbidden").getString("id")).isEqualTo("m");
    }

    @Test
    void unsubscribingAnUnknownPatternIsAnswered() {
        hub.user("Ana").ask("{'type':'unsubscribe','metricId':'cpu'}", "unsubscribed");
    }

    @Test
    void subscriptionsOfASessionAreBounded() {
        TestHub.Peer ana = hub.user("Ana");
        IntStream.range(0, 100).forEach(i -> ana.ask("{'type':'subscribe','metricId':'m" + i + "'}", "subscribed"));
        ana.say("{'type':'subscribe','id':'s','metricId':'one too many'}");
        assertThat(ana.hearsError("too_many_subscriptions").getString("id")).isEqualTo("s");
        ana.say("{'type':'subscribe','metricId':'\\u202e\\u001b[2J\\r\\n" + "\u00a4".repeat(120) + "'}");
        assertThat(ana.hearsError("too_many_subscriptions").getString("message"))
                .contains("'\ufffd\ufffd[2J\ufffd\ufffd" + "\u00a4".repeat(33) + "\u2026'");
        ana.ask("{'type':'subscribe','metricId':'m0'}", "subscribed");
        ana.ask("{'type':'unsubscribe','metricId':'m0'}", "unsubscribed");
        ana.ask("{'type':'subscribe','metricId':'one too many'}", "subscribed");
    }
}
