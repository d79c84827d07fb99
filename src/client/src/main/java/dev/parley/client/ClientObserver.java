package dev.parley.client;

import java.time.Duration;

/**
 * For an application's own metrics. Called on the client's threads: must return at once. What it throws is logged, the
 * first time as a warning, and stops nothing.
 *
 * <p>Gauges are on {@link ParleyClient}: {@code state()}, {@code unacked()}, {@code waitingForListeners()}.
 */
public interface ClientObserver {
    /** Observes nothing. */
    ClientObserver NONE = new ClientObserver() {};

    /** The client moved. */
    default void stateChanged(ClientState state) {}

    /** An ack came. @param waited since the application sent the message */
    default void acked(Duration waited) {}

    /** A message ended without an ack. @param code of its {@link ParleyException} */
    default void failed(String code) {}

    /** A message went to a listener's queue. */
    default void received() {}

    /** A message came that had been delivered, and was dropped. */
    default void duplicateDropped() {}

    /** A listener threw. */
    default void listenerThrew() {}

    /** A listener has been busy for so long that it is probably stuck. */
    default void listenerStuck(Duration busy) {}
}
