package dev.parley.launcher.balancer;

import dev.parley.launcher.ServerConfiguration;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Asks each node regularly whether it is ready. Any thread may call any method. */
final class NodeChecks implements AutoCloseable {
    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(2);
    private static final int OK = 200;

    private final List<Integer> nodes;
    private final Duration period;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(task -> TcpBalancer.thread("balancer-checks", task));
    /** Ports of the nodes whose last answer was good; written by the HTTP client's threads, one check at a time. */
    private final Set<Integer> ready = ConcurrentHashMap.newKeySet();

    NodeChecks(List<Integer> nodes, Duration period) {
        this.nodes = List.copyOf(nodes);
        this.period = period;
    }

    void start() {
        nodes.forEach(
                node -> timer.scheduleWithFixedDelay(() -> check(node), 0, period.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Waits for the answer, so that a node has one check at a time; the deadline of one delays the others by 2 s. */
    private void check(int node) {
        HttpRequest question = HttpRequest.newBuilder(
                        URI.create("http://" + ServerConfiguration.LOOPBACK + ":" + node + "/health/ready"))
                .timeout(ANSWER_DEADLINE)
                .build();
        boolean isReady = http.sendAsync(question, BodyHandlers.discarding())
                .handle((answer, failure) -> failure == null && answer.statusCode() == OK)
                .join();
        if (isReady) {
            ready.add(node);
        } else {
            ready.remove(node);
        }
    }

    boolean isReady(int node) {
        return ready.contains(node);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
