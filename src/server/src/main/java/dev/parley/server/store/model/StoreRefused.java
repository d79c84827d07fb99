package dev.parley.server.store.model;

/**
 * The database refuses a statement of Parley: a bug in Parley, or tables or rights that are not as Parley created them.
 * Retrying does not help until an administrator repairs it. The store reports it once.
 */
public final class StoreRefused extends StoreUnavailable {
    private static final long serialVersionUID = 1L;

    public StoreRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
