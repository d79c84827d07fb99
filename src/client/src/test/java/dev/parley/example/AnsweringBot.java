package dev.parley.example;

import dev.parley.client.ParleyClient;
import dev.parley.client.ParleyException;
import dev.parley.protocol.ServerMessage;
import java.net.URI;

/** Answers every {@code !ping} in the lobby, until somebody ends the process. */
public final class AnsweringBot {
    private AnsweringBot() {}

    /** @param arguments the URI of the server, such as {@code ws://localhost:8080/chat}, and a token */
    public static void main(String[] arguments) {
        ParleyClient client = ParleyClient.builder(URI.create(arguments[0]))
                .name("bot")
                .token(() -> arguments[1])
                // No daemons, so that they keep the process alive.
                .threads(Thread::new)
                .build();
        client.join("lobby", message -> answer(client, message));
        client.connect();
    }

    private static void answer(ParleyClient client, ServerMessage.Stored message) {
        if (message.content().equals("!ping")) {
            client.chat("lobby", "pong, " + message.sender()).whenComplete((ack, failure) -> {
                if (failure instanceof ParleyException why) {
                    System.err.println("Not answered: " + why.code() + ", " + why.getMessage());
                }
            });
        }
    }
}
