package dev.parley.launcher.run;

import java.util.Optional;

/**
 * The text that {@code mvn -Prun} prints when the server is ready.
 *
 * @param data which database holds the data, and where
 */
record Banner(int port, Optional<Integer> httpsPort, String data, Optional<String> token) {
    @Override
    public String toString() {
        return """

                ------------------------------------------------------------------------
                  Parley is ready

                  Chat       http://localhost:%1$d/
                  Monitor    http://localhost:%1$d/monitor.html
                  WebSocket  ws://localhost:%1$d/chat
                %2$s  Data       %3$s

                %4$s

                  Ctrl-C stops.
                ------------------------------------------------------------------------
                """.formatted(
                        port,
                        httpsPort.map(Banner::withTls).orElse(""),
                        data,
                        token.map(this::howToUse).orElse(FOREIGN));
    }

    private static String withTls(int port) {
        return "  With TLS   https://localhost:" + port + "/\n";
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
