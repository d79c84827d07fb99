package dev.parley.server.store.model;

/**
 * The store could not do what was asked: the database failed or did not answer, or too much waits for it. Transient,
 * except for {@link StoreRefused}: retry later.
 */
public sealed class StoreUnavailable extends RuntimeException permits StoreRefused {
    private static final long serialVersionUID = 1L;

    public StoreUnavailable(String message) {
        super(message);
    }

    public StoreUnavailable(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether a retry may succeed without an administrator's help. */
    public static boolean isReasonOf(Throwable failure) {
        return failure instanceof StoreUnavailable && !(failure instanceof StoreRefused);
    }
}
