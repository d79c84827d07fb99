package dev.parley.server.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.Channel;
import dev.parley.server.backplane.GrowthLog;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.GrowthTables;
import dev.parley.server.store.jdbc.NodeTables;
import dev.parley.server.store.model.StageFailure;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/**
 * Reads which channels other nodes have written to; {@link GroupCommit} writes it. Any thread may call any method; none
 * blocks. A transient failure fails a stage with {@link StoreUnavailable}.
 */
public final class GrowthStore implements GrowthLog {
    private static final int CHANNELS_MAX = 100_000;
    private static final int NODES_MAX = 1_000;

    private final Database database;
    private final String self;
    private final DatabaseClock clock;
    private final GrowthTables tables = new GrowthTables();
    private final NodeTables nodes = new NodeTables();
    private volatile Consumer<String> onServer = server -> {};
    /** Written by the calls of {@link #since}, of which one runs at a time. */
    private volatile String server = "";

    /** By the id of the row, which no other channel ever gets. */
    private final Cache<Long, Channel> channels =
            Caffeine.newBuilder().maximumSize(CHANNELS_MAX).build();

    /**
     * @param self id of this node
     * @param clock told the database's time with each {@link #since}
     */
    public GrowthStore(Database database, String self, DatabaseClock clock) {
        this.database = database;
        this.self = self;
        this.clock = clock;
    }

    /** @param listener told with each {@link #since} which process of the database answered; must not block */
    public void onServer(Consumer<String> listener) {
        onServer = listener;
    }

    /**
     * Reads the database's time on the calling thread, before anything is stored by it.
     *
     * @throws StoreUnavailable after a transient failure
     */
    public void start() {
        database.transactions().runRetryingCollision(sql -> {
            Instant asked = clock.nodeTime();
            clock.seen(asked, tables.now(sql));
            return null;
        });
    }

    @Override
    public boolean isUnavailable(Throwable failure) {
        return StageFailure.cause(failure) instanceof StoreUnavailable;
    }

    @Override
    public CompletionStage<Growth> since(Mark mark) {
        return database.statements(sql -> {
            Instant asked = clock.nodeTime();
            GrowthTables.Growth growth = tables.since(sql, self, mark.numbers());
            clock.seen(asked, growth.now());
            if (!server.equals(growth.server())) {
                // After a restored backup a channel may have another's id.
                channels.invalidateAll();
                server = growth.server();
            }
            onServer.accept(growth.server());
            // Nodes that ended long ago are forgotten. One that is forgotten too early is read once more.
            Map<String, Long> numbers =
                    mark.numbers().size() < NODES_MAX ? new HashMap<>(mark.numbers()) : new HashMap<>();
            numbers.putAll(growth.numbers());
            Set<Long> read = new HashSet<>();
            Set<Channel> changed = new HashSet<>();
            boolean isAllChanged = false;
            for (GrowthTables.Change change : growth.changes()) {
                boolean isNews = read.add(change.id())
                        && !mark.equals(Mark.START)
                        && !mark.changes().contains(change.id());
                if (isNews) {
                    change.channel().ifPresent(changed::add);
                    isAllChanged |= change.channel().isEmpty();
                }
            }
            return new Growth(
                    byChannel(sql, growth.heads()), changed, isAllChanged, new Mark(numbers, read, growth.now()));
        });
    }

    private Map<Channel, Long> byChannel(Handle sql, Map<Long, Long> heads) {
        Map<Long, Channel> known = new HashMap<>(channels.getAllPresent(heads.keySet()));
        Set<Long> unknown = new HashSet<>(heads.keySet());
        unknown.removeAll(known.keySet());
        if (!unknown.isEmpty()) {
            Map<Long, Channel> found = tables.channels(sql, unknown);
            channels.putAll(found);
            known.putAll(found);
        }
        Map<Channel, Long> named = new HashMap<>();
        known.forEach((id, channel) -> named.put(channel, heads.get(id)));
        return named;
    }

    @Override
    public CompletionStage<Map<Channel, Backlog.State>> states(Collection<Channel> some) {
        return database.statements(sql -> tables.states(sql, some));
    }

    /** Deletes what no node needs any more. To be called now and then. */
    public CompletionStage<?> trim() {
        return database.statements(sql -> tables.trim(sql) + nodes.trimCompared(sql));
    }
}
