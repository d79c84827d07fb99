package dev.parley.client.internal.transport;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Settings and errors of WebSocket clients of servers that hide their classes from applications: Undertow, which is
 * WildFly's, and Open Liberty's. Classes are named by strings.
 */
final class HiddenContainers {
    /** By class of the exception: its message is the only place that contains the status. */
    private static final Map<String, Pattern> STATUS = Map.of(
            "org.xnio.http.UpgradeFailedException", Pattern.compile("Invalid response code (\\d{3})"),
            "java.io.IOException", Pattern.compile("CWWKH0039E: .*\\bStatus code: (\\d{3})\\b.*"));

    private static final String UNDERTOW_TIMEOUT = "io.undertow.websocket.CONNECT_TIMEOUT";

    private HiddenContainers() {}

    /** @param attempt timeout of the attempt; the container must give up before it */
    static void prepare(Map<String, Object> userProperties, Duration attempt) {
        userProperties.put(UNDERTOW_TIMEOUT, (int) Math.max(1, attempt.toSeconds() * 3 / 4));
    }

    static OptionalInt status(Throwable cause) {
        Pattern pattern = STATUS.get(cause.getClass().getName());
        if (pattern == null) {
            return OptionalInt.empty();
        }
        Matcher refused = pattern.matcher(String.valueOf(cause.getMessage()));
        return refused.matches() ? OptionalInt.of(Integer.parseInt(refused.group(1))) : OptionalInt.empty();
    }
}
