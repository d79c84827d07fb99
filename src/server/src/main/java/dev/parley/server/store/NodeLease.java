package dev.parley.server.store;

import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.NodeTables;
import dev.parley.server.store.model.ListedNode;
import dev.parley.server.store.model.NodeReport;
import dev.parley.server.store.model.StoreUnavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * This node's lease in the table of the nodes that use the database. Nodes without a backplane do not exchange
 * messages: nothing keeps a second one from starting, but each warns while the lease of another one is valid. Leases
 * expire by the clock of the database, so that the clocks of the nodes do not matter.
 *
 * <p>Thread rule: any thread may call any method; only {@link #close} blocks. Queries run on the threads of
 * {@link Database}, one at a time.
 */
public final class NodeLease implements AutoCloseable {
    /** How often {@link #renew} must be called. */
    public static final Duration RENEWAL = Duration.ofSeconds(5);

    /** Two minutes of renewals: longer than a node that was frozen, or cut off, is expected back. */
    private static final int RECENT = 24;

    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(2);
    private static final int NAME_MAX = 200;
    private static final String LOCAL = "local";
    private static final Logger LOG = System.getLogger(NodeLease.class.getName());

    private final Database database;
    private final NodeTables tables = new NodeTables();
    private final Self self;
    private final Supplier<NodeReport> report;

    private final Object lock = new Object();
    /** The last renewal; empty before the first. */
    private Optional<CompletableFuture<?>> renewal = Optional.empty();

    private boolean isClosed;

    /** Written by the renewals, of which one runs at a time. */
    private volatile List<NodeTables.Node> others = List.of();

    /** In how many of the last lists each of the other nodes was missing. Written as the others are. */
    private volatile Map<String, Integer> missingFor = Map.of();

    private volatile Consumer<Set<String>> onOthers = nodes -> {};
    private volatile Consumer<List<NodeReport>> onReports = reports -> {};

    /**
     * This node.
     *
     * @param id random and different at each start: a node that restarts after a crash sees its old lease as another
     *     node's
     * @param name for people: what the settings say, or process and host
     * @param version of Parley
     * @param isCluster whether this node works together with others on the database
     */
    public record Self(String id, String name, String version, boolean isCluster) {
        public Self {
            name = name.substring(0, Math.min(name.length(), NAME_MAX));
        }

        private NodeTables.Registration registration() {
            return new NodeTables.Registration(id, name, version, isCluster ? "redis" : LOCAL);
        }
    }

    /** @param report what this node says of itself at each renewal; must not block */
    public NodeLease(Database database, Self self, Supplier<NodeReport> report) {
        this.database = database;
        this.self = self;
        this.report = report;
    }

    /** The id of this node. */
    public String id() {
        return self.id();
    }

    /**
     * Takes the lease on the calling thread, before this node stores anything: the others look for what nodes with a
     * lease have stored.
     *
     * @throws StoreUnavailable if the database does not answer
     */
    public void take() {
        NodeReport now = report.get();
        othersChanged(database.transactions().runRetryingCollision(sql -> tables.renew(sql, self.registration(), now)));
        synchronized (lock) {
            renewal = Optional.of(CompletableFuture.completedFuture(null));
        }
    }

    /** @param listener called with the ids of the other nodes when they change; must not block */
    public void onOthers(Consumer<Set<String>> listener) {
        onOthers = listener;
    }

    /** @param listener called with the reports of the other nodes at each renewal; must not block */
    public void onReports(Consumer<List<NodeReport>> listener) {
        onReports = listener;
    }

    /**
     * The id of the cluster that uses a database; reads on the calling thread.
     *
     * @param fresh its id if it has none yet
     * @throws StoreUnavailable if the database does not answer
     */
    public static String clusterId(Database database, String fresh) {
        return database.transactions().runRetryingCollision(sql -> new NodeTables().clusterId(sql, fresh));
    }

    /** Takes or renews the lease and looks for other nodes; does nothing while the last renewal is running. */
    public void renew() {
        NodeReport now = report.get();
        synchronized (lock) {
            boolean isUnderWay = renewal.filter(last -> !last.isDone()).isPresent();
            if (!isClosed && !isUnderWay) {
                renewal = Optional.of(database.query(sql -> tables.renew(sql, self.registration(), now))
                        .handle(this::renewed));
            }
        }
    }

    private Void renewed(List<NodeTables.Node> now, Throwable failure) {
        if (failure == null) {
            othersChanged(now);
            onReports.accept(now.stream().map(NodeTables.Node::report).toList());
        } else {
            LOG.log(Level.DEBUG, "The lease of this node is not renewed at the moment.", failure);
        }
        return null;
    }

    /** Logs each change once. */
    private void othersChanged(List<NodeTables.Node> now) {
        boolean areSame = ids(now).equals(ids(others));
        others = now;
        missingFor = missingFor(missingFor, ids(now));
        if (areSame) {
            return;
        }
        onOthers.accept(ids(now));
        List<NodeTables.Node> strangers = strangers(now);
        if (!strangers.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "ANOTHER NODE USES THE SAME DATABASE: {0}. A client of one node does not receive what is"
                            + " sent at the other until it reconnects. Set parley.backplane to redis on all nodes, or"
                            + " give each its own database. If that node was killed, this ends by itself within half a"
                            + " minute.",
                    described(strangers));
        } else if (self.isCluster()) {
            LOG.log(Level.INFO, "The other nodes of the cluster: {0}.", now.isEmpty() ? "none" : described(now));
        } else {
            LOG.log(Level.INFO, "This node has its database for itself again.");
        }
    }

    private static Map<String, Integer> missingFor(Map<String, Integer> before, Set<String> now) {
        Map<String, Integer> next = new HashMap<>();
        before.forEach((node, count) -> {
            if (count + 1 < RECENT) {
                next.put(node, count + 1);
            }
        });
        now.forEach(node -> next.put(node, 0));
        return Map.copyOf(next);
    }

    /**
     * The ids of the other nodes in one of the last {@value #RECENT} lists that the database gave: while it does not
     * answer, nobody is forgotten.
     */
    public Set<String> recentOthers() {
        return missingFor.keySet();
    }

    private static Set<String> ids(List<NodeTables.Node> nodes) {
        return nodes.stream().map(NodeTables.Node::id).collect(Collectors.toSet());
    }

    /** The nodes that this one does not hear, or that do not hear it. */
    private List<NodeTables.Node> strangers(List<NodeTables.Node> nodes) {
        return nodes.stream()
                .filter(node -> !self.isCluster() || node.backplane().equals(LOCAL))
                .toList();
    }

    private static String described(List<NodeTables.Node> nodes) {
        return nodes.stream()
                .map(node -> node.name() + ", started at " + node.startedAt().toInstant())
                .collect(Collectors.joining("; "));
    }

    /**
     * Whether this node does what one node is enough for: the one with the least id. While nodes come and go it may be
     * none for some seconds, or two.
     */
    public boolean isFirst() {
        return others.stream().allMatch(other -> self.id().compareTo(other.id()) < 0);
    }

    /**
     * All nodes with a lease, each with its last report; this one too, from its first renewal on. The stage fails with
     * {@link StoreUnavailable} if the database does not answer.
     */
    public CompletionStage<List<ListedNode>> nodes() {
        return database.query(tables::list);
    }

    /** A warning for administrators while other nodes use the database. */
    public Optional<String> problem() {
        int count = strangers(others).size();
        return count == 0
                ? Optional.empty()
                : Optional.of("Other nodes that use the same database: " + count
                        + ". A client of one does not receive what is sent at another. Set parley.backplane to redis"
                        + " on all of them.");
    }

    /** Releases the lease, so that the next node does not warn. If the database does not answer, the lease expires. */
    @Override
    public void close() {
        Optional<CompletableFuture<?>> last;
        synchronized (lock) {
            isClosed = true;
            last = renewal;
        }
        if (last.isEmpty()) {
            return;
        }
        try {
            last.get()
                    .thenCompose(renewed -> database.query(sql -> tables.delete(sql, self.id())))
                    .get(CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.log(Level.DEBUG, "The lease of this node was not given back; it ends by itself.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
