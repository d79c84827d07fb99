package dev.parley.server.session;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The health of this node. It is <em>live</em> until only a restart can heal it, and <em>ready</em> while it can serve
 * clients. Any thread; nothing blocks.
 */
public final class NodeHealth {
    /**
     * The result of one check.
     *
     * @param problem text for people; may be present although the check is up
     */
    public record Check(String name, boolean isUp, Optional<String> problem) {}

    private static final String DRAINING =
            "This node takes no clients and sends those away that it has: it stops, or an administrator drains it.";

    private final List<ThreadLiveness> threads;
    private final StoreProbe store;
    private final BooleanSupplier isDraining;
    private final Supplier<Optional<String>> storeProblem;
    private final Supplier<Optional<String>> otherNodes;

    /**
     * @param threads liveness of the threads that own state
     * @param storeProblem what is wrong with the store, also while it answers
     * @param otherNodes what is wrong with other nodes on the same database
     */
    public NodeHealth(
            List<ThreadLiveness> threads,
            StoreProbe store,
            BooleanSupplier isDraining,
            Supplier<Optional<String>> storeProblem,
            Supplier<Optional<String>> otherNodes) {
        this.threads = List.copyOf(threads);
        this.store = store;
        this.isDraining = isDraining;
        this.storeProblem = storeProblem;
        this.otherNodes = otherNodes;
    }

    /** The liveness checks. A check that is down means: restart this node. */
    public List<Check> live() {
        return threads.stream()
                .map(thread -> {
                    Optional<String> fault = thread.fault();
                    return new Check(thread.name(), fault.isEmpty(), fault);
                })
                .toList();
    }

    /** Whether the store answers; see {@link StoreProbe#isReachable}. */
    public CompletionStage<Boolean> isStoreReachable() {
        return store.isReachable();
    }

    /**
     * The readiness checks. A check that is down means: send no clients here. Another node on the same database does
     * not make this one unready, because the nodes of a rolling update would then wait for each other to end.
     */
    public List<Check> ready(boolean isStoreReachable) {
        Optional<String> draining = Optional.of(DRAINING).filter(text -> isDraining.getAsBoolean());
        return List.of(
                new Check("accepting", draining.isEmpty(), draining),
                new Check("nodes", true, otherNodes.get()),
                new Check("store", isStoreReachable, storeProblem.get()));
    }
}
