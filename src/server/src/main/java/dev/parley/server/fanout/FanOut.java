package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Who reads what on this node. A message of a channel goes to every reader of that channel, by seq; a reader that is
 * behind gets pages from the store until it has caught up, then goes live in one step.
 *
 * <p>Thread rule: all state belongs to one thread, the {@link FanOutLoop}'s; every public method leaves a task for it and
 * returns at once. What many tasks offered to one session leaves together.
 */
public final class FanOut {
    private static final Logger LOG = System.getLogger(FanOut.class.getName());

    private final FanOutLoop loop;
    private final CatchUp catchUp;

    private final Map<Channel, ChannelReaders> channels = new HashMap<>();
    private final Map<Session, Set<ChannelReaders>> channelsOf = new HashMap<>();
    private final Map<Session, String> nameOf = new HashMap<>();
    private final MetricBoard metrics = new MetricBoard();
    private final Set<ChannelReaders> changedRooms = new LinkedHashSet<>();
    private final Set<Session> toFlush = new LinkedHashSet<>();
    /** Heads of channels of which a delivery was left out under overload. Any thread. */
    private final Map<Channel, Long> leftOut = new ConcurrentHashMap<>();

    private int ticks;

    public FanOut(FanOutLoop loop, Backlog backlog) {
        this.loop = loop;
        this.catchUp = new CatchUp(loop, backlog, toFlush::add, this::barred);
        loop.afterEachBatch(this::flush);
        loop.everyTick(this::tick);
    }

    /**
     * Welcomes a session and lets it read; on a signed-in session: tells where it reads now, perhaps under a new name.
     *
     * @param starts where it begins, by channel; a channel that it reads already goes on where it is
     * @param welcome made of what the session reads, by {@link Channel#wireKey()}
     * @param whenWelcome told once, when the welcome is in the outbox, on the loop's thread
     */
    public void signIn(
            Session session,
            List<Start> starts,
            Function<Map<String, ServerMessage.Opened>, ServerMessage.Welcome> welcome,
            Runnable whenWelcome) {
        loop.execute(() -> {
            if (!session.isEnded()) {
                rename(session, session.signedInAs().name());
                Map<String, ServerMessage.Opened> opened = new LinkedHashMap<>();
                List<Reader> fresh = new ArrayList<>();
                for (Start start : starts) {
                    Optional<Reader> present = reader(session, start.channel());
                    Reader reader = present.orElseGet(() -> register(session, start));
                    if (present.isEmpty()) {
                        fresh.add(reader);
                    }
                    opened.put(
                            start.channel().wireKey(),
                            new ServerMessage.Opened(
                                    reader.position(), present.isPresent() || start.recovered(), start.unread()));
                }
                offer(session, Encoded.of(welcome.apply(opened)));
                fresh.forEach(catchUp::begin);
            }
            whenWelcome.run();
        });
    }

    /**
     * Lets a session into a room. Sends {@code joined}, then what it missed, then what is live.
     *
     * @param isPositionAsked whether the client named a position; then a session that is in the room begins anew there
     */
    public void join(Session session, Optional<String> id, Channel.Room room, Start start, boolean isPositionAsked) {
        loop.execute(() -> {
            if (session.isEnded()) {
                return;
            }
            Optional<Reader> present = reader(session, room);
            boolean stays = present.isPresent() && !isPositionAsked;
            if (present.isPresent() && isPositionAsked) {
                unregister(present.get());
            }
            Reader reader = stays ? present.get() : register(session, start);
            Members members = reader.channel().members();
            Position position = reader.position();
            offer(
                    session,
                    Encoded.of(new ServerMessage.Joined(
                            id,
                            room.name(),
                            position,
                            stays || start.recovered(),
                            members.firstNames(),
                            members.count())));
            if (!stays) {
                catchUp.begin(reader);
            }
        });
    }

    public void leave(Session session, Optional<String> id, Channel.Room room) {
        loop.execute(() -> {
            reader(session, room).ifPresent(this::unregister);
            offer(session, Encoded.of(new ServerMessage.Left(id, room.name())));
        });
    }

    /** Who is in a room; an empty list where nobody is. */
    public void presence(Session session, Optional<String> id, Channel.Room room) {
        loop.execute(() -> {
            Members members = Optional.ofNullable(channels.get(room))
                    .map(ChannelReaders::members)
                    .orElseGet(Members::new);
            offer(
                    session,
                    Encoded.of(ServerMessage.Presence.answer(id, room.name(), members.firstNames(), members.count())));
        });
    }

