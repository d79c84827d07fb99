package dev.parley.example;

import dev.parley.client.NotificationRequest;
import dev.parley.client.ParleyClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Sends a notification to each user, connected or not, and exits with 0 if all are stored. */
public final class NightlyReport {
    private NightlyReport() {}

    /**
     * @param arguments the server, such as {@code ws://localhost:8080/chat}, a token with the role notify, and users
     */
    public static void main(String[] arguments) {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        try (ParleyClient client = ParleyClient.builder(URI.create(arguments[0]))
                .name("nightly-report")
                .token(() -> arguments[1])
                .maxReconnectAttempts(10)
                .sendTimeout(Duration.ofMinutes(2))
                .build()) {
            client.connect();
            for (String user : List.of(arguments).subList(2, arguments.length)) {
                NotificationRequest notice = NotificationRequest.toUser(user, "The report of last night is ready.")
                        .title("Report");
                sent.add(client.notification(notice).toCompletableFuture());
            }
            // Completes when everything is acked, and fails with the first message that is not.
            CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
        }
    }
}
