package dev.parley.client.internal.transport;

import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Calls the application's token supplier, which may block or throw. It runs on the {@code connect} thread only. */
public final class TokenSource {
    /** The syntax of RFC 6750 section 2.1. Above all, it keeps line breaks out of the header. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final Supplier<String> supplier;
    private final ThreadPoolExecutor thread;

    public TokenSource(Supplier<String> supplier, ThreadPoolExecutor thread) {
        this.supplier = supplier;
        this.thread = thread;
    }

    /**
     * @param fetched called with the token; exactly one of the two is called, once, from any thread
     * @param failed called with the reason
     * @return gives the fetch up; later calls must be ignored
     */
    public Cancellable fetch(Consumer<String> fetched, Consumer<String> failed) {
        FutureTask<Void> task = new FutureTask<>(
                () -> {
                    String token;
                    try {
                        token = fresh();
                    } catch (NoToken e) {
                        failed.accept(e.getMessage());
                        return;
                    }
                    fetched.accept(token);
                },
                null);
        thread.execute(task);
        return () -> {
            task.cancel(true);
            thread.remove(task);
        };
    }

    /** Returns a fresh token. Blocks as long as the supplier does. */
    String fresh() throws NoToken {
        String token;
        try {
            token = supplier.get();
        } catch (RuntimeException | Error e) { // Errors too: otherwise they would be lost
            throw new NoToken("The token supplier threw " + e + ".", e);
        }
        if (token == null || !TOKEN.matcher(token).matches()) {
            String gave = token == null ? "null" : "an invalid bearer token";
            throw new NoToken("The token supplier gave " + gave + "; it must give a JWT.", null);
        }
        return token;
    }

    /** The supplier gave no valid token. The message never contains the token. */
    static final class NoToken extends Exception {
        private static final long serialVersionUID = 1L;

        private NoToken(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
