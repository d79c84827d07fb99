package dev.parley.server.fanout;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.fanout.metrics.LatestMetrics;
import dev.parley.server.fanout.metrics.SharedMetrics;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.Session;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Delivers the latest values of metrics to the sessions that watch them. Any thread: every method posts a task to the
 * metrics' own event loop, which owns the state, and returns at once. Chat has another loop, so that it never waits for
 * a snapshot of ten thousand values.
 */
public final class MetricFanOut {
    private static final long RETRY_AFTER_MILLIS = 1_000;

    /** How long values wait for others that leave for other nodes with them. */
    private static final long SHARED_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Values of a snapshot that the event loop joins itself, in some microseconds. */
    static final int JOINED_AT_ONCE_MAX = 100;

    private final EventLoop loop;
    private final Executor joins;
    private final MessageEncoding encoding;
    private final FlushBatch batch;
    private final LatestMetrics latest;
    /** What other nodes are told; empty if there are none. Confined to the loop. */
    private Optional<SharedMetrics> shared = Optional.empty();

    /**
     * @param loop used by this object only: all latest values of a session come from one thread, so that none overtakes
     *     another
     * @param joins joins large snapshots, of ten thousand values in some milliseconds; runs every task
     */
    public MetricFanOut(EventLoop loop, MessageEncoding encoding, Executor joins) {
        this(loop, encoding, joins, new LatestMetrics());
    }

    MetricFanOut(EventLoop loop, MessageEncoding encoding, Executor joins, LatestMetrics latest) {
        this.loop = loop;
        this.joins = joins;
        this.encoding = encoding;
        this.batch = new FlushBatch(encoding);
        this.latest = latest;
        loop.flushing(batch);
    }

    /** @param others told of the values that are published here; from then on this node is told too */
    public void share(SharedMetrics.Reports others) {
        loop.execute(() -> {
            SharedMetrics fresh = new SharedMetrics(others);
            shared = Optional.of(fresh);
            loop.everyTick(fresh::tick);
            fresh.ask();
        });
    }

    /** Takes values that were published on another node; see {@link SharedMetrics.Reports#values}. */
    public void received(String node, long number, Map<String, Encoded> values) {
        loop.executeUnlessBusy(() -> shared.ifPresent(metrics ->
                metrics.received(node, number, values).forEach(metricId -> show(metricId, values.get(metricId)))));
    }

    /** Asks the other nodes for their values: some may have been lost. */
    public void askOthers() {
        loop.execute(() -> shared.ifPresent(SharedMetrics::ask));
    }

    /** Another node wants to know the values that were published here. */
    public void asked() {
        loop.execute(() -> shared.ifPresent(SharedMetrics::asked));
    }

    /** Publishes a new value of a metric that this node measures. */
    void metric(ServerMessage.Value value) {
        Encoded metric = encoded(value);
        loop.executeUnlessBusy(() -> publish(value.metricId(), metric));
    }

    private boolean publish(String metricId, Encoded metric) {
        boolean isKept = show(metricId, metric);
        if (isKept && shared.isPresent() && shared.get().published(metricId, metric)) {
            loop.schedule(SHARED_AFTER_NANOS, () -> shared.get().send());
        }
        return isKept;
    }

    /** Publishes a client's value of a metric. A message with an id is answered, even if the value is skipped. */
    public void metric(Session sender, Optional<String> id, ServerMessage.Value value) {
        Encoded metric = encoded(value);
        boolean isTaken = loop.executeUnlessBusy(() -> {
            boolean isKept = publish(value.metricId(), metric);
            if (!isKept) {
                batch.offer(
                        sender,
                        ServerMessage.Error.of(
                                id,
                                ErrorCode.BAD_MESSAGE,
                                "This server holds " + LatestMetrics.METRICS_MAX
                                        + " metrics and can hold no more, so not '" + Field.shown(value.metricId())
                                        + "'."));
            } else if (id.isPresent()) {
                batch.offer(sender, ServerMessage.Ack.of(id));
            }
        });
        if (!isTaken && id.isPresent()) {
            sender.answer(ServerMessage.Error.retryable(
                    id,
                    ErrorCode.RATE_LIMITED,
                    "More metrics come than this server can show; this value was skipped.",
                    RETRY_AFTER_MILLIS));
        }
    }

