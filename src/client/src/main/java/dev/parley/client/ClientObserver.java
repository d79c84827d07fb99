package dev.parley.client;

import java.time.Duration;

/**
 * Callbacks for an application's own metrics. They are called on the threads of the client and of its container, so
 * they must return at once. An exception from an observer is logged, the first time as a warning, and does not disturb
 * the client.
 *
 * <p>Values for gauges are on {@link ParleyClient}: {@code state()}, {@code unacked()}, {@code waitingForListeners()}.
 */
public interface ClientObserver {
    /** Observes nothing. */
    ClientObserver NONE = new ClientObserver() {};

    /** The client has entered this state. */
    default void stateChanged(ClientState state) {}

    /**
     * A message was acknowledged.
     *
     * @param waited time since the application sent the message
     */
    default void acked(Duration waited) {}

    /**
     * A message failed.
     *
     * @param code the code of its {@link ParleyException}
     */
    default void failed(String code) {}

    /** A message was put into the queue of the listeners. */
    default void received() {}

    /** A message that had been delivered before arrived again and was dropped. */
    default void duplicateDropped() {}

    /**
     * A binary frame arrived and was dropped: nobody listens to them, it is none of the protocol, or the client or its
     * listeners are behind.
     */
    default void binaryIgnored() {}

    /** A listener threw an exception. */
    default void listenerThrew() {}

    /** A listener has been busy for so long that it is probably stuck. */
    default void listenerStuck(Duration busy) {}
}
