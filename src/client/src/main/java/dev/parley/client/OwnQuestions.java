package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What the client asks by itself, on the line that there is; forgotten with that line. The owner's alone. */
final class OwnQuestions {
    private final Outgoing outgoing;
    private final Supplier<String> ids;
    private final LongSupplier nanoTime;
    private final Duration timeout;

    OwnQuestions(Outgoing outgoing, Supplier<String> ids, LongSupplier nanoTime, Duration timeout) {
        this.outgoing = outgoing;
        this.ids = ids;
        this.nanoTime = nanoTime;
        this.timeout = timeout;
    }

    /** @param failed told where the server refuses, or does not answer in time */
    void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> failed) {
        // What the answer says is done as it comes.
        ask(question, new Told(answer -> {}, failed));
    }

    /** Signs in on the open line; without positions, for what is read goes on where it is. */
    void renew(String token, Consumer<ServerMessage.Welcome> welcomed, Consumer<String> failed) {
        ask(
                id -> new ClientMessage.Login(id, Optional.empty(), Optional.of(token), Map.of(), Optional.empty()),
                new Told(
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

    private void ask(Function<Optional<String>, ClientMessage> question, Outcome<ServerMessage> outcome) {
        String id = ids.get();
        long now = nanoTime.getAsLong();
        outgoing.askOnThisLine(id, question.apply(Optional.of(id)), now + timeout.toNanos(), outcome, now);
    }

    private record Told(Consumer<ServerMessage> whenAnswered, Consumer<ParleyException> whenFailed)
            implements Outcome<ServerMessage> {
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
