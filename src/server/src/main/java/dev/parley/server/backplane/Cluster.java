package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.fanout.ChannelWatch;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.MetricFanOut;
import dev.parley.server.fanout.metrics.SharedMetrics;
import dev.parley.server.fanout.presence.Occupants;
import dev.parley.server.fanout.presence.PresenceReports;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.Session;
import dev.parley.server.session.SessionId;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.ThreadLiveness;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * All nodes, as dispatch, store and API see them: what happens here reaches the readers of this node at once, and those
 * of the others by the {@link Backplane}. What happens there reaches the readers of this node.
 *
 * <p>Thread rule: any thread may call any method; none blocks, except {@link #stored}, which may wait while the fan-out
 * is overloaded.
 */
public final class Cluster implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Cluster.class.getName());

    private final String self;
    private final FanOut fanOut;
    private final MetricFanOut metrics;
    private final ChannelWatch watch;
    private final Sessions sessions;
    private final MessageEncoding encoding;
    private final Executor executor;
    private final Backplane backplane;
    private final Optional<GrowthPoll> poll;
    /** Empty if this node is the only one, or users have no limit. */
    private final Optional<UserSessionLimit> userLimit;

    private final ClusterLists lists;

    private volatile Consumer<UserKey> onTokensRevoked = user -> {};
    private volatile Consumer<String> onNameTaken = name -> {};
    private volatile StoredListener onStored = (channel, position, message, server) -> true;

    /** Takes a message that another node has stored; see {@link NodeEvent.Stored}. It must not block. */
    @FunctionalInterface
    public interface StoredListener {
        /** @return whether it may be delivered before it is found in the database */
        boolean stored(Channel channel, Position position, Encoded message, Optional<String> server);
    }

    /**
     * @param self id of this node
     * @param clock the clock of the database
     * @param executor runs tasks of some milliseconds that do not block
     * @param growth the store's log of what other nodes wrote; empty if this node is the only one
     * @param backplane creates the backplane from what takes its events
     */
    public Cluster(
            String self,
            FanOut fanOut,
            MetricFanOut metrics,
            ChannelWatch watch,
            Sessions sessions,
            InstantSource clock,
            MessageEncoding encoding,
            Executor executor,
            Optional<GrowthLog> growth,
            Function<Backplane.Listener, Backplane> backplane) {
        this.self = self;
        this.fanOut = fanOut;
        this.metrics = metrics;
        this.watch = watch;
        this.sessions = sessions;
        this.encoding = encoding;
        this.executor = executor;
        this.poll = growth.map(
                log -> new GrowthPoll(log, this::read, fanOut::reportsMissed, this::heard, this::statesSeen));
        // Before the backplane, whose events they take.
        this.userLimit = growth.filter(log -> sessions.caps().user() > 0)
                .map(log -> new UserSessionLimit(self, sessions, clock, this::publish));
        this.lists = new ClusterLists(
                self,
                growth.isPresent(),
                new NodeLists(sessions, fanOut, executor),
                this::publish,
                executor,
                fanOut::runAfter);
        this.backplane = backplane.apply(new Heard());
        fanOut.onTyping((room, typist) -> this.backplane.publish(
                new NodeEvent.Ephemeral(room, encoding.encode(typing(room, typist)), Optional.of(typist))));
        fanOut.onBinary((room, frame) -> this.backplane.publish(new NodeEvent.Binary(room, frame)));
        fanOut.onEpochRenewed(channel -> {
            watch.changed(channel);
            this.backplane.publish(new NodeEvent.EpochRenewed(channel));
        });
        if (growth.isPresent()) {
            fanOut.reportPresence(new Reports());
            metrics.share(new Metrics());
        }
    }

    /** Tells the other nodes who is present here. */
    private final class Reports implements PresenceReports {
        @Override
        public void changed(
                Channel.Room room,
                long before,
                long version,
                List<ServerMessage.Person> joined,
                List<ServerMessage.Person> left) {
            backplane.publish(new NodeEvent.PresenceChanged(room, before, version, joined, left));
        }

        @Override
        public void present(Channel.Room room, long version, Occupants occupants) {
            backplane.publish(new NodeEvent.Present(room, version, occupants));
        }

        @Override
        public void ask(Channel.Room room, Optional<String> node) {
            backplane.publish(new NodeEvent.PresenceAsked(room, node));
        }

        @Override
        public void versions(Map<Channel.Room, Long> versions) {
            backplane.publish(new NodeEvent.PresenceVersions(versions));
        }
    }

    /** Tells the other nodes which values are published here. */
    private final class Metrics implements SharedMetrics.Reports {
        @Override
        public void values(long number, Map<String, Encoded> values) {
            backplane.publish(new NodeEvent.Metrics(number, values));
        }

        @Override
        public void ask() {
            backplane.publish(new NodeEvent.MetricsAsked());
        }
    }

    /** Only these other nodes have a lease: what is known of others is void. */
    public void nodesAlive(Set<String> nodes) {
        fanOut.nodesAlive(nodes);
        userLimit.ifPresent(limit -> limit.nodesAlive(nodes));
    }

    private void publish(NodeEvent event) {
        backplane.publish(event);
    }

    private static ServerMessage.Typing typing(Channel.Room room, ServerMessage.Person typist) {
        return new ServerMessage.Typing(room.name(), typist.username(), typist.guest());
    }

    /** @param listener called with each user whose tokens another node revoked; must not block */
    public void onTokensRevoked(Consumer<UserKey> listener) {
        onTokensRevoked = listener;
    }

    /** @param listener called with each message of another node that this one hears of */
    public void onStored(StoredListener listener) {
        onStored = listener;
    }

    /** A message was stored; see {@link NodeEvent.Stored}. */
    public void stored(Channel channel, Position position, Encoded message, long aclVersion, Optional<String> server) {
        fanOut.deliver(channel, position, message, aclVersion);
        watch.grown(channel, position.seq());
        backplane.publish(new NodeEvent.Stored(channel, position, aclVersion, message, server));
    }

    /** Messages up to this seq are stored that were not reported, because the answer to a commit was lost. */
    public void grown(Channel channel, long head) {
        heard(Map.of(channel, head));
        backplane.publish(new NodeEvent.Grown(channel, head));
    }

    private void heard(Map<Channel, Long> heads) {
        if (!heads.isEmpty()) {
            fanOut.headsSeen(heads);
            heads.forEach(watch::grown);
        }
    }

    private void statesSeen(Map<Channel, Backlog.State> states) {
        fanOut.statesSeen(states);
        states.keySet().forEach(watch::changed);
    }

    /** An identity has lost the right to read a channel. */
    public void aclChanged(Channel channel, long aclVersion) {
        changed(channel, aclVersion);
        backplane.publish(new NodeEvent.AclChanged(channel, aclVersion));
    }

    private void changed(Channel channel, long aclVersion) {
        fanOut.aclChanged(channel, aclVersion);
        watch.changed(channel);
    }

    /** A channel has a new epoch: its readers are sent away, and reload. */
    public void epochRenewed(Channel channel) {
        renewed(channel);
        backplane.publish(new NodeEvent.EpochRenewed(channel));
    }

    private void renewed(Channel channel) {
        fanOut.sendReadersAway(channel);
        watch.changed(channel);
    }

    /** All channels have a new epoch. */
    public void allEpochsRenewed() {
        allRenewed();
        backplane.publish(new NodeEvent.AllEpochsRenewed());
    }

    private void allRenewed() {
        fanOut.sendAllReadersAway();
        watch.changedAll();
    }

    /** Delivers a message that is not stored to all readers of a channel. */
    public void deliverEphemeral(Channel channel, ServerMessage message) {
        Encoded encoded = encoding.encode(message);
        fanOut.deliverEphemeral(channel, encoded, Optional.empty());
        backplane.publish(new NodeEvent.Ephemeral(channel, encoded, Optional.empty()));
    }

    /** A session has signed in: its user may have too many on all nodes together. */
    public void signedIn(Session session) {
        userLimit.ifPresent(limit -> limit.signedIn(session));
    }

    /** A session of this node has ended, and is not among its {@link Sessions} any more. */
    public void ended(Session session) {
        userLimit.ifPresent(limit -> limit.ended(session));
    }

    /**
     * Closes a session that may be on another node.
     *
     * @param owner whose session it must be
     */
    public void closeSession(SessionId id, UserKey owner, CloseCode code) {
        if (!closed(id, Optional.of(owner), code)) {
            backplane.publish(new NodeEvent.SessionClosed(id, Optional.of(owner), code));
        }
    }

    /**
     * Closes anybody's session, which may be on another node.
     *
     * @return whether it was on this one; otherwise the others were told, if there are any
     */
    public boolean closeSession(SessionId id, CloseCode code) {
        boolean isHere = closed(id, Optional.empty(), code);
        if (!isHere) {
            backplane.publish(new NodeEvent.SessionClosed(id, Optional.empty(), code));
        }
        return isHere;
    }

    private boolean closed(SessionId id, Optional<UserKey> owner, CloseCode code) {
        Optional<Session> found = sessions.find(id)
                .filter(session -> owner.isEmpty()
                        || session.identity().map(who -> who.key()).equals(owner));
        found.ifPresent(session -> session.close(code));
        return found.isPresent();
    }

    /** What administrators see of all nodes. */
    public ClusterLists lists() {
        return lists;
    }

    /** @param listener called with each name that a user took on another node; must not block */
    public void onNameTaken(Consumer<String> listener) {
        onNameTaken = listener;
    }

    /** A user has signed in here for the first time. */
    public void nameTaken(String name) {
        backplane.publish(new NodeEvent.NameTaken(name));
    }

    /** The tokens of a user were revoked here, and the store knows it. */
    public void tokensRevoked(UserKey user) {
        backplane.publish(new NodeEvent.TokensRevoked(user));
    }

    /**
     * Lets this node hear what happens in channels, before somebody who reads them looks them up. Completes after half
     * a second at the latest.
     */
    public CompletionStage<?> subscribe(Collection<? extends Channel> channels) {
        return backplane.subscribe(channels);
    }

    private CompletionStage<Set<Channel>> read() {
        return fanOut.channels().thenApply(read -> {
            Set<Channel> all = new HashSet<>(read);
            all.addAll(watch.channels());
            return all;
        });
    }

    /** Finds what the backplane lost; does nothing if this node is the only one. To be called once a second. */
    public void maintain() {
        if (poll.isPresent()) {
            poll.get().poll();
            userLimit.ifPresent(UserSessionLimit::maintain);
            read().thenAcceptAsync(this::maintain, executor).whenComplete((done, failure) -> {
                if (failure != null) {
                    LOG.log(Level.ERROR, "A bug in the backplane; it is maintained again in a second.", failure);
                }
            });
        }
    }

    private void maintain(Set<Channel> read) {
        userLimit.ifPresent(limit -> read.addAll(limit.channels()));
        backplane.maintain(read);
    }

    /** Whether this node works together with others. */
    public boolean hasOthers() {
        return poll.isPresent();
    }

    /** What is wrong with the connection to other nodes; empty if nothing is. */
    public Optional<String> problem() {
        return backplane.problem();
    }

    /** The liveness of the backplane's thread, if it has one. */
    public Optional<ThreadLiveness> liveness() {
        return backplane.liveness();
    }

    private final class Heard implements Backplane.Listener {
        @Override
        public void received(String node, NodeEvent event) {
            Cluster.this.received(node, event);
        }

        @Override
        public void regained() {
            userLimit.ifPresent(UserSessionLimit::regained);
            fanOut.askPresence();
            metrics.askOthers();
        }
    }

    /** What may not be delivered now is found a second later. */
    private void received(NodeEvent.Stored stored) {
        if (onStored.stored(stored.channel(), stored.position(), stored.message(), stored.server())) {
            fanOut.receive(stored.channel(), stored.position(), stored.message(), stored.aclVersion());
            watch.grown(stored.channel(), stored.seq());
        }
    }

    private void received(String node, NodeEvent event) {
        if (event instanceof NodeEvent.Stored stored) {
            received(stored);
        } else if (event instanceof NodeEvent.Grown grown) {
            heard(Map.of(grown.channel(), grown.head()));
        } else if (event instanceof NodeEvent.AclChanged changed) {
            changed(changed.channel(), changed.aclVersion());
        } else if (event instanceof NodeEvent.EpochRenewed renewed) {
            renewed(renewed.channel());
        } else if (event instanceof NodeEvent.AllEpochsRenewed) {
            allRenewed();
        } else if (event instanceof NodeEvent.Ephemeral ephemeral) {
            fanOut.deliverEphemeral(ephemeral.channel(), ephemeral.message(), ephemeral.except());
        } else if (event instanceof NodeEvent.Binary binary) {
            fanOut.receiveBinary(binary.room(), binary.frame());
        } else if (event instanceof NodeEvent.PresenceChanged changed) {
            fanOut.presenceChanged(
                    node, changed.room(), changed.before(), changed.version(), changed.joined(), changed.left());
        } else if (event instanceof NodeEvent.Present present) {
            fanOut.presentElsewhere(node, present.room(), present.version(), present.occupants());
        } else if (event instanceof NodeEvent.PresenceAsked asked) {
            if (asked.node().isEmpty() || asked.node().get().equals(self)) {
                fanOut.presenceAsked(asked.room());
            }
        } else if (event instanceof NodeEvent.PresenceVersions versions) {
            fanOut.presenceVersions(node, versions.versions());
        } else if (event instanceof NodeEvent.Metrics news) {
            metrics.received(node, news.number(), news.values());
        } else if (event instanceof NodeEvent.MetricsAsked) {
            metrics.asked();
        } else if (event instanceof NodeEvent.SessionClosed closed) {
            closed(closed.session(), closed.owner(), closed.code());
        } else if (event instanceof NodeEvent.NameTaken taken) {
            onNameTaken.accept(taken.name());
        } else if (event instanceof NodeEvent.TokensRevoked revoked) {
            onTokensRevoked.accept(revoked.user());
        } else if (event instanceof NodeEvent.UserSessions told) {
            userLimit.ifPresent(limit -> limit.received(node, told));
        } else if (event instanceof NodeEvent.SessionsAsked asked) {
            lists.asked(node, asked);
        } else if (event instanceof NodeEvent.RoomsAsked asked) {
            lists.asked(node, asked);
        } else if (event instanceof NodeEvent.Listed listed) {
            lists.received(node, listed);
        }
    }

    @Override
    public void close() {
        backplane.close();
    }
}
