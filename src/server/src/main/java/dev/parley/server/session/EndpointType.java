package dev.parley.server.session;

import java.util.Arrays;

/** The WebSocket path of a connection. It decides which messages the connection carries and how its frames look. */
public enum EndpointType {
    /** All message types. */
    CHAT("/chat"),
    /** Metrics only, for dashboards and devices. */
    MONITOR("/monitor"),
    /** Plain lines of text, for {@code wscat} and the smallest devices. */
    TEXT("/text"),
    /**
     * The context root, for clients that know no path: all message types or plain lines, as the peer's first frame
     * shows. Containers know no endpoint there; the handshake filter leads to that of {@code /chat}.
     */
    ROOT("/");

    private final String path;

    EndpointType(String path) {
        this.path = path;
    }

    /** @throws IllegalArgumentException if no endpoint has this path */
    public static EndpointType of(String path) {
        return Arrays.stream(values())
                .filter(type -> type.path.equals(path))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no endpoint " + path + "."));
    }

    public String path() {
        return path;
    }
}
