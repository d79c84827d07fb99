package dev.parley.client.internal.transport;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What only Undertow has, the WebSocket client of WildFly; known by name, since an application does not see its
 * classes.
 */
final class Undertow {
    private static final String REFUSED = "org.xnio.http.UpgradeFailedException";
    /** The one place where it tells the status. */
    private static final Pattern STATUS = Pattern.compile("Invalid response code (\\d{3})");

    private static final String TIMEOUT = "io.undertow.websocket.CONNECT_TIMEOUT";

    private Undertow() {}

    /** @param attempt after which nobody waits any more: the container has to give up before */
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
