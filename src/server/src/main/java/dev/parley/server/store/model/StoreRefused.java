package dev.parley.server.store.model;

/**
 * The database refuses a statement of Parley: a bug of ours, or tables and rights that are not as Parley made them. It
 * will refuse it until somebody mends that. Reported by the store, once.
 */
public final class StoreRefused extends StoreUnavailable {
    private static final long serialVersionUID = 1L;

    public StoreRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
