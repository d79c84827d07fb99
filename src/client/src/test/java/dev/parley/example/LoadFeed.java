package dev.parley.example;

import dev.parley.client.ParleyClient;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Publishes this machine's load once per second. Without a connection, only the latest value is kept. */
public final class LoadFeed {
    private LoadFeed() {}

    /**
     * @param arguments the URI of the server, such as {@code ws://localhost:8080/monitor}, and a token with the role
     *     metrics
     */
    public static void main(String[] arguments) {
        ParleyClient client = ParleyClient.builder(URI.create(arguments[0]))
                .name("feed")
                .token(() -> arguments[1])
                .build();
        client.connect();
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        clock.scheduleAtFixedRate(
                () -> client.metric(
                        "load.average",
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()),
                0,
                1,
                TimeUnit.SECONDS);
    }
}
