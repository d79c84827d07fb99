package dev.parley.server.dispatch;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Timestamp;
import dev.parley.server.fanout.MetricFanOut;
import dev.parley.server.session.Identity;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;

/** Latest values: {@code metric}, {@code subscribe}, {@code unsubscribe}. Nothing here is stored. */
public final class MetricHandler {
    private final MetricFanOut fanOut;
    private final Rates rates;
    private final InstantSource clock;

    public MetricHandler(MetricFanOut fanOut, Rates rates, InstantSource clock) {
        this.fanOut = fanOut;
        this.rates = rates;
        this.clock = clock;
    }

    CompletionStage<?> metric(Conversation conversation, ClientMessage.Metric metric) {
        if (!conversation.session().signedInAs().has(Identity.ROLE_METRICS)) {
            conversation.refuse(
                    metric.id(), ErrorCode.FORBIDDEN, "Publishing metrics needs the role 'metrics' in your token.");
        } else if (conversation.isWithinRate(rates, Rates.Kind.METRIC, metric.id())) {
            String at = metric.at().orElseGet(() -> Timestamp.of(clock.instant()));
            fanOut.metric(
                    conversation.session(),
                    metric.id(),
                    new ServerMessage.Value(metric.metricId(), metric.value().orElseThrow(), at));
        }
        return Turns.DONE;
    }

    CompletionStage<?> subscribe(Conversation conversation, ClientMessage.Subscribe subscribe) {
        if (!conversation.isWithinRate(rates, Rates.Kind.JOIN, subscribe.id())) {
            return Turns.DONE;
        }
        String pattern = subscribe.metricId();
        if (conversation.subscriptions().size() >= Conversation.SUBSCRIPTIONS_MAX
                && !conversation.subscriptions().contains(pattern)) {
            conversation.refuse(
                    subscribe.id(),
                    ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                    "A connection can hold " + Conversation.SUBSCRIPTIONS_MAX
                            + " subscriptions; end one before you subscribe to '" + Field.shown(pattern)
                            + "', or use a '*' at the end.");
            return Turns.DONE;
        }
        conversation.subscriptions().add(pattern);
        // The next turn waits, so that a session has one snapshot at a time on its way.
        return fanOut.subscribe(conversation.session(), subscribe.id(), pattern).thenAccept(isWatched -> {
            if (!isWatched) {
                conversation.subscriptions().remove(pattern);
            }
        });
    }

    CompletionStage<?> unsubscribe(Conversation conversation, ClientMessage.Unsubscribe unsubscribe) {
        if (!conversation.isWithinRate(rates, Rates.Kind.JOIN, unsubscribe.id())) {
            return Turns.DONE;
        }
        conversation.subscriptions().remove(unsubscribe.metricId());
        fanOut.unsubscribe(conversation.session(), unsubscribe.id(), unsubscribe.metricId());
        return Turns.DONE;
    }
}
