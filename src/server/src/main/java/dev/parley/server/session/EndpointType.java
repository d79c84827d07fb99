package dev.parley.server.session;

/** Through which address a connection came, and with it what it carries and how frames look. */
public enum EndpointType {
    /** Everything. */
    CHAT("/chat"),
    /** Metrics only: dashboards and devices. */
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
