package dev.parley.server.store;

import dev.parley.server.store.jdbc.NodeTables;
import dev.parley.server.store.jdbc.Transactions;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/**
 * Holds the writer of a node back, on a server process of the database that it has not written to, until all nodes have
 * compared their logs with it. A node that knows nothing of what the database has lost would otherwise append in its
 * place before the node that knows it has renewed the epoch: two messages would have one position.
 *
 * <p>Confined to the writer's thread.
 */
final class LogBarrier {
    /** Others do it within a second of the fail-over. One that does not is taken for gone. */
    static final Duration WAIT_MAX = Duration.ofSeconds(3);

    private static final Duration POLL = Duration.ofMillis(50);
    private static final Logger LOG = System.getLogger(LogBarrier.class.getName());

    private final LogCheck logCheck;
    private final NodeTables nodes = new NodeTables();
    private final Supplier<Set<String>> others;
    private final Duration waitMax;
    private Optional<String> passed = Optional.empty();

    /** @param others ids of the other nodes that may know something, also of those that do not answer at the moment */
    LogBarrier(LogCheck logCheck, Supplier<Set<String>> others, Duration waitMax) {
        this.logCheck = logCheck;
        this.others = others;
        this.waitMax = waitMax;
    }

    /** The server process behind a connection. */
    String server(Handle sql) {
        return logCheck.server(sql);
    }

    /** Whether nothing is to be waited for, and nothing to be compared, before messages are appended there. */
    boolean isOpen(String server) {
        return passed.equals(Optional.of(server)) && logCheck.isChecked(server);
    }

    /**
     * Compares the log of this node, and blocks until the others have compared theirs, up to a deadline.
     *
     * @param connection to the process
     * @throws StoreUnavailable if the database failed or did not answer
     */
    void pass(Transactions.PinnedConnection connection) {
        LogCheck.Result own = connection.run(logCheck::check);
        logCheck.done(own);
        if (passed.equals(Optional.of(own.server()))) {
            return;
        }
        long begin = System.nanoTime();
        Set<String> missing = missing(connection, own.server());
        while (!missing.isEmpty() && System.nanoTime() - begin < waitMax.toNanos()) {
            pause();
            missing = missing(connection, own.server());
        }
        if (!missing.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "The nodes {0} did not compare their logs with the database within {1} s after its start or this"
                            + " node''s; this node goes on. If they are not gone, and the database has lost messages"
                            + " that they know, they notice it later.",
                    missing,
                    waitMax.toSeconds());
        }
        passed = Optional.of(own.server());
    }

    private Set<String> missing(Transactions.PinnedConnection connection, String server) {
        Set<String> missing = new HashSet<>(others.get());
        if (!missing.isEmpty()) {
            missing.removeAll(connection.run(sql -> nodes.compared(sql, server)));
        }
        return missing;
    }

    private static void pause() {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("The node is going down.", e);
        }
    }
}