    /**
     * A message of a channel was stored, under this revision of the right to read it. Waits, up to a deadline, while the loop is overloaded; holes are filled later.
     */
    public void deliver(Channel channel, long seq, Encoded message, long revision) {
        boolean isTaken = loop.executeOrWait(() -> {
            ChannelReaders readers = channels.get(channel);
            if (readers == null) {
                return;
            }
            readers.revised(revision).forEach(catchUp::doubt);
            readers.seen(seq);
            for (Reader reader : readers.all()) {
                boolean wasBehind = reader.isBehind();
                if (reader.live(seq, message)) {
                    toFlush.add(reader.session());
                } else if (!wasBehind && reader.isBehind()) {
                    catchUp.readOn(reader);
                }
            }
        });
        if (!isTaken) {
            leftOut.merge(channel, seq, Math::max);
        }
    }

    /** Somebody may not read a channel any more: everybody who reads it shows the right to before anything more. */
    public void revised(Channel channel, long revision) {
        loop.execute(() -> Optional.ofNullable(channels.get(channel))
                .ifPresent(readers -> readers.revised(revision).forEach(catchUp::doubt)));
    }

    /** Members by room, of the rooms that somebody is in here; so many of them at most. */
    public CompletionStage<Map<String, Integer>> rooms(int limit) {
        CompletableFuture<Map<String, Integer>> rooms = new CompletableFuture<>();
        loop.execute(() -> rooms.complete(channels.values().stream()
                .filter(readers -> readers.channel().roomName().isPresent())
                .limit(limit)
                .collect(Collectors.toMap(
                        readers -> readers.channel().roomName().orElseThrow(),
                        readers -> readers.members().count()))));
        return rooms;
    }

    /** Sends away everybody who reads a channel here. */
    public void closeReaders(Channel channel, CloseCode code) {
        loop.execute(() -> Optional.ofNullable(channels.get(channel)).ifPresent(readers -> List.copyOf(readers.all())
                .forEach(reader -> reader.session().close(code))));
    }

    private void barred(Reader reader) {
        unregister(reader);
        reader.channel()
                .channel()
                .roomName()
                .ifPresent(room -> offer(reader.session(), Encoded.of(new ServerMessage.Left(Optional.empty(), room))));
    }

    /** The head of a channel is here, though nobody may have heard of its last messages: those who read it fetch them. */
    public void seen(Channel channel, long head) {
        loop.execute(() -> grown(channel, head));
    }

    private void grown(Channel channel, long head) {
        ChannelReaders readers = channels.get(channel);
        if (readers == null) {
            return;
        }
        readers.seen(head);
        for (Reader reader : readers.all()) {
            if (reader.misses(head)) {
                catchUp.readOn(reader);
            }
        }
    }

    /** An answer to one session, after what this node was told to deliver before. */
    public void answer(Session session, ServerMessage message) {
        Encoded encoded = Encoded.of(message);
        loop.execute(() -> offer(session, encoded));
    }

    /** Something to be done after what this node was told to deliver before; it may answer sessions, and blocks nobody. */
    public void then(Runnable action) {
        loop.execute(action);
    }

    /** Something unstored for every session that reads a channel, such as a read mark for its user's sessions. */
    public void tell(Channel channel, ServerMessage message) {
        loop.executeUnlessBusy(() -> {
            ChannelReaders readers = channels.get(channel);
            if (readers != null) {
                offerAll(readers.entitled(), message);
            }
        });
    }

