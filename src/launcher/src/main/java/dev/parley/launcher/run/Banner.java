package dev.parley.launcher.run;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The text that {@code mvn -Prun} and {@code mvn -Pcluster} print when the server is ready.
 *
 * @param data which database holds the data, and where
 * @param parts what the cluster consists of, one line each; empty for a single server
 */
record Banner(int port, Optional<Integer> httpsPort, String data, List<String> parts, Optional<String> token) {
    /** Of a single server. */
    Banner(int port, Optional<Integer> httpsPort, String data, Optional<String> token) {
        this(port, httpsPort, data, List.of(), token);
    }

    @Override
    public String toString() {
        return """

                ------------------------------------------------------------------------
                  Parley is ready

                  Chat       http://localhost:%1$d/
                  Monitor    http://localhost:%1$d/monitor.html
                  Admin      http://localhost:%1$d/admin.html
                  WebSocket  ws://localhost:%1$d/chat
                %2$s  Data       %3$s
                %4$s
                %5$s

                  Ctrl-C stops.
                ------------------------------------------------------------------------
                """.formatted(
                        port,
                        httpsPort.map(Banner::withTls).orElse(""),
                        data,
                        parts.stream().map(part -> "  " + part + "\n").collect(Collectors.joining()),
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
