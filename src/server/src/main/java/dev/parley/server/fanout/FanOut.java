package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Who reads what on this node. A message of a channel goes to every reader of that channel, by seq; a reader that is
 * behind gets pages from the store until it has caught up, then goes live in one step.
 *
 * <p>Thread rule: all state belongs to one thread, the {@link EventLoop}'s; every public method leaves a task for it
 * and returns at once. What many tasks offered to one session leaves together.
 */
public final class FanOut {
    private final EventLoop loop;
    private final CatchUp catchUp;
    private final FlushBatch batch = new FlushBatch();
    private final RoomPresence presence = new RoomPresence(batch);
    private final EpochRenewals renewals;

    private final Map<Channel, ChannelReaders> channels = new HashMap<>();
    private final Map<Session, Set<ChannelReaders>> channelsOf = new HashMap<>();
    /** Heads of channels of which a delivery was left out under overload. Any thread. */
    private final Map<Channel, Long> skippedHeads = new ConcurrentHashMap<>();

    private volatile BiConsumer<Session, Channel.Room> onEvicted = (session, room) -> {};
    private int ticks;

    public FanOut(EventLoop loop, Backlog backlog) {
        this.loop = loop;
        this.catchUp = new CatchUp(loop, backlog, batch::markDirty, this::evict, this::logWentBack);
        this.renewals = new EpochRenewals(loop, backlog);
        loop.afterEachBatch(batch::flush);
        loop.everyTick(this::tick);
    }

    /**
     * @param listener told of each session that has lost the right to read a room and reads it no more; must not block
     */
    public void onEvicted(BiConsumer<Session, Channel.Room> listener) {
        onEvicted = listener;
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
            List<ReadFrom> starts,
            Function<Map<String, ServerMessage.Opened>, ServerMessage.Welcome> welcome,
            Runnable whenWelcome) {
        loop.execute(() -> {
            if (!session.isEnded()) {
                rename(session, session.signedInAs().name());
                Map<String, ServerMessage.Opened> opened = new LinkedHashMap<>();
                List<Reader> fresh = new ArrayList<>();
                for (ReadFrom from : starts) {
                    Optional<Reader> present = reader(session, from.channel());
                    Reader reader = present.orElseGet(() -> register(session, from));
                    if (present.isEmpty()) {
                        fresh.add(reader);
                    }
                    opened.put(
                            from.channel().wireKey(),
                            new ServerMessage.Opened(
                                    reader.position(), present.isPresent() || from.recovered(), from.unread()));
                }
                batch.offer(session, Encoded.of(welcome.apply(opened)));
                fresh.forEach(catchUp::start);
            }
            whenWelcome.run();
        });
    }

    /**
     * Lets a session into a room. Sends {@code joined}, then what it missed, then what is live.
     *
     * @param isPositionAsked whether the client named a position; then a session that is in the room begins anew there
     * @return false, with nothing done or sent, where somebody lost the right to read since the start was looked up: it
     *     may have been this one, so look again
     */
    public CompletionStage<Boolean> join(
            Session session, Optional<String> id, Channel.Room room, ReadFrom from, boolean isPositionAsked) {
        return loop.ask(() -> {
            if (session.isEnded()) {
                return true;
            }
            boolean isOld = channels.containsKey(room) && channels.get(room).aclVersion() > from.aclVersion();
            if (!isOld) {
                enter(session, id, room, from, isPositionAsked);
            }
            return !isOld;
        });
    }

    private void enter(
            Session session, Optional<String> id, Channel.Room room, ReadFrom from, boolean isPositionAsked) {
        Optional<Reader> present = reader(session, room);
        boolean stays = present.isPresent() && !isPositionAsked;
        if (present.isPresent() && isPositionAsked) {
            unregister(present.get());
        }
        Reader reader = stays ? present.get() : register(session, from);
        PresentUsers users = reader.channel().present();
        batch.offer(
                session,
                new ServerMessage.Joined(
                        id,
                        room.name(),
                        reader.position(),
                        stays || from.recovered(),
                        users.firstNames(),
                        users.count()));
        if (!stays) {
            catchUp.start(reader);
        }
    }

