package dev.parley.server.store.model;

/** The database did not do what was asked, or did not say so, or there is too much waiting for it. Try again later. */
public sealed class StoreUnavailable extends RuntimeException permits StoreRefused {
    private static final long serialVersionUID = 1L;

    public StoreUnavailable(String message) {
        super(message);
    }

    public StoreUnavailable(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether another attempt may succeed without anybody's help. */
    public static boolean isReasonOf(Throwable failure) {
        return failure instanceof StoreUnavailable && !(failure instanceof StoreRefused);
    }
}