    /** Somebody types: told to the others in the room. */
    public void typing(Session typist, Channel.Room room) {
        String name = typist.signedInAs().name();
        loop.executeUnlessBusy(() -> {
            ChannelReaders readers = channels.get(room);
            if (readers != null && readers.of(typist).filter(Reader::isEntitled).isPresent()) {
                List<Reader> others = readers.entitled().stream()
                        .filter(reader -> !name.equals(nameOf.get(reader.session())))
                        .toList();
                offerAll(others, new ServerMessage.Typing(room.name(), name));
            }
        });
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
                offer(
                        sender,
                        Encoded.of(ServerMessage.Error.of(
                                id,
                                ErrorCode.BAD_MESSAGE,
                                "This server holds " + MetricBoard.METRICS_MAX
                                        + " metrics and can hold no more, so not '" + value.metricId() + "'.")));
            } else if (id.isPresent()) {
                offer(sender, Encoded.of(ServerMessage.Ack.of(id)));
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
                toFlush.add(session);
            });
        }
        return true;
    }

    public void subscribe(Session session, Optional<String> id, String pattern) {
        loop.execute(() -> {
            if (!session.isEnded()) {
                List<ServerMessage.Value> values = metrics.watch(session, pattern);
                offer(session, Encoded.of(new ServerMessage.Subscribed(id, pattern, values)));
                session.settleLatest();
            }
        });
    }

    public void unsubscribe(Session session, Optional<String> id, String pattern) {
        loop.execute(() -> {
            metrics.unwatch(session, pattern);
            offer(session, Encoded.of(new ServerMessage.Unsubscribed(id, pattern)));
        });
    }

    /** A session ended. */
    public void gone(Session session) {
        loop.execute(() -> {
            for (ChannelReaders readers : List.copyOf(channelsOf.getOrDefault(session, Set.of()))) {
                readers.of(session).ifPresent(this::unregister);
            }
            metrics.gone(session);
            nameOf.remove(session);
        });
    }

    private Optional<Reader> reader(Session session, Channel channel) {
        return Optional.ofNullable(channels.get(channel)).flatMap(readers -> readers.of(session));
    }

    private Reader register(Session session, Start start) {
        ChannelReaders readers = channels.computeIfAbsent(start.channel(), ChannelReaders::new);
        Reader reader = new Reader(readers, session, start);
        readers.add(reader);
        readers.revised(start.revision()).forEach(catchUp::doubt);
        channelsOf.computeIfAbsent(session, key -> new LinkedHashSet<>()).add(readers);
        enter(readers, nameOf.computeIfAbsent(session, key -> key.signedInAs().name()));
        return reader;
    }

    private void unregister(Reader reader) {
        ChannelReaders readers = reader.channel();
        Session session = reader.session();
        reader.gone();
        readers.remove(session);
        exit(readers, nameOf.get(session));
        if (readers.isEmpty()) {
            channels.remove(readers.channel());
            changedRooms.remove(readers);
        }
        channelsOf.computeIfPresent(session, (key, own) -> {
            own.remove(readers);
            return own.isEmpty() ? null : own;
        });
    }

    /** A guest got its own name: it leaves its old inbox, and the rooms see one member go and another come. */
    private void rename(Session session, String name) {
        String before = nameOf.put(session, name);
        if (before == null || before.equals(name)) {
            return;
        }
        for (ChannelReaders readers : List.copyOf(channelsOf.getOrDefault(session, Set.of()))) {
            exit(readers, before);
            enter(readers, name);
            if (readers.channel().isInbox()) {
                readers.of(session).ifPresent(this::unregister);
            }
        }
    }

    private void enter(ChannelReaders readers, String name) {
        if (readers.channel().roomName().isPresent()) {
            readers.members().join(name);
            changedRooms.add(readers);
        }
    }

    private void exit(ChannelReaders readers, String name) {
        if (readers.channel().roomName().isPresent()) {
            readers.members().leave(name);
            changedRooms.add(readers);
        }
    }

    private void tick() {
        ticks++;
        catchUp.tick();
        for (Channel channel : leftOut.keySet()) {
            grown(channel, leftOut.remove(channel));
        }
        boolean isSecond = ticks % FanOutLoop.TICKS_A_SECOND == 0;
        for (ChannelReaders readers : List.copyOf(changedRooms)) {
            if (isSecond || !readers.members().isBig()) {
                changedRooms.remove(readers);
                readers.members().takeChange().ifPresent(change -> announce(readers, change));
            }
        }
    }

    private void announce(ChannelReaders readers, Members.Change change) {
        String room = readers.channel().roomName().orElseThrow();
        offerAll(
                readers.entitled(),
                change.isCountOnly()
                        ? ServerMessage.Presence.count(room, change.count())
                        : ServerMessage.Presence.change(room, change.joined(), change.left(), change.count()));
    }

    private void offerAll(Collection<Reader> readers, ServerMessage message) {
        Encoded encoded = Encoded.of(message);
        readers.forEach(reader -> offer(reader.session(), encoded));
    }

    private void offer(Session session, Encoded message) {
        session.offer(message);
        toFlush.add(session);
    }

    private void flush() {
        for (Session session : toFlush) {
            try {
                session.flush();
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "A send on " + session + " failed.", e);
            }
        }
        toFlush.clear();
    }
}
