package dev.parley.client;

import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Asks the application's supplier, which may block or throw. */
final class TokenSource {
    /** RFC 6750 section 2.1; above all, no line break gets into a header. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final Supplier<String> supplier;

    TokenSource(Supplier<String> supplier) {
        this.supplier = supplier;
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
