package dev.parley.client.internal.transport;

import dev.parley.protocol.CloseCode;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Fetches a fresh token for each attempt, then opens a connection. It uses one thread, also for the supplier. If the
 * supplier blocks, later attempts wait behind it and end by their deadline, so threads do not pile up. Giving an
 * attempt up interrupts the supplier. It interrupts the handshake only if that leaves no connection behind; otherwise
 * the handshake ends by its timeout, or by the deadline of the connector.
 */
public final class TokenConnector implements Dialer {
    private final URI uri;
    private final Optional<TokenSource> tokens;
    private final Connector connector;
    private final ThreadPoolExecutor thread;
    private final Duration timeout;
    private final LongSupplier nanoTime;

    /** @param timeout for token and handshake together */
    public TokenConnector(
            URI uri,
            Optional<TokenSource> tokens,
            Connector connector,
            ThreadPoolExecutor thread,
            Duration timeout,
            LongSupplier nanoTime) {
        this.uri = uri;
        this.tokens = tokens;
        this.connector = connector;
        this.thread = thread;
        this.timeout = timeout;
        this.nanoTime = nanoTime;
    }

    @Override
    public Cancellable dial(
            Connector.TransportListener listener, Consumer<Transport> opened, Consumer<ConnectionFailure> failed) {
        Attempt attempt = new Attempt(listener, opened, failed);
        FutureTask<Void> task = new FutureTask<>(attempt, null);
        thread.execute(task);
        return () -> {
            task.cancel(attempt.abandon());
            thread.remove(task);
        };
    }

    private final class Attempt implements Runnable {
        private final Connector.TransportListener listener;
        private final Consumer<Transport> opened;
        private final Consumer<ConnectionFailure> failed;
        private final long begun = nanoTime.getAsLong();
        private boolean isAbandoned;
        private boolean isOpening;

        private Attempt(
                Connector.TransportListener listener, Consumer<Transport> opened, Consumer<ConnectionFailure> failed) {
            this.listener = listener;
            this.opened = opened;
            this.failed = failed;
        }

        @Override
        public void run() {
            try {
                Optional<String> token =
                        tokens.isPresent() ? Optional.of(tokens.get().fresh()) : Optional.empty();
                Duration left = timeout.minusNanos(nanoTime.getAsLong() - begun);
                if (left.toMillis() > 0 && mayOpen()) {
                    handOver(connector.open(uri, token, left, listener));
                }
            } catch (TokenSource.NoToken e) {
                failed.accept(ConnectionFailure.transientFailure(e.getMessage(), e));
            } catch (HandshakeFailure e) {
                failed.accept(ConnectionFailure.ofHandshake(e, tokens.isPresent()));
            } catch (LinkageError e) {
                failed.accept(ConnectionFailure.missingClass(e));
            } catch (Throwable e) { // Errors too: otherwise they would be lost
                failed.accept(ConnectionFailure.transientFailure("The attempt failed: " + e, e));
            }
        }

        /** Gives the attempt up. Returns whether its thread may be interrupted. */
        private synchronized boolean abandon() {
            isAbandoned = true;
            return !isOpening || connector.endsByInterrupt();
        }

        private synchronized boolean mayOpen() {
            isOpening = !isAbandoned;
            return isOpening;
        }

        /**
         * Passes the connection to the event loop, or closes it if the attempt was given up: otherwise it would stay
         * open without an owner.
         */
        private synchronized void handOver(Transport transport) {
            if (isAbandoned) {
                transport.close(CloseCode.NORMAL.number(), "");
            } else {
                opened.accept(transport);
            }
        }
    }
}