    /** Encodes on the caller's thread, even if the value is skipped later. */
    private Encoded encoded(ServerMessage.Value value) {
        return encoding.encode(new ServerMessage.Metric(value.metricId(), value.value(), value.at()));
    }

    private boolean show(String metricId, Encoded metric) {
        if (!latest.put(metricId, metric)) {
            return false;
        }
        latest.watchersOf(metricId).forEach(session -> {
            session.offerLatest(metricId, metric);
            batch.markDirty(session);
        });
        return true;
    }

    /**
     * Sends {@code subscribed} with the latest values, then new values.
     *
     * @return false, with an error sent, if this node has reached its limit of subscriptions
     */
    public CompletionStage<Boolean> subscribe(Session session, Optional<String> id, String pattern) {
        return loop.ask(() -> {
                    List<Encoded> values = latest.matching(pattern, JOINED_AT_ONCE_MAX + 1);
                    return values.size() <= JOINED_AT_ONCE_MAX
                            ? CompletableFuture.completedFuture(
                                    subscribed(session, id, pattern, snapshot(id, pattern, values)))
                            : joinedElsewhere(session, id, pattern);
                })
                .thenCompose(subscribed -> subscribed);
    }

    private CompletionStage<Boolean> joinedElsewhere(Session session, Optional<String> id, String pattern) {
        long version = latest.version();
        return CompletableFuture.supplyAsync(() -> wholeSnapshot(id, pattern), joins)
                .thenCompose(snapshot -> loop.ask(() -> subscribed(session, id, pattern, snapshot, version)));
    }

    /** @param version of the values when the snapshot was begun; it may hold newer ones, too */
    private boolean subscribed(Session session, Optional<String> id, String pattern, Encoded snapshot, long version) {
        Optional<Set<String>> changed = latest.changedSince(version, pattern);
        boolean isOlder =
                changed.isEmpty() || changed.get().stream().anyMatch(metricId -> latest.isWatching(session, metricId));
        if (isOlder) {
            // The session may have newer values than the snapshot: rare enough to be joined here.
            return subscribed(session, id, pattern, wholeSnapshot(id, pattern));
        }
        boolean isSubscribed = subscribed(session, id, pattern, snapshot);
        if (isSubscribed) {
            changed.get().forEach(metricId -> session.offerLatest(metricId, latest.valueOf(metricId)));
        }
        return isSubscribed;
    }

    private boolean subscribed(Session session, Optional<String> id, String pattern, Encoded snapshot) {
        if (session.isEnded()) {
            return true;
        }
        if (!latest.watch(session, pattern)) {
            batch.offer(
                    session,
                    ServerMessage.Error.of(
                            id,
                            ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                            "This server holds " + LatestMetrics.WATCHES_MAX
                                    + " subscriptions and can hold no more, so not '" + Field.shown(pattern) + "'."));
            return false;
        }
        batch.offer(session, snapshot);
        session.freezeLatest();
        return true;
    }

    private Encoded wholeSnapshot(Optional<String> id, String pattern) {
        return snapshot(id, pattern, latest.matching(pattern, LatestMetrics.METRICS_MAX));
    }

    private Encoded snapshot(Optional<String> id, String pattern, List<Encoded> values) {
        if (values.isEmpty()) {
            return encoding.encode(ServerMessage.Subscribed.withoutValue(id, pattern));
        }
        String withoutValues = encoding.json(ServerMessage.Subscribed.of(id, pattern, List.of()));
        return Encoded.of(MessageCodec.insertMetrics(
                withoutValues, values.stream().map(Encoded::json).toList()));
    }

    public void unsubscribe(Session session, Optional<String> id, String pattern) {
        loop.execute(() -> {
            latest.unwatch(session, pattern);
            batch.offer(session, new ServerMessage.Unsubscribed(id, pattern));
        });
    }

    /** Removes the watches of a session that has ended. */
    public void sessionEnded(Session session) {
        loop.execute(() -> latest.sessionEnded(session));
    }
}
