package dev.parley.client.internal.transport;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Settings and errors of Undertow, the WebSocket client of WildFly. Its classes are named by strings, because they are
 * not visible to an application.
 */
final class Undertow {
    private static final String REFUSED = "org.xnio.http.UpgradeFailedException";
    /** The message of the exception is the only place that contains the status. */
    private static final Pattern STATUS = Pattern.compile("Invalid response code (\\d{3})");

    private static final String TIMEOUT = "io.undertow.websocket.CONNECT_TIMEOUT";

    private Undertow() {}

    /** @param attempt timeout of the attempt; the container must give up before it */
    static void prepare(Map<String, Object> userProperties, Duration attempt) {
        userProperties.put(TIMEOUT, (int) Math.max(1, attempt.toSeconds() * 3 / 4));
    }

    static OptionalInt status(Throwable cause) {
        Matcher refused = STATUS.matcher(String.valueOf(cause.getMessage()));
        return cause.getClass().getName().equals(REFUSED) && refused.matches()
                ? OptionalInt.of(Integer.parseInt(refused.group(1)))
                : OptionalInt.empty();
    }
}
