package dev.parley.client.internal.loop;

import dev.parley.client.ParleyException;
import dev.parley.client.internal.outbound.OutboundQueue;
import dev.parley.client.internal.outbound.SendCallback;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Position;
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
    private static final int SESSION_MAX = 128;

    private final OutboundQueue outbound;
    private final Supplier<String> ids;
    private final LongSupplier nanoTime;
    private final Duration timeout;
    private String loginId = "";

    ConnectionRequests(OutboundQueue outbound, Supplier<String> ids, LongSupplier nanoTime, Duration timeout) {
        this.outbound = outbound;
        this.ids = ids;
        this.nanoTime = nanoTime;
        this.timeout = timeout;
    }

    /**
     * Signs in on a new connection. {@link ServerMessageHandler} gets the answer.
     *
     * @param guestSecret the secret of the guest that this client was before
     * @param previousSession the session of the previous connection
     * @param wantsBinary whether to ask for binary frames
     */
    void login(
            Optional<String> username,
            Optional<String> guestSecret,
            Map<String, Position> positions,
            Optional<String> previousSession,
            boolean wantsBinary) {
        loginId = ids.get();
        outbound.control(new ClientMessage.Login(
                Optional.of(loginId),
                username,
                Optional.empty(),
                guestSecret,
                positions,
                previousSession.filter(ConnectionRequests::isSessionName),
                Optional.of(true).filter(asked -> wantsBinary)));
    }

    /** Whether this is the id of the latest {@link #login}. */
    boolean isLogin(Optional<String> id) {
        return id.equals(Optional.of(loginId));
    }

    /**
     * Whether a login can carry this session name. A name that it cannot carry, invented by a bad server, must not keep
     * this client from logging in elsewhere.
     */
    private static boolean isSessionName(String session) {
        return session.length() <= SESSION_MAX && session.chars().allMatch(c -> c > ' ' && c <= '~');
    }

    /** @param failed called if the server refuses or does not answer in time */
    void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> failed) {
        // No success callback: ServerMessageHandler applies the answer when it arrives.
        ask(question, new LambdaCallback(answer -> {}, failed));
    }

    /** Renews the sign-in on the open connection. The login has no positions, because reading continues where it is. */
    void renew(String token, Consumer<ServerMessage.Welcome> welcomed, Consumer<String> failed) {
        ask(
                id -> new ClientMessage.Login(
                        id,
                        Optional.empty(),
                        Optional.of(token),
                        Optional.empty(),
                        Map.of(),
                        Optional.empty(),
                        Optional.empty()),
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
