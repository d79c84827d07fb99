package dev.parley.client.internal.transport;

/** An operation or a scheduled task that can be cancelled. */
public interface Cancellable {
    /** A second call has no effect. */
    void cancel();
}
