package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Timestamp;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.fanout.MetricFanOut;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;

/** Handles metrics: {@code metric}, {@code subscribe}, {@code unsubscribe}. Nothing is stored. */
public final class MetricHandler {
    private final MetricFanOut fanOut;
    private final InstantSource clock;

    public MetricHandler(MetricFanOut fanOut, InstantSource clock) {
        this.fanOut = fanOut;
        this.clock = clock;
    }

    CompletionStage<?> metric(SessionContext context, ClientMessage.Metric metric) {
        if (!context.session().signedInAs().has(Identity.ROLE_METRICS)) {
            context.errors()
                    .reply(
                            metric.id(),
                            Refusal.of(
                                    ErrorCode.FORBIDDEN, "Publishing metrics needs the role 'metrics' in your token."));
        } else if (context.rates().allow(RateLimiter.Kind.METRIC, metric.id())) {
            String at = metric.at().orElseGet(() -> Timestamp.of(clock.instant()));
            fanOut.metric(
                    context.session(),
                    metric.id(),
                    new ServerMessage.Value(metric.metricId(), metric.value().orElseThrow(), at));
        }
        return SerialExecutor.DONE;
    }

    CompletionStage<?> subscribe(SessionContext context, ClientMessage.Subscribe subscribe) {
        if (!context.rates().allow(RateLimiter.Kind.JOIN, subscribe.id())) {
            return SerialExecutor.DONE;
        }
        String pattern = subscribe.metricId();
        if (context.subscriptions().size() >= ServerMessage.Limits.SUBSCRIPTIONS_MAX
                && !context.subscriptions().contains(pattern)) {
            context.errors()
                    .reply(
                            subscribe.id(),
                            Refusal.of(
                                    ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                                    "A connection can hold " + ServerMessage.Limits.SUBSCRIPTIONS_MAX
                                            + " subscriptions; end one before you subscribe to '" + Field.shown(pattern)
                                            + "', or use a '*' at the end."));
            return SerialExecutor.DONE;
        }
        context.subscriptions().add(pattern);
        // The session's next task waits for this, so that a session has one snapshot in flight at a time.
        return fanOut.subscribe(context.session(), subscribe.id(), pattern).thenAccept(isWatched -> {
            if (!isWatched) {
                context.subscriptions().remove(pattern);
            }
        });
    }

    CompletionStage<?> unsubscribe(SessionContext context, ClientMessage.Unsubscribe unsubscribe) {
        if (!context.rates().allow(RateLimiter.Kind.JOIN, unsubscribe.id())) {
            return SerialExecutor.DONE;
        }
        context.subscriptions().remove(unsubscribe.metricId());
        fanOut.unsubscribe(context.session(), unsubscribe.id(), unsubscribe.metricId());
        return SerialExecutor.DONE;
    }
}
