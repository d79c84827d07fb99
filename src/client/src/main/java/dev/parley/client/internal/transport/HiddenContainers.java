package dev.parley.client.internal.transport;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Settings and errors of WebSocket clients of servers that hide their classes from applications: Undertow, which is
 * WildFly's, and Open Liberty's. Classes are named by strings.
 */
public final class HiddenContainers {
    /** By class of the exception: its message is the only place that contains the status. */
    private static final Map<String, Pattern> STATUS = Map.of(
            "org.xnio.http.UpgradeFailedException", Pattern.compile("Invalid response code (\\d{3})"),
            "java.io.IOException", Pattern.compile("CWWKH0039E: .*\\bStatus code: (\\d{3})\\b.*"));

    /**
     * Both take a close frame with one of these codes for a protocol error, although 1012 and 1013 have been registered
     * since RFC 6455. Their text is the only place that contains the code: first Undertow's, then Open Liberty's.
     */
    private static final Pattern REFUSED_CLOSE =
            Pattern.compile("(?:UT002026: .*\\b|Invalid close code ?)(1[0-9]{3}|2[0-9]{3})\\b.*");

    private static final int REFUSED_FROM = 1012;

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

    /**
     * The code of the server's close frame that the container has refused; empty if the text is about something else.
     *
     * @param text message of the container's exception, or the reason of the 1002 that it reports in the server's place
     */
    public static OptionalInt refusedCloseCode(String text) {
        Matcher refused = REFUSED_CLOSE.matcher(text);
        return refused.matches()
                ? IntStream.of(Integer.parseInt(refused.group(1)))
                        .filter(code -> code >= REFUSED_FROM)
                        .findFirst()
                : OptionalInt.empty();
    }
}
