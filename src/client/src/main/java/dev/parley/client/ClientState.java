package dev.parley.client;

/**
 * The state of a client. Transitions: IDLE to CONNECTING, CONNECTING to OPEN or WAITING, OPEN to WAITING, WAITING to
 * CONNECTING, and every state to CLOSED.
 */
public enum ClientState {
    /** {@code connect()} has not been called yet. */
    IDLE,
    /** An attempt is in progress: token, handshake and login. There is one attempt at a time. */
    CONNECTING,
    /** Signed in. */
    OPEN,
    /** The connection was lost, was given up, or an attempt failed. The next attempt starts after a delay. */
    WAITING,
    /** Final: closed by the application, refused by the server for good, or out of reconnect attempts. */
    CLOSED
}
