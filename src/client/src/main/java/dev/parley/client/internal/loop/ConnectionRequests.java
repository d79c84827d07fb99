package dev.parley.client.internal.loop;

import dev.parley.client.ParleyException;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.outbound.SendCallback;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Requests that the client itself sends on the current connection. They are forgotten with that connection. Confined to
 * the event loop.
 */
final class ConnectionRequests {
    private final OutboundQueue outbound;
    private final Supplier<String> ids;
    private final LongSupplier nanoTime;
    private final Duration timeout;

    ConnectionRequests(OutboundQueue outbound, Supplier<String> ids, LongSupplier nanoTime, Duration timeout) {
        this.outbound = outbound;
        this.ids = ids;
        this.nanoTime = nanoTime;
        this.timeout = timeout;
    }

    /** @param failed called if the server refuses or does not answer in time */
    void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> failed) {
        // No success callback: ServerMessageHandler applies the answer when it arrives.
        ask(question, new LambdaCallback(answer -> {}, failed));
    }

    /** Renews the sign-in on the open connection. The login has no positions, because reading continues where it is. */
    void renew(String token, Consumer<ServerMessage.Welcome> welcomed, Consumer<String> failed) {
        ask(
                id -> new ClientMessage.Login(id, Optional.empty(), Optional.of(token), Map.of(), Optional.empty()),
                new LambdaCallback(
                        answer -> {
                            if (answer instanceof ServerMessage.Welcome welcome) {
                                welcomed.accept(welcome);
                            } else {
                                failed.accept("The server answered with "
                                        + answer.getClass().getSimpleName() + ".");
                            }
                        },
                        why -> failed.accept(why.getMessage())));
    }

    private void ask(Function<Optional<String>, ClientMessage> question, SendCallback<ServerMessage> callback) {
        String id = ids.get();
        long now = nanoTime.getAsLong();
        outbound.askOnThisConnection(id, question.apply(Optional.of(id)), now + timeout.toNanos(), callback, now);
    }

    private record LambdaCallback(Consumer<ServerMessage> whenAnswered, Consumer<ParleyException> whenFailed)
            implements SendCallback<ServerMessage> {
        @Override
        public void succeeded(ServerMessage answer) {
            whenAnswered.accept(answer);
        }

        @Override
        public void failed(ParleyException why) {
            whenFailed.accept(why);
        }
    }
}
