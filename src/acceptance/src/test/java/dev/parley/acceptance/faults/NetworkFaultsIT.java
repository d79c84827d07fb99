package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Promises 2 and 3 on bad networks. */
@Tag(Faults.TAG)
class NetworkFaultsIT {
    private static final int CLIENTS = 200;
    private static final int ROOMS = 20;
    private static final int MESSAGES_A_SECOND = 100;
    private static final Duration CUT_PERIOD = Duration.ofMillis(250);
    private static final double CUT_SHARE = 0.03;
    private static final double DROPPED_SHARE = 0.1;
    private static final double REPEATED_SHARE = 0.2;

    private RunningServer server;
    private URI chat;

    @BeforeEach
    void start() {
        server = OwnServer.named("network", Map.of("parley.token.secret", Tokens.SECRET, "parley.rate.messages", "0"))
                .start();
        chat = OwnServer.chat(server);
    }

    @AfterEach
    void stop() {
        server.kill();
    }

    @Test
    void randomCutsLoseDuplicateAndReorderNothing() {
        ScheduledExecutorService scissors = Executors.newSingleThreadScheduledExecutor();
        try (Relay network = Relay.to(chat);
                WireSwarm swarm = new WireSwarm("cut", ROOMS).enter(CLIENTS, network.chat())) {
            Random random = swarm.random();
            AtomicInteger cut = new AtomicInteger();
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            Future<?> cutting = scissors.scheduleAtFixedRate(
                    () -> cut.addAndGet(network.cut(CUT_SHARE, random)),
                    0,
                    CUT_PERIOD.toMillis(),
                    TimeUnit.MILLISECONDS);
            Faults.run(Faults.seconds(10));
            cutting.cancel(false);
            talk.cancel(false);

            swarm.assertKept(chat);
            assertThat(cut).as("connections cut").hasPositiveValue();
            assertThat(swarm.recoveries()).as("positions recovered").isPositive();
        } finally {
            scissors.shutdownNow();
        }
    }

    @Test
    void lostAcksAndRepeatedSendsLoseDuplicateAndReorderNothing() {
        try (WireSwarm swarm = new WireSwarm("frames", ROOMS)) {
            Random random = swarm.random();
            AtomicInteger dropped = new AtomicInteger();
            AtomicInteger repeated = new AtomicInteger();
            try (Relay network = Relay.to(
                    chat,
                    text -> repeatSends(text, random, repeated),
                    text -> dropAcks(text, DROPPED_SHARE, random, dropped))) {
                swarm.enter(CLIENTS / 2, network.chat());
                Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
                Faults.run(Faults.seconds(8));
                talk.cancel(false);

                swarm.assertKept(chat);
                assertThat(dropped).as("acks dropped").hasPositiveValue();
                assertThat(repeated).as("frames repeated").hasPositiveValue();
            }
        }
    }

    private static List<String> repeatSends(String text, Random random, AtomicInteger repeated) {
        boolean isSend = !text.contains("\"login\"") && !text.contains("\"join\"");
        if (isSend && random.nextDouble() < REPEATED_SHARE) {
            repeated.incrementAndGet();
            return List.of(text, text);
        }
        return List.of(text);
    }

    /** Removes a random share of the acks from a frame of the server. */
    static List<String> dropAcks(String text, double share, Random random, AtomicInteger dropped) {
        if (!text.contains("\"ack\"")) {
            return List.of(text);
        }
        List<JsonObject> left = new ArrayList<>();
        for (JsonObject message : JsonText.messages(text)) {
            if (message.getString("type").equals("ack") && random.nextDouble() < share) {
                dropped.incrementAndGet();
            } else {
                left.add(message);
            }
        }
        if (!text.startsWith("[")) {
            return left.stream().map(JsonValue::toString).toList();
        }
        return left.isEmpty()
                ? List.of()
                : List.of(Json.createArrayBuilder(left).build().toString());
    }
}
