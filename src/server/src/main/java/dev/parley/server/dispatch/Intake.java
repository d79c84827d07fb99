package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/** Where one session's messages arrive. Any thread; frames are handled in the order of the calls. */
public final class Intake {
    private final Conversation conversation;
    private final Handlers handlers;
    private final Rates rates;
    private final Turns turns;
    private final Function<Decoded, CompletionStage<?>> dispatch;
    private final AtomicBoolean isDecided = new AtomicBoolean();

    /** @param dispatch does what a message asks for, in the session's turn */
    Intake(
            Conversation conversation,
            Handlers handlers,
            Rates rates,
            Turns turns,
            Function<Decoded, CompletionStage<?>> dispatch) {
        this.conversation = conversation;
        this.handlers = handlers;
        this.rates = rates;
        this.turns = turns;
        this.dispatch = dispatch;
    }

    /**
     * A text frame.
     *
     * @param frame says what it held: asked only where its length is within the rate, because decoding costs most
     * @param bytes of the frame's text
     */
    public void received(Supplier<List<Decoded>> frame, int bytes) {
        if (!conversation.session().isOpen() || isTooMuch(bytes)) {
            return;
        }
        List<Decoded> messages = frame.get();
        if (isTooMuch((long) Rates.MESSAGE_COST_BYTES * messages.size())) {
            return;
        }
        List<Turns.Turn> wanted = messages.stream()
                .<Turns.Turn>map(message -> () -> guarded(valid(message), () -> dispatch.apply(message)))
                .toList();
        if (!turns.add(wanted, bytes)) {
            conversation.closeForRate();
        }
    }

    /** A binary frame's bytes, which the upload that announced them has paid for; the frame is paid for here. */
    public void received(byte[] bytes) {
        if (!conversation.session().isOpen() || isTooMuch(Rates.MESSAGE_COST_BYTES)) {
            return;
        }
        Unfinished.Share share = conversation.unfinished();
        if (!share.take(bytes.length)) {
            conversation.closeWithGoodbye(CloseCode.TRY_AGAIN_LATER);
            return;
        }
        Turns.Turn turn = () -> guarded(Optional.empty(), () -> receive(bytes))
                .whenComplete((done, failure) -> share.release(bytes.length));
        if (!turns.addBinary(turn, bytes.length)) {
            share.release(bytes.length);
            conversation.closeForRate();
        }
    }

    /** Then the session is closed, and nothing of the frame is done: it is sent again on the next connection. */
    private boolean isTooMuch(long bytes) {
        boolean isWithin = conversation.isWithinRate(rates, Rates.Kind.BYTES, bytes, Optional.empty());
        if (!isWithin) {
            conversation.closeForRate();
        }
        return !isWithin;
    }

    /** The session has lost the right to read a room: whatever it says from now on finds it outside. Any thread. */
    void barred(Channel.Room room) {
        turns.addForOthers(
                () -> guarded(Optional.empty(), () -> handlers.rooms().barred(conversation, room)));
    }

    private CompletionStage<?> receive(byte[] bytes) {
        return conversation.session().isOpen() ? handlers.uploads().bytes(conversation, bytes) : Turns.DONE;
    }

    /** To be called often: forgets what was begun and does not become whole in time. */
    void expire() {
        if (conversation.hasUnfinished()) {
            turns.add(
                    List.of(() -> guarded(Optional.empty(), () -> {
                        handlers.chunks().expire(conversation);
                        return handlers.uploads().expire(conversation);
                    })),
                    0);
        }
    }

    /** The session ended. */
    void abandon() {
        turns.addAnyway(() -> guarded(Optional.empty(), () -> {
            handlers.chunks().abandon(conversation);
            return handlers.uploads().abandon(conversation);
        }));
    }

    /** Unless that was tried before. */
    void signInOrClose(CloseCode otherwise) {
        if (!isDecided.compareAndSet(false, true)) {
            return;
        }
        Turns.Turn turn = () -> guarded(
                Optional.empty(),
                () -> handlers.login().byItself(conversation, Optional.empty()).thenAccept(isSignedIn -> {
                    if (!isSignedIn) {
                        closeUnsigned(otherwise);
                    }
                }));
        if (!turns.add(List.of(turn), 0)) {
            conversation.closeForRate();
        }
    }

    /** Who could have come in, but for the store, is asked to come back. */
    private void closeUnsigned(CloseCode otherwise) {
        if (handlers.login().mayEnterByItself(conversation)) {
            conversation.closeWithGoodbye(CloseCode.TRY_AGAIN_LATER);
        } else {
            conversation.session().close(otherwise);
        }
    }

    /** Whatever goes wrong, at once or later, the peer is told and the session goes on. */
    private CompletionStage<?> guarded(Optional<ClientMessage> message, Turns.Turn turn) {
        try {
            return turn.take().whenComplete((result, failure) -> {
                if (failure != null) {
                    conversation.refuseForBug(message, failure);
                }
            });
        } catch (RuntimeException | Error e) {
            conversation.refuseForBug(message, e);
            return Turns.DONE;
        }
    }

    private static Optional<ClientMessage> valid(Decoded decoded) {
        return decoded instanceof Decoded.Valid valid ? Optional.of(valid.message()) : Optional.empty();
    }
}
