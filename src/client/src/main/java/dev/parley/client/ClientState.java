package dev.parley.client;

/** Where a client is between its first {@code connect()} and its end. */
public enum ClientState {
    /** Not asked to connect yet. */
    IDLE,
    /** On its way in: token, handshake and login; one attempt at a time. */
    CONNECTING,
    /** Signed in. */
    OPEN,
    /** The connection was lost or an attempt failed; another attempt follows by itself. */
    WAITING,
    /** The end: by {@code close()}, or because the server said not to come back. */
    CLOSED
}
