package dev.parley.launcher;

import java.nio.file.Path;
import java.util.Optional;

/** What {@code mvn -Prun} prints when the server is ready. */
record Banner(int port, Path data, Optional<String> token) {
    @Override
    public String toString() {
        return """

                ------------------------------------------------------------------------
                  Parley is ready

                  Chat       http://localhost:%1$d/
                  Monitor    http://localhost:%1$d/monitor.html
                  WebSocket  ws://localhost:%1$d/chat
                  Data       %2$s

                %3$s

                  Ctrl-C stops.
                ------------------------------------------------------------------------
                """.formatted(port, data, token.map(this::howToUse).orElse(FOREIGN));
    }

    private String howToUse(String signed) {
        return """
                  A token of the user '%s' with the roles %s, valid for %d days.
                  Sign in with it on a page, or send it as 'Authorization: Bearer TOKEN':

                %s""".formatted(
                        TrialToken.USER, String.join(", ", TrialToken.ROLES), TrialToken.LIFETIME.toDays(), signed);
    }

    private static final String FOREIGN = "  Tokens come from the issuer whose keys are in parley.token.jwks.";
}
