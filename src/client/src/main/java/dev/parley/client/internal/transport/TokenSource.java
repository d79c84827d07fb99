package dev.parley.client.internal.transport;

import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Asks the application's supplier, which may block or throw, on the one thread where it may. */
public final class TokenSource {
    /** RFC 6750 section 2.1; above all, no line break gets into a header. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final Supplier<String> supplier;
    private final ThreadPoolExecutor thread;

    public TokenSource(Supplier<String> supplier, ThreadPoolExecutor thread) {
        this.supplier = supplier;
        this.thread = thread;
    }

    /**
     * @param fetched or else failed is told, once, from any thread
     * @return gives it up; what is told afterwards is of no interest
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

    /** Blocks as long as the supplier does. */
    String fresh() throws NoToken {
        String token;
        try {
            token = supplier.get();
        } catch (RuntimeException | Error e) { // Errors too: nobody else would hear of them
            throw new NoToken("The token supplier threw " + e + ".", e);
        }
        if (token == null || !TOKEN.matcher(token).matches()) {
            String gave = token == null ? "null" : "what is no bearer token";
            throw new NoToken("The token supplier gave " + gave + "; it must give a JWT.", null);
        }
        return token;
    }

    /** Its message never has the token in it. */
    static final class NoToken extends Exception {
        private static final long serialVersionUID = 1L;

        private NoToken(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
