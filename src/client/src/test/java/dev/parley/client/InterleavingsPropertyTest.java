package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Random sequences of faults: each message is stored once, in the order of its sender, and delivered once, in the order
 * of the log.
 */
class InterleavingsPropertyTest {
    private final TestClient test =
            new TestClient(1_000, 8, Duration.ofDays(1), Integer.MAX_VALUE, ClientObserver.NONE);
    private final ModelServer server = new ModelServer();
    private final List<String> sent = new ArrayList<>();
    private final List<CompletionStage<?>> stages = new ArrayList<>();
    private int others;

    @Property(tries = 3_000)
    void nothingIsLostDuplicatedOrReordered(@ForAll @Size(max = 120) List<@IntRange(max = 29) Integer> events) {
        // jqwik uses one instance for all tries of a property.
        new InterleavingsPropertyTest().run(events);
    }

    private void run(List<Integer> events) {
        test.client.connect();
        events.forEach(this::happens);
        settle();
        assertThat(test.heard).isEqualTo(server.log);
        assertThat(server.log.stream()
                        .filter(content -> content.startsWith("own"))
                        .toList())
                .isEqualTo(sent);
        assertThat(stages)
                .allSatisfy(stage -> assertThat(TestClient.outcome(stage)).isEqualTo("ok"));
        assertThat(test.refused).isEmpty();
    }

    private void happens(int event) {
        switch (event) {
            case 0, 1, 2, 3, 4 -> {
                String content = "own " + sent.size();
                sent.add(content);
                stages.add(test.client.chat("lobby", content));
            }
            case 5, 6 -> server.log.add("other " + others++);
            case 7, 8, 9, 10, 11 -> accept();
            case 12, 13, 14, 15 -> server.handlesNext(false);
            case 16 -> server.handlesNext(true);
            case 17, 18, 19, 20 -> server.deliversNext();
            case 21 -> server.deliversAgain();
            case 22 -> server.skips();
            case 23 -> server.breaks();
            case 24 -> test.listenerThread.isBlocked = true;
            case 25 -> test.listenerThread.resume();
            case 26 -> stall();
            case 27 -> flow();
            case 28 -> test.client.reconnect();
            default -> test.time.advance(Duration.ofMillis(700));
        }
    }

    private void accept() {
        if (!test.attempts.isEmpty()) {
            server.accepts(test.acceptAttempt());
        }
    }

    private void stall() {
        if (server.hasTransport()) {
            server.transport().isStalled = true;
        }
    }

    private void flow() {
        if (server.hasTransport() && server.transport().sending.isPresent()) {
            server.transport().flows();
        }
    }

    /** Ends all faults and lets the client recover. */
    private void settle() {
        for (int round = 0; round < 40; round++) {
            test.listenerThread.resume();
            flow();
            if (server.hasTransport()) {
                server.transport().isStalled = false;
            }
            accept();
            boolean isBusy = true;
            while (isBusy) {
                isBusy = server.handlesNext(false) || server.deliversNext();
            }
            // The next message reveals a loss at the end.
            if (round == 20) {
                server.log.add("last");
            }
            test.time.advance(Duration.ofSeconds(5));
        }
        assertThat(Optional.of(test.client.state())).contains(ClientState.OPEN);
    }
}
