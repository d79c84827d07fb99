package dev.parley.client.internal.loop;

import dev.parley.client.ServerFrame;
import dev.parley.client.internal.transport.BoundedTransportListener;
import dev.parley.client.internal.transport.Cancellable;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.client.internal.transport.Dialer;
import dev.parley.client.internal.transport.Transport;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * One attempt: its deadline, and the listener of the connection that it opens. Confined to the event loop, on which it
 * calls back.
 */
final class Attempt {
    /** Minimum backlog: even with a small frame limit, many frames may arrive at once. */
    private static final long BACKLOG_MIN = 1024 * 1024;

    /** Receives the events of attempts. Each call has the number of its attempt, which may have ended already. */
    interface Callbacks {
        void opened(int attempt, Transport transport);

        void received(int attempt, ServerFrame frame);

        /** A binary frame arrived. */
        void binary(int attempt, byte[] frame);

        /** The attempt, or its connection, has ended. */
        void failed(int attempt, ConnectionFailure failure);

        /** Token, handshake and login together took too long. */
        void tooLate(int attempt);
    }

    private final int number;
    private final Executor loop;
    private final Callbacks callbacks;
    private final BoundedTransportListener listener;
    private final Cancellable deadline;
    private Cancellable dialing = () -> {};

    /** @param loop runs tasks on the event loop, from any thread */
    Attempt(int number, ClientSettings settings, Scheduler eventLoop, Executor loop, Callbacks callbacks) {
        this.number = number;
        this.loop = loop;
        this.callbacks = callbacks;
        this.listener = new BoundedTransportListener(
                Math.max(BACKLOG_MIN, 2L * settings.frameMax()),
                loop::execute,
                eventLoop::nanoTime,
                frame -> callbacks.received(number, frame),
                failure -> callbacks.failed(number, failure),
                settings.binaryListener().<Consumer<byte[]>>map(listener -> frame -> callbacks.binary(number, frame)),
                settings.observer()::binaryIgnored);
        this.deadline =
                eventLoop.schedule(() -> loop.execute(() -> callbacks.tooLate(number)), settings.connectTimeout());
    }

    /** Fetches a token and opens a connection. */
    void dial(Dialer dialer) {
        dialing = dialer.dial(
                listener,
                opened -> loop.execute(() -> callbacks.opened(number, opened)),
                failure -> loop.execute(() -> callbacks.failed(number, failure)));
    }

    /** The server accepted the login. */
    void succeeded() {
        deadline.cancel();
    }

    /** Time of the latest received data; empty before the first. */
    Optional<Long> receivedAt() {
        return listener.receivedAt();
    }

    /** Gives the attempt up. A second call has no effect. */
    void end() {
        deadline.cancel();
        dialing.cancel();
    }
}
