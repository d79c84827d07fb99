package dev.parley.client.internal.transport;

/** Something that was begun or scheduled and may be given up. */
public interface Cancellable {
    /** A second call has no effect. */
    void cancel();
}
