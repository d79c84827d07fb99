package dev.parley.client;

/** Something that was begun or scheduled and may be given up. */
interface Cancellable {
    /** A second call has no effect. */
    void cancel();
}
