package dev.parley.server.backplane;

import jakarta.json.JsonObject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * The lists of all nodes, for administrators. Each node has its own; the one that is asked asks the others over the
 * backplane, and says of which it got an answer. Nothing is sent while nobody asks.
 *
 * <p>Thread rule: any thread may call any method; none blocks.
 */
public final class ClusterLists {
    private static final Logger LOG = System.getLogger(ClusterLists.class.getName());

    private final String self;
    private final boolean hasOthers;
    private final NodeLists own;
    private final Consumer<NodeEvent> publish;
    private final Executor executor;
    private final ScatterGather<NodeEvent.Listed, NodeList> gather;

    /**
     * @param self id of this node
     * @param hasOthers whether other nodes hear this one
     * @param publish tells the other nodes; must not block
     * @param executor runs tasks of some milliseconds that do not block
     * @param timer runs a task after a time; must not block
     */
    ClusterLists(
            String self,
            boolean hasOthers,
            NodeLists own,
            Consumer<NodeEvent> publish,
            Executor executor,
            BiConsumer<Duration, Runnable> timer) {
        this.self = self;
        this.hasOthers = hasOthers;
        this.own = own;
        this.publish = publish;
        this.executor = executor;
        this.gather = new ScatterGather<>(timer, executor);
    }

    /** The lists of this node. */
    public NodeLists own() {
        return own;
    }

    /**
     * The sessions of this node, and of those others that answer within a second, by node. The stage fails with
     * {@link TooManyQuestions} if too many such questions are open.
     *
     * @param nodes all nodes
     * @param username as in {@link NodeLists#sessions}
     */
    public CompletionStage<Map<String, NodeList>> sessions(Set<String> nodes, Optional<String> username) {
        return all(
                nodes,
                question -> new NodeEvent.SessionsAsked(question, username),
                NodeLists::requireSession,
                CompletableFuture.completedStage(own.sessions(username)));
    }

    /** The rooms; as {@link #sessions}. A room is in the list of each node on which somebody is in it. */
    public CompletionStage<Map<String, NodeList>> rooms(Set<String> nodes) {
        return all(nodes, NodeEvent.RoomsAsked::new, NodeLists::requireRoom, own.rooms());
    }

    private CompletionStage<Map<String, NodeList>> all(
            Set<String> nodes,
            LongFunction<NodeEvent> event,
            Consumer<JsonObject> shape,
            CompletionStage<NodeList> here) {
        Set<String> others = new HashSet<>(hasOthers ? nodes : Set.of());
        others.remove(self);
        // Questions that differ in their numbers only are equal.
        return gather.ask(
                        event.apply(0),
                        others,
                        listed -> NodeList.decoded(listed.count(), listed.items(), shape),
                        question -> publish.accept(event.apply(question)))
                .thenCombine(here, (there, list) -> {
                    Map<String, NodeList> all = new HashMap<>(there);
                    all.put(self, list);
                    return Map.copyOf(all);
                });
    }

    /** Another node wants to know the sessions of this one. */
    void asked(String asker, NodeEvent.SessionsAsked asked) {
        executor.execute(() ->
                answer(asker, asked.question(), CompletableFuture.completedStage(own.sessions(asked.username()))));
    }

    /** Another node wants to know the rooms of this one. */
    void asked(String asker, NodeEvent.RoomsAsked asked) {
        answer(asker, asked.question(), own.rooms());
    }

    private void answer(String asker, long question, CompletionStage<NodeList> list) {
        list.thenAcceptAsync(
                        here -> publish.accept(new NodeEvent.Listed(asker, question, here.count(), here.encoded())),
                        executor)
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        LOG.log(Level.ERROR, "A bug in the lists of this node; another node gets no answer.", failure);
                    }
                });
    }

    /** Another node has answered a question. */
    void received(String node, NodeEvent.Listed listed) {
        if (listed.asker().equals(self)) {
            gather.answered(listed.question(), node, listed);
        }
    }
}
