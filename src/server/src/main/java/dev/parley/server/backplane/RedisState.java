package dev.parley.server.backplane;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/** Whether the connections to Redis work, each direction for itself. Logs each change once. Any thread. */
final class RedisState {
    private static final Logger LOG = System.getLogger(RedisState.class.getName());

    private static final String UNKNOWN = "It is being connected.";

    private final String address;

    private final Object lock = new Object();

    // Guarded by the lock: what is wrong with each direction.

    private Optional<String> sending = Optional.of(UNKNOWN);
    private Optional<String> receiving = Optional.of(UNKNOWN);
    /** What was logged last: whether something is wrong; empty before the first result. */
    private Optional<Boolean> logged = Optional.empty();

    private boolean isClosed;

    /** @param address for people, without a password */
    RedisState(String address) {
        this.address = address;
    }

    /** @param failure of the last command; empty if it was answered */
    void sent(Optional<String> failure) {
        Optional<Boolean> news;
        synchronized (lock) {
            sending = failure;
            news = news();
        }
        news.ifPresent(this::log);
    }

    /** @param failure of the last subscription or connection; empty if it works */
    void received(Optional<String> failure) {
        Optional<Boolean> news;
        synchronized (lock) {
            receiving = failure;
            news = news();
        }
        news.ifPresent(this::log);
    }

    /** Whether something is wrong, if that is to be logged now. Under the lock. */
    private Optional<Boolean> news() {
        Optional<String> failure = failure();
        boolean isKnown = failure.filter(UNKNOWN::equals).isEmpty();
        boolean isNews = isKnown && !isClosed && !logged.equals(Optional.of(failure.isPresent()));
        if (isNews) {
            logged = Optional.of(failure.isPresent());
        }
        return isNews ? logged : Optional.empty();
    }

    private Optional<String> failure() {
        return sending.filter(text -> !text.equals(UNKNOWN)).or(() -> receiving).or(() -> sending);
    }

    private void log(boolean isWrong) {
        if (isWrong) {
            problem().ifPresent(text -> LOG.log(Level.WARNING, text));
        } else {
            LOG.log(Level.INFO, "The backplane is connected: {0}.", address);
        }
    }

    /** For administrators; empty if both directions work. */
    Optional<String> problem() {
        synchronized (lock) {
            return failure()
                    .map(text -> "Redis does not answer (" + address + "): " + text
                            + " Messages of other nodes come a second later until it does.");
        }
    }

    /** From here on nothing is logged. */
    void close() {
        synchronized (lock) {
            isClosed = true;
        }
    }
}
