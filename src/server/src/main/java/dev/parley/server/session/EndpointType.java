package dev.parley.server.session;

/** The WebSocket path of a connection. It decides which messages the connection carries and how its frames look. */
public enum EndpointType {
    /** All message types. */
    CHAT("/chat"),
    /** Metrics only, for dashboards and devices. */
    MONITOR("/monitor"),
    /** Plain lines of text, for {@code wscat} and the smallest devices. */
    TEXT("/text");

    private final String path;

    EndpointType(String path) {
        this.path = path;
    }

    public String path() {
        return path;
    }
}
