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

    /**
     * A binary frame arrived, which only a {@code login} with {@code binary} asks for;
     * {@link dev.parley.protocol.binary.BinaryCodec#decodeFromServer} decodes it. By default it is ignored.
     */
    default void binary(byte[] frame) {
        binaryIgnored();
    }

    /** A binary frame arrived and was dropped: it is longer than a frame may be, or {@link #binary} ignores it. */
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