    /** Whether a session is in a room, after what this node was told before. */
    public CompletionStage<Boolean> isPresent(Session session, Channel.Room room) {
        return loop.ask(() -> reader(session, room).isPresent());
    }

    public void leave(Session session, Optional<String> id, Channel.Room room) {
        loop.execute(() -> {
            reader(session, room).ifPresent(this::unregister);
            batch.offer(session, Encoded.of(new ServerMessage.Left(id, room.name())));
        });
    }

    /** Who is in a room; an empty list where nobody is. */
    public void presence(Session session, Optional<String> id, Channel.Room room) {
        loop.execute(() -> presence.answer(session, id, room, Optional.ofNullable(channels.get(room))));
    }

    /**
     * A message of a channel was stored, under this version of the room's access list. Waits, up to a deadline, while
     * the loop is overloaded; holes are filled later.
     */
    public void deliver(Channel channel, long seq, Encoded message, long aclVersion) {
        boolean isTaken = loop.executeOrWait(() -> {
            ChannelReaders readers = channels.get(channel);
            if (readers == null) {
                return;
            }
            catchUp.aclChanged(readers, aclVersion);
            readers.headSeen(seq);
            for (Reader reader : readers.all()) {
                boolean wasBehind = reader.isBehind();
                if (reader.live(seq, message)) {
                    batch.markDirty(reader.session());
                } else if (!wasBehind && reader.isBehind()) {
                    catchUp.fetchPage(reader);
                }
            }
        });
        if (!isTaken) {
            skippedHeads.merge(channel, seq, Math::max);
        }
    }

    /** Somebody may not read a channel any more: everybody who reads it shows the right to before anything more. */
    public void aclChanged(Channel channel, long aclVersion) {
        loop.execute(() -> Optional.ofNullable(channels.get(channel))
                .ifPresent(readers -> catchUp.aclChanged(readers, aclVersion)));
    }

    /** Members by room, of the rooms that somebody is in here; so many of them at most. */
    public CompletionStage<Map<String, Integer>> rooms(int limit) {
        return loop.ask(() -> channels.values().stream()
                .filter(readers -> readers.channel().roomName().isPresent())
                .limit(limit)
                .collect(Collectors.toMap(
                        readers -> readers.channel().roomName().orElseThrow(),
                        readers -> readers.present().count())));
    }

    /**
     * Sends away everybody who reads a channel here (1012), and forgets what is known of it: after a restored backup
     * its head and its aclVersion may be lower, and a reader that is still being closed would ask for what there is
     * not.
     */
    public void sendReadersAway(Channel channel) {
        loop.execute(() ->
                Optional.ofNullable(channels.get(channel)).map(this::forget).ifPresent(EpochRenewals::sendAway));
    }

    /** The same of all channels. */
    public void sendAllReadersAway() {
        loop.execute(() -> {
            Set<Session> readers = new LinkedHashSet<>(channelsOf.keySet());
            List.copyOf(channels.values()).forEach(this::forget);
            EpochRenewals.sendAway(readers);
        });
    }

    /** The store knows less of a channel than this node, as after a restored backup. */
    private void logWentBack(ChannelReaders readers) {
        renewals.renew(readers.channel(), forget(readers));
    }

    /** Nobody reads the channel any more, and nothing is known of it; gives those who did. */
    private List<Session> forget(ChannelReaders readers) {
        List<Reader> all = List.copyOf(readers.all());
        all.forEach(this::unregister);
        skippedHeads.remove(readers.channel());
        return all.stream().map(Reader::session).toList();
    }

