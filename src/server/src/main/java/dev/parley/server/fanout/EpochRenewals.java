package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Gives a new epoch to channels whose log went back, as after a restored backup, and then closes the sessions that read
 * them: they reconnect and get {@code recovered: false}. A session that was closed before the renewal could reconnect
 * with a position that the log has reached again with different messages. Confined to the fan-out's event loop.
 */
final class EpochRenewals {
    private static final Logger LOG = System.getLogger(EpochRenewals.class.getName());

    /** Short: they miss what is said meanwhile. Admission bounds how many a node takes at once. */
    private static final Duration RETURN_SPREAD = Duration.ofSeconds(3);

    private final EventLoop loop;
    private final Backlog backlog;
    private final Consumer<Channel> onRenewed;
    /** Channels whose epoch is being renewed, each with the sessions to be closed after that. */
    private final Map<Channel, Set<Session>> waiting = new HashMap<>();

    /** Channels whose epoch the store could not renew at the last attempt. */
    private final Set<Channel> toRetry = new LinkedHashSet<>();

    /** @param onRenewed told of each channel whose epoch was renewed */
    EpochRenewals(EventLoop loop, Backlog backlog, Consumer<Channel> onRenewed) {
        this.loop = loop;
        this.backlog = backlog;
        this.onRenewed = onRenewed;
    }

    /** @param readers sessions that read the channel, and are no longer registered for it */
    void renew(Channel channel, Collection<Session> readers) {
        boolean isUnderWay = waiting.containsKey(channel);
        waiting.computeIfAbsent(channel, key -> new LinkedHashSet<>()).addAll(readers);
        if (!isUnderWay) {
            LOG.log(
                    Level.WARNING,
                    "The log of {0} went back, as after a restored backup: it gets a new epoch, and its readers are"
                            + " disconnected to reload. POST /api/epochs does this for all channels at once.",
                    channel);
            ask(channel);
        }
    }

    private void ask(Channel channel) {
        backlog.renewEpoch(channel)
                .whenComplete((renewed, failure) -> loop.execute(() -> {
                    if (failure == null) {
                        sendAway(waiting.remove(channel));
                        onRenewed.accept(channel);
                    } else if (backlog.isUnavailable(failure)) {
                        toRetry.add(channel);
                    } else {
                        LOG.log(Level.ERROR, "A bug while renewing the epoch of " + channel, failure);
                        waiting.remove(channel).forEach(session -> session.close(CloseCode.INTERNAL_ERROR));
                    }
                }));
    }

    /** Closes the sessions, each with a random reconnect delay, so that they do not all reload at once. */
    static void sendAway(Collection<Session> sessions) {
        for (Session session : sessions) {
            Duration delay = Duration.ofMillis(ThreadLocalRandom.current().nextLong(RETURN_SPREAD.toMillis()));
            session.sendGoodbye(CloseCode.SERVICE_RESTART, delay);
            session.close(CloseCode.SERVICE_RESTART);
        }
    }

    /** Retries the renewals that the store could not do. */
    void tick() {
        List<Channel> now = List.copyOf(toRetry);
        toRetry.clear();
        now.forEach(this::ask);
    }
}
