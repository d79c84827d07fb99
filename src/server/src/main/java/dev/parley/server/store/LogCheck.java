package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.store.jdbc.MessageTables;
import dev.parley.server.store.jdbc.NodeTables;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/**
 * Notices that the database has lost what this node knows to be committed: after a fail-over to a standby that lacked
 * the last commits, or a restored backup. Before anything is written to another server process than before, it compares
 * the newest known message of each channel. A channel that lacks it, or has another one in its place, gets a new epoch
 * in the same transaction, so that no reader takes new messages for those that it has.
 *
 * <p>Any thread; {@link #check} works inside the caller's transaction and blocks.
 */
final class LogCheck {
    private static final Logger LOG = System.getLogger(LogCheck.class.getName());

    private final KnownCommits known;
    private final MessageTables tables;
    private final NodeTables nodes = new NodeTables();
    private final Optional<String> clusterNode;
    private final Supplier<String> epochs;
    private final Function<Handle, String> server;
    private volatile Consumer<Channel> onLost = channel -> {};
    private volatile Optional<String> checked = Optional.empty();

    /**
     * @param server names the process of the database: another one after each of its starts
     * @param epochs creates a random epoch
     * @param clusterNode id of this node, if others wait until it has compared
     */
    LogCheck(
            KnownCommits known,
            MessageTables tables,
            Supplier<String> epochs,
            Function<Handle, String> server,
            Optional<String> clusterNode) {
        this.clusterNode = clusterNode;
        this.known = known;
        this.tables = tables;
        this.epochs = epochs;
        this.server = server;
    }

    /** @param listener called with each channel that got a new epoch, after the commit; must not block */
    void onLost(Consumer<Channel> listener) {
        onLost = listener;
    }

    /**
     * What a check found.
     *
     * @param compared what was known when it began
     * @param lost channels that have a new epoch when the transaction commits
     */
    record Result(String server, Map<Channel, KnownCommits.Commit> compared, Set<Channel> lost) {}

    /** Compares, if this is another server process than the last that was checked. */
    Result check(Handle sql) {
        String now = server(sql);
        if (isChecked(now)) {
            return new Result(now, Map.of(), Set.of());
        }
        clusterNode.ifPresent(node -> nodes.noteCompared(sql, node, now));
        Map<Channel, KnownCommits.Commit> all = checked.isEmpty() ? Map.of() : known.all();
        if (all.isEmpty()) {
            return new Result(now, all, Set.of());
        }
        Map<Channel, MessageTables.Expected> expected = new HashMap<>();
        all.forEach((channel, commit) ->
                expected.put(channel, new MessageTables.Expected(commit.position(), commit.ending())));
        return new Result(now, all, tables.renewLost(sql, expected, epochs.get()));
    }

    /** The server process behind a connection. */
    String server(Handle sql) {
        return server.apply(sql);
    }

    /** The server process that was checked last. */
    Optional<String> checked() {
        return checked;
    }

    boolean isChecked(String name) {
        return checked.equals(Optional.of(name));
    }

    /**
     * A message that another node has stored. It does not count if it is of another server process than the last that
     * was checked: one that follows would take the place of what it lacks, and one that is gone may not have it.
     *
     * @param server the process that has the message; empty if nobody said it
     * @return whether it counts; otherwise its readers hear of it when this node has looked into the database
     */
    boolean committedElsewhere(Channel channel, Position position, String json, Optional<String> server) {
        boolean counts = server.isEmpty() || checked.isEmpty() || checked.equals(server);
        if (counts) {
            known.committed(channel, position, json, server);
        }
        return counts;
    }

    /** The transaction of a check has committed. What became known meanwhile is compared by the next one. */
    void done(Result result) {
        if (result.compared().isEmpty() || !hasNews(result)) {
            checked = Optional.of(result.server());
        }
        if (!result.lost().isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "THE DATABASE HAS LOST ACKNOWLEDGED MESSAGES in {0} channels, as after a fail-over to a standby"
                            + " that lacked them: {1}. These channels have a new epoch; their readers reload.",
                    result.lost().size(),
                    shown(result.lost()));
            result.lost().forEach(channel -> {
                known.forget(channel, result.compared().get(channel));
                onLost.accept(channel);
            });
        }
    }

    /** Whether something of another server process has become known since the check began. */
    private boolean hasNews(Result result) {
        return known.all().entrySet().stream()
                .anyMatch(entry -> !entry.getValue().equals(result.compared().get(entry.getKey()))
                        && entry.getValue().server().stream().anyMatch(name -> !name.equals(result.server())));
    }

    private static String shown(Collection<Channel> channels) {
        return channels.stream().limit(10).map(Channel::name).toList() + (channels.size() > 10 ? " and others" : "");
    }
}
