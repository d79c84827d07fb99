package dev.parley.client;

import dev.parley.protocol.CloseCode;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Fetches a fresh token for each attempt, by a supplier of the application that may block or throw. It has one thread: while a
 * supplier is stuck there, the next attempts wait behind it and end by their deadline, instead of piling up threads.
 */
final class TokenDialer implements Dialer {
    /** RFC 6750 section 2.1; above all, no line break gets into a header. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final URI uri;
    private final Optional<Supplier<String>> tokens;
    private final Connector connector;
    private final ThreadPoolExecutor thread;

    TokenDialer(URI uri, Optional<Supplier<String>> tokens, Connector connector, ThreadPoolExecutor thread) {
        this.uri = uri;
        this.tokens = tokens;
        this.connector = connector;
        this.thread = thread;
    }

    @Override
    public Scheduler.Cancellable dial(Connector.Ear ear, Consumer<Line> opened, Consumer<Failure> failed) {
        Attempt attempt = new Attempt(ear, opened, failed);
        FutureTask<Void> task = new FutureTask<>(attempt, null);
        thread.execute(task);
        return () -> {
            attempt.abandon();
            task.cancel(true);
            thread.remove(task);
        };
    }

    private final class Attempt implements Runnable {
        private final Connector.Ear ear;
        private final Consumer<Line> opened;
        private final Consumer<Failure> failed;
        private boolean isAbandoned;

        private Attempt(Connector.Ear ear, Consumer<Line> opened, Consumer<Failure> failed) {
            this.ear = ear;
            this.opened = opened;
            this.failed = failed;
        }

        @Override
        public void run() {
            try {
                Optional<String> token = token();
                if (!isAbandoned()) {
                    handOver(connector.open(uri, token, ear));
                }
            } catch (NoToken e) {
                failed.accept(Failure.weather(e.getMessage(), e));
            } catch (HandshakeFailure e) {
                failed.accept(Failure.ofHandshake(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failed.accept(Failure.weather("The attempt was interrupted.", e));
            } catch (Throwable e) { // Errors too, such as a missing library: nobody else would hear of them
                failed.accept(Failure.weather("The attempt failed: " + e, e));
            }
        }

        private Optional<String> token() throws NoToken {
            if (tokens.isEmpty()) {
                return Optional.empty();
            }
            String token;
            try {
                token = tokens.get().get();
            } catch (RuntimeException e) {
                throw new NoToken("The token supplier threw " + e + ".", e);
            }
            if (token == null || !TOKEN.matcher(token).matches()) {
                String gave = token == null ? "null" : "what is no bearer token";
                throw new NoToken("The token supplier gave " + gave + "; it must give a JWT.", null);
            }
            return Optional.of(token);
        }

        private synchronized void abandon() {
            isAbandoned = true;
        }

        private synchronized boolean isAbandoned() {
            return isAbandoned;
        }

        /** To the owner, or to nobody: a line that nobody has would stay open. */
        private synchronized void handOver(Line line) {
            if (isAbandoned) {
                line.close(CloseCode.DONE.number(), "");
            } else {
                opened.accept(line);
            }
        }
    }

    /** Without one there is no attempt. */
    private static final class NoToken extends Exception {
        private static final long serialVersionUID = 1L;

        private NoToken(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
