package dev.parley.server.fanout;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Latest values to who watches them. Any thread: every method leaves a task for the fan-out's thread, which owns the state,
 * and returns at once.
 */
public final class MetricFanOut {
    private final FanOutLoop loop;
    private final Offers offers;
    private final MetricBoard metrics = new MetricBoard();

    MetricFanOut(FanOutLoop loop, Offers offers) {
        this.loop = loop;
        this.offers = offers;
    }

    /** A metric has a new value, measured by this node. */
    public void metric(ServerMessage.Value value) {
        loop.executeUnlessBusy(() -> show(value));
    }

    /** A client's metric; answered where it asked to be. */
    public void metric(Session sender, Optional<String> id, ServerMessage.Value value) {
        loop.executeUnlessBusy(() -> {
            boolean isKept = show(value);
            if (!isKept) {
                offers.offer(
                        sender,
                        ServerMessage.Error.of(
                                id,
                                ErrorCode.BAD_MESSAGE,
                                "This server holds " + MetricBoard.METRICS_MAX
                                        + " metrics and can hold no more, so not '" + value.metricId() + "'."));
            } else if (id.isPresent()) {
                offers.offer(sender, ServerMessage.Ack.of(id));
            }
        });
    }

    private boolean show(ServerMessage.Value value) {
        if (!metrics.put(value)) {
            return false;
        }
        Set<Session> watchers = metrics.watchersOf(value.metricId());
        if (!watchers.isEmpty()) {
            Encoded message = Encoded.of(new ServerMessage.Metric(value.metricId(), value.value(), value.at()));
            watchers.forEach(session -> {
                session.offerLatest(value.metricId(), message);
                offers.offered(session);
            });
        }
        return true;
    }

    public void subscribe(Session session, Optional<String> id, String pattern) {
        loop.execute(() -> {
            if (!session.isEnded()) {
                List<ServerMessage.Value> values = metrics.watch(session, pattern);
                offers.offer(session, new ServerMessage.Subscribed(id, pattern, values));
                session.settleLatest();
            }
        });
    }

    public void unsubscribe(Session session, Optional<String> id, String pattern) {
        loop.execute(() -> {
            metrics.unwatch(session, pattern);
            offers.offer(session, new ServerMessage.Unsubscribed(id, pattern));
        });
    }

    /** On the fan-out's thread. */
    void gone(Session session) {
        metrics.gone(session);
    }
}