    private void evict(Reader reader) {
        unregister(reader);
        if (reader.channel().channel() instanceof Channel.Room room) {
            onEvicted.accept(reader.session(), room);
            batch.offer(reader.session(), new ServerMessage.Left(Optional.empty(), room.name()));
        }
    }

    /**
     * The head of a channel is here, though nobody may have heard of its last messages: those who read it fetch them.
     */
    public void headSeen(Channel channel, long head) {
        loop.execute(() -> catchUpTo(channel, head));
    }

    private void catchUpTo(Channel channel, long head) {
        ChannelReaders readers = channels.get(channel);
        if (readers == null) {
            return;
        }
        readers.headSeen(head);
        for (Reader reader : readers.all()) {
            if (reader.misses(head)) {
                catchUp.fetchPage(reader);
            }
        }
    }

    /** An answer to one session, after what this node was told to deliver before. */
    public void answer(Session session, ServerMessage message) {
        Encoded encoded = Encoded.of(message);
        loop.execute(() -> batch.offer(session, encoded));
    }

    /**
     * Something to be done after what this node was told to deliver before; it may answer sessions, and blocks nobody.
     */
    public void runAfterDeliveries(Runnable action) {
        loop.execute(action);
    }

    /** Something unstored for every session that reads a channel, such as a read mark for its user's sessions. */
    public void deliverEphemeral(Channel channel, ServerMessage message) {
        loop.executeUnlessBusy(() -> {
            ChannelReaders readers = channels.get(channel);
            if (readers != null) {
                batch.offerAll(readers.authorized(), message);
            }
        });
    }

    /** Somebody types: told to the others in the room. */
    public void typing(Session typist, Channel.Room room) {
        String name = typist.signedInAs().name();
        loop.executeUnlessBusy(() -> Optional.ofNullable(channels.get(room))
                .ifPresent(readers -> presence.typing(typist, name, room, readers)));
    }

    /** A session ended. */
    public void sessionEnded(Session session) {
        loop.execute(() -> {
            for (ChannelReaders readers : List.copyOf(channelsOf.getOrDefault(session, Set.of()))) {
                readers.of(session).ifPresent(this::unregister);
            }
            presence.sessionEnded(session);
        });
    }

    private Optional<Reader> reader(Session session, Channel channel) {
        return Optional.ofNullable(channels.get(channel)).flatMap(readers -> readers.of(session));
    }

    private Reader register(Session session, ReadFrom from) {
        ChannelReaders readers = channels.computeIfAbsent(from.channel(), ChannelReaders::new);
        Reader reader = new Reader(readers, session, from);
        readers.add(reader);
        catchUp.aclChanged(readers, from.aclVersion());
        channelsOf.computeIfAbsent(session, key -> new LinkedHashSet<>()).add(readers);
        presence.enter(readers, session);
        return reader;
    }

    private void unregister(Reader reader) {
        ChannelReaders readers = reader.channel();
        Session session = reader.session();
        reader.gone();
        readers.remove(session);
        presence.exit(readers, session);
        if (readers.isEmpty()) {
            channels.remove(readers.channel());
        }
        channelsOf.computeIfPresent(session, (key, own) -> {
            own.remove(readers);
            return own.isEmpty() ? null : own;
        });
    }

    /** A guest got its own name: it leaves its old inbox. */
    private void rename(Session session, String name) {
        List<ChannelReaders> own = List.copyOf(channelsOf.getOrDefault(session, Set.of()));
        if (presence.rename(session, own, name)) {
            own.stream().filter(readers -> readers.channel().isInbox()).forEach(readers -> readers.of(session)
                    .ifPresent(this::unregister));
        }
    }

    private void tick() {
        ticks++;
        catchUp.tick();
        renewals.tick();
        for (Channel channel : skippedHeads.keySet()) {
            catchUpTo(channel, skippedHeads.remove(channel));
        }
        presence.tick(ticks % EventLoop.TICKS_A_SECOND == 0);
    }
}
