package dev.parley.client;

/**
 * Receives the events of one {@link ParleyEndpoint}. Thread rule: called on the container's threads, one call at a
 * time, except that {@link #closed} may come while another call runs. A call should not block: it delays the frames
 * after it, and on WildFly other connections too.
 */
@FunctionalInterface
public interface EndpointListener {
    /** The connection is open. The first message to send is a {@code login}. */
    default void opened() {}

    /** A frame arrived. Its messages may be malformed or of an unknown type. */
    void received(ServerFrame frame);

    /** A binary frame arrived and was dropped. The protocol of this version has none from the server. */
    default void binaryIgnored() {}

    /**
     * The connection has ended. The last call, and the only one of its kind. It does not follow
     * {@link ParleyEndpoint#close}.
     *
     * @param code code of the close frame; 1006 if there was none or the connection failed
     */
    default void closed(int code, String reason) {}

    /** The container reported an error, which ends the connection, or this listener threw an exception. */
    default void failed(Throwable failure) {}
}
