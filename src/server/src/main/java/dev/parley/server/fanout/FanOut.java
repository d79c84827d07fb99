package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.fanout.presence.Occupants;
import dev.parley.server.fanout.presence.PresenceReports;
import dev.parley.server.fanout.presence.PresentUsers;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.EncodedBinary;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Delivers the messages of channels to their readers on this node. A message goes to every reader of its channel, in
 * seq order; one that comes early waits for those before it. A reader that is behind gets recent messages from memory,
 * older ones from the store, until it has caught up, then becomes live in one step.
 *
 * <p>Thread rule: all state is confined to the {@link EventLoop}. Public methods post a task to it and return at once,
 * except {@link #deliver}, which may wait under overload. What comes between two flushes leaves together: readers are
 * visited once for each channel.
 */
public final class FanOut {
    /** What may be held in all reorder windows: they hold little, unless a backplane lags. */
    private static final long HELD_MAX_BYTES = 16 * 1024 * 1024;

    private final EventLoop loop;
    private final CatchUp catchUp;
    private final MessageEncoding encoding;
    private final FlushBatch batch;
    private final RoomPresence presence;
    private final EpochRenewals renewals;
    private final BinaryRelay binary;

    private final ReorderWindow.HeldMessages held = new ReorderWindow.HeldMessages(HELD_MAX_BYTES);
    private final RecentMessages.Budget recent;

    private final LatelyReported lately = new LatelyReported(System.nanoTime());

    private final Map<Channel, ChannelReaders> channels = new HashMap<>();
    private final Map<Session, List<Reader>> readersOf = new HashMap<>();
    /** Heads of channels of which a delivery was skipped under overload. Any thread. */
    private final Map<Channel, Long> skippedHeads = new ConcurrentHashMap<>();

    private volatile BiConsumer<Session, Channel.Room> onEvicted = (session, room) -> {};
    private volatile Consumer<Channel> onEpochRenewed = channel -> {};
    private volatile BiConsumer<Channel.Room, ServerMessage.Person> onTyping = (room, typist) -> {};
    private volatile BiConsumer<Channel.Room, EncodedBinary> onBinary = (room, frame) -> {};
    private int ticks;

    /** Without a limit of binary frames. */
    public FanOut(EventLoop loop, Backlog backlog, MessageEncoding encoding, long recentBytes) {
        this(loop, backlog, encoding, recentBytes, 0);
    }

    /**
     * @param recentBytes length of the recent messages of all channels that are kept in memory; 0 keeps none
     * @param binaryBytes of the binary frames of a room a second, times their readers; 0 for no limit
     */
    public FanOut(EventLoop loop, Backlog backlog, MessageEncoding encoding, long recentBytes, long binaryBytes) {
        this.loop = loop;
        this.encoding = encoding;
        this.recent = new RecentMessages.Budget(recentBytes);
        this.batch = new FlushBatch(encoding, this::readersOf);
        this.presence = new RoomPresence(batch);
        this.binary = new BinaryRelay(batch, binaryBytes);
        this.catchUp = new CatchUp(
                loop,
                backlog,
                new CatchUp.Listener(
                        batch::markDirty, this::inOrder, this::evict, this::logWentBack, this::epochIsOther));
        this.renewals = new EpochRenewals(loop, backlog, channel -> onEpochRenewed.accept(channel));
        loop.flushing(batch);
        loop.everyTick(this::tick);
    }

    /**
     * @param listener called with each session that was removed from a room because it lost the right to read; must not
     *     block
     */
    public void onEvicted(BiConsumer<Session, Channel.Room> listener) {
        onEvicted = listener;
    }

    /** @param listener called with each channel that got a new epoch, because its log went back; must not block */
    public void onEpochRenewed(Consumer<Channel> listener) {
        onEpochRenewed = listener;
    }

    /** @param listener called with each typing notice that was delivered here; must not block */
    public void onTyping(BiConsumer<Channel.Room, ServerMessage.Person> listener) {
        onTyping = listener;
    }

    /** @param listener called with each binary frame that a session of this node sent to a room; must not block */
    public void onBinary(BiConsumer<Channel.Room, EncodedBinary> listener) {
        onBinary = listener;
    }

    /**
     * Sends the welcome to a session and registers it as a reader. For a session that is signed in already: reports
     * where it reads now, perhaps under a new name.
     *
     * @param starts where it begins to read each channel; ignored for a channel that it reads already
     * @param welcome creates the welcome from the channels that the session reads, by {@link Channel#wireKey()}
     * @param whenWelcome called once on the loop's thread, when the welcome is in the outbox or the session has ended
     */
    public void signIn(
            Session session,
            List<ReadFrom> starts,
            Function<Map<String, ServerMessage.Opened>, ServerMessage.Welcome> welcome,
            Runnable whenWelcome) {
        loop.execute(() -> {
            if (!session.isEnded()) {
                changeIdentity(session, session.signedInAs());
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
                batch.offer(session, welcome.apply(opened));
                fresh.forEach(catchUp::start);
            }
            whenWelcome.run();
        });
    }

    /**
     * Registers a session as a reader of a room. Sends {@code joined}, then the messages that it missed, then live
     * messages.
     *
     * @param isPositionAsked whether the client named a position; then a session that is in the room already starts
     *     again from it
     * @return false, with nothing done or sent, if an identity has lost the right to read since {@code from} was looked
     *     up. It may be this one, so the caller must look it up again
     */
    public CompletionStage<Boolean> join(
            Session session, Optional<String> id, Channel.Room room, ReadFrom from, boolean isPositionAsked) {
        return loop.ask(() -> {
            if (session.isEnded()) {
                return true;
            }
            boolean isOld = knownAclVersion(room) > from.aclVersion();
            if (!isOld) {
                enter(session, id, room, from, isPositionAsked);
            }
            return !isOld;
        });
    }

    private long knownAclVersion(Channel channel) {
        ChannelReaders readers = channels.get(channel);
        return readers == null ? lately.of(channel).aclVersion() : readers.aclVersion();
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
                        users.tellFirst(),
                        users.count()));
        if (!stays) {
            catchUp.start(reader);
        }
    }

    /** Runs an action after a time, on the loop; it must not block. */
    public void runAfter(Duration time, Runnable action) {
        loop.execute(() -> loop.schedule(time.toNanos(), action));
    }

    /** Whether a session is in a room, after all tasks posted before. */
    public CompletionStage<Boolean> isPresent(Session session, Channel.Room room) {
        return loop.ask(() -> reader(session, room).isPresent());
    }

    public void leave(Session session, Optional<String> id, Channel.Room room) {
        loop.execute(() -> {
            batch.offerPending(session);
            reader(session, room).ifPresent(this::unregister);
            batch.offer(session, new ServerMessage.Left(id, room.name()));
        });
    }

    /** Answers with the users present in a room; an empty list if there are none. */
    public void presence(Session session, Optional<String> id, Channel.Room room) {
        loop.execute(() -> presence.answer(session, id, room, Optional.ofNullable(channels.get(room))));
    }

    /**
     * Delivers a message that was stored under this version of the channel's access list. Blocks up to a deadline while
     * the loop is overloaded. Gaps are filled later from the store.
     *
     * @param position its seq, in the epoch of the channel when it was stored
     */
    public void deliver(Channel channel, Position position, Encoded message, long aclVersion) {
        if (!loop.executeOrWait(() -> arrived(channel, position, message, aclVersion))) {
            skippedHeads.merge(channel, position.seq(), Math::max);
        }
    }

    /** The same for a message that another node stored. Never blocks. */
    public void receive(Channel channel, Position position, Encoded message, long aclVersion) {
        if (!loop.executeUnlessBusy(() -> arrived(channel, position, message, aclVersion))) {
            skippedHeads.merge(channel, position.seq(), Math::max);
        }
    }

    private void arrived(Channel channel, Position position, Encoded message, long aclVersion) {
        ChannelReaders readers = channels.get(channel);
        if (readers == null) {
            reported(channel, new LatelyReported.Report(position.epoch(), position.seq(), aclVersion));
            return;
        }
        if (!readers.isSameLog(position)) {
            epochIsOther(readers);
            return;
        }
        catchUp.aclChanged(readers, aclVersion);
        inOrder(readers, readers.window().arrived(position.seq(), message));
        catchUp.watchGap(readers);
    }

    private void inOrder(ChannelReaders readers, List<Backlog.Entry> entries) {
        for (Backlog.Entry entry : entries) {
            readers.recent().add(entry.seq(), entry.message());
            batch.add(readers, entry);
        }
    }

    /** Reports that the store has deleted the messages of a channel up to this seq. */
    public void trimmed(Channel channel, long upTo) {
        loop.execute(() -> Optional.ofNullable(channels.get(channel))
                .ifPresent(readers -> readers.recent().trimmed(upTo)));
    }

    /**
     * Rechecks all readers of a channel before they get anything more, because an identity lost the right to read it.
     */
    public void aclChanged(Channel channel, long aclVersion) {
        loop.execute(() -> Optional.ofNullable(channels.get(channel))
                .ifPresentOrElse(
                        readers -> catchUp.aclChanged(readers, aclVersion),
                        () -> reported(channel, new LatelyReported.Report("", 0, aclVersion))));
    }

    private void reported(Channel channel, LatelyReported.Report report) {
        lately.add(channel, report, System.nanoTime());
    }

    /** Number of present users by room, of the rooms with readers on this node. */
    public CompletionStage<Map<String, Integer>> rooms() {
        return loop.ask(() -> channels.values().stream()
                .filter(readers -> readers.channel().roomName().isPresent())
                .collect(Collectors.toMap(
                        readers -> readers.channel().roomName().orElseThrow(),
                        readers -> readers.present().count())));
    }

    /**
     * Disconnects all readers of a channel on this node (close code 1012) and drops its state. After a restored backup
     * the head and the aclVersion may be lower, and a reader that is still being closed would ask for messages that do
     * not exist.
     */
    public void sendReadersAway(Channel channel) {
        loop.execute(() ->
                Optional.ofNullable(channels.get(channel)).map(this::forget).ifPresent(EpochRenewals::sendAway));
    }

    /** Disconnects the readers of all channels; see {@link #sendReadersAway}. */
    public void sendAllReadersAway() {
        loop.execute(() -> {
            Set<Session> readers = new LinkedHashSet<>(readersOf.keySet());
            List.copyOf(channels.values()).forEach(this::forget);
            EpochRenewals.sendAway(readers);
        });
    }

    /**
     * Handles a channel whose log went back: the store has less of it than this node has seen, as after a restored
     * backup.
     */
    private void logWentBack(ChannelReaders readers) {
        // Otherwise it has been handled.
        if (channels.get(readers.channel()) == readers) {
            renewals.renew(readers.channel(), forget(readers));
        }
    }

    /** Handles a channel that has got another epoch than its readers know: they reload. */
    private void epochIsOther(ChannelReaders readers) {
        // Otherwise it has been handled.
        if (channels.get(readers.channel()) == readers) {
            EpochRenewals.sendAway(forget(readers));
        }
    }

    /** Unregisters all readers of a channel and drops its state; returns their sessions. */
    private List<Session> forget(ChannelReaders readers) {
        List<Reader> all = List.copyOf(readers.all());
        all.forEach(this::unregister);
        skippedHeads.remove(readers.channel());
        lately.clear(System.nanoTime());
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
     * Reports the heads of channels whose last messages may not have been delivered: readers that miss them fetch them.
     */
    public void headsSeen(Map<Channel, Long> heads) {
        loop.execute(() -> heads.forEach(this::catchUpTo));
    }

    /** Reports where channels are in the store: their readers get what they miss, or reload. */
    public void statesSeen(Map<Channel, Backlog.State> states) {
        loop.execute(() -> states.forEach((channel, state) -> Optional.ofNullable(channels.get(channel))
                .ifPresentOrElse(
                        readers -> stateSeen(readers, state),
                        () -> reported(
                                channel,
                                new LatelyReported.Report(
                                        state.head().epoch(), state.head().seq(), state.aclVersion())))));
    }

    private void stateSeen(ChannelReaders readers, Backlog.State state) {
        if (readers.isSameLog(state.head())) {
            catchUp.aclChanged(readers, state.aclVersion());
            readers.window().headSeen(state.head().seq());
            catchUp.watchGap(readers);
        } else {
            epochIsOther(readers);
        }
    }

    /** Reports of channels without readers may have been missed: nothing that was seen of them is relied on. */
    public void reportsMissed() {
        loop.execute(() -> lately.clear(System.nanoTime()));
    }

    /** The channels that somebody reads on this node. */
    public CompletionStage<Set<Channel>> channels() {
        return loop.ask(() -> Set.copyOf(channels.keySet()));
    }

    private void catchUpTo(Channel channel, long head) {
        ChannelReaders readers = channels.get(channel);
        if (readers == null) {
            reported(channel, new LatelyReported.Report("", head, 0));
            return;
        }
        readers.window().headSeen(head);
        catchUp.watchGap(readers);
    }

    /** Answers one session, after all deliveries posted before. */
    public void answer(Session session, ServerMessage message) {
        Encoded encoded = encoding.encode(message);
        loop.execute(() -> batch.offer(session, encoded));
    }

    /** Runs an action after all deliveries posted before; it may answer sessions and must not block. */
    public void runAfterDeliveries(Runnable action) {
        loop.execute(() -> {
            batch.offerPending();
            action.run();
        });
    }

    /**
     * Delivers an unstored message to every reader of a channel, such as a read mark for the other sessions of its
     * user.
     *
     * @param except who does not get it
     */
    public void deliverEphemeral(Channel channel, Encoded message, Optional<ServerMessage.Person> except) {
        loop.executeUnlessBusy(() -> {
            ChannelReaders readers = channels.get(channel);
            if (readers != null) {
                batch.offerAll(presence.without(except, readers.authorized()), message);
            }
        });
    }

    /** Delivers a typing notice to the other users in the room, unless it is a big one. */
    public void typing(Session typist, Channel.Room room) {
        ServerMessage.Person person = typist.signedInAs().person();
        loop.executeUnlessBusy(() -> Optional.ofNullable(channels.get(room))
                .filter(readers ->
                        readers.of(typist).filter(Reader::isAuthorized).isPresent())
                .filter(readers -> !readers.present().isBig())
                .ifPresent(readers -> {
                    presence.typing(person, room, readers);
                    onTyping.accept(room, person);
                }));
    }

    /**
     * Relays a binary frame of a session to the others in the room that want it. Dropped if the session is not in the
     * room any more, or under overload.
     *
     * @param whenOver called on the loop, with the ms to wait, if the frame is over the room's budget
     */
    public void relayBinary(Session sender, Channel.Room room, EncodedBinary frame, LongConsumer whenOver) {
        inRoomUnlessBusy(room, frame, readers -> {
            if (readers.of(sender).filter(Reader::isAuthorized).isPresent()) {
                OptionalLong wait = binary.relay(readers, Optional.of(sender), frame);
                wait.ifPresent(whenOver);
                if (wait.isEmpty()) {
                    onBinary.accept(room, frame);
                }
            }
        });
    }

    /** The same for a frame from another node, which was within the budget there. */
    public void receiveBinary(Channel.Room room, EncodedBinary frame) {
        inRoomUnlessBusy(room, frame, readers -> binary.relay(readers, Optional.empty(), frame));
    }

    private void inRoomUnlessBusy(Channel.Room room, EncodedBinary frame, Consumer<ChannelReaders> action) {
        if (!binary.admits(frame)) {
            return;
        }
        boolean isQueued = loop.executeUnlessBusy(() -> {
            binary.released(frame);
            Optional.ofNullable(channels.get(room)).ifPresent(action);
        });
        if (!isQueued) {
            binary.released(frame);
        }
    }

    /** Removes a session that has ended from all its channels. */
    public void sessionEnded(Session session) {
        loop.execute(() -> {
            List.copyOf(readersOf(session)).forEach(this::unregister);
            presence.sessionEnded(session);
        });
    }

    // Presence on other nodes.

    /** @param others told of who is present here; from then on this node is told too */
    public void reportPresence(PresenceReports others) {
        loop.execute(() -> presence.reportTo(others));
    }

    /** People came to another node or left it; see {@link PresenceReports#changed}. */
    public void presenceChanged(
            String node,
            Channel.Room room,
            long before,
            long version,
            List<ServerMessage.Person> joined,
            List<ServerMessage.Person> left) {
        inRoom(room, readers -> presence.changedElsewhere(readers, room, node, before, version, joined, left));
    }

    /** Everybody who is present on another node; see {@link PresenceReports#present}. */
    public void presentElsewhere(String node, Channel.Room room, long version, Occupants occupants) {
        inRoom(room, readers -> presence.presentElsewhere(readers, node, version, occupants));
    }

    /** Another node wants to know who is present here. */
    public void presenceAsked(Channel.Room room) {
        inRoom(room, presence::asked);
    }

    /** The versions of another node's reports. */
    public void presenceVersions(String node, Map<Channel.Room, Long> versions) {
        loop.execute(() -> versions.forEach((room, version) -> Optional.ofNullable(channels.get(room))
                .ifPresent(readers -> presence.versionElsewhere(readers, room, node, version))));
    }

    /** Asks the other nodes who is present, and tells them who is present here: reports may have been lost. */
    public void askPresence() {
        loop.execute(() -> channels.values().stream()
                .filter(readers -> readers.channel().roomName().isPresent())
                .forEach(presence::askAll));
    }

    /** Only these other nodes are alive: who was present elsewhere is gone. */
    public void nodesAlive(Set<String> nodes) {
        loop.execute(() -> presence.nodesAlive(
                channels.values().stream()
                        .filter(readers -> readers.channel().roomName().isPresent())
                        .toList(),
                nodes));
    }

    private void inRoom(Channel.Room room, Consumer<ChannelReaders> action) {
        loop.execute(() -> Optional.ofNullable(channels.get(room)).ifPresent(action));
    }

    private Optional<Reader> reader(Session session, Channel channel) {
        return Optional.ofNullable(channels.get(channel)).flatMap(readers -> readers.of(session));
    }

    private Collection<Reader> readersOf(Session session) {
        return readersOf.getOrDefault(session, List.of());
    }

    private Reader register(Session session, ReadFrom from) {
        ChannelReaders readers = channels.computeIfAbsent(from.channel(), channel -> opened(from));
        Reader reader = new Reader(readers, session, from);
        readers.add(reader);
        if (!readers.isSameLog(from.position())) {
            // One of the look-ups is from before the channel got a new epoch.
            loop.execute(() -> epochIsOther(readers));
        } else if (wasAhead(readers, from)) {
            // What is in memory is no longer in the log.
            readers.recent().clear();
            loop.execute(() -> logWentBack(readers));
        }
        catchUp.aclChanged(readers, from.aclVersion());
        readersOf.computeIfAbsent(session, key -> new ArrayList<>(4)).add(reader);
        presence.enter(readers, session);
        return reader;
    }

    /** Whether this node knew a message before a look-up that did not find it. */
    private static boolean wasAhead(ChannelReaders readers, ReadFrom from) {
        return from.head() < readers.window().head() && readers.window().headSince() - from.asOf() < 0;
    }

    /** A channel that gets its first reader. What came since that reader's look-up is known, unless that is old. */
    private ChannelReaders opened(ReadFrom from) {
        ChannelReaders readers =
                new ChannelReaders(from.channel(), from.position().epoch(), held, recent);
        LatelyReported.Report report = lately.of(from.channel());
        if (lately.covers(from.asOf()) && report.isOf(readers.epoch())) {
            readers.window().headSeen(Math.max(from.head(), report.head()));
            readers.aclChanged(report.aclVersion());
        }
        return readers;
    }

    private void unregister(Reader reader) {
        ChannelReaders readers = reader.channel();
        Session session = reader.session();
        reader.gone();
        readers.remove(session);
        presence.exit(readers, session);
        if (readers.isEmpty()) {
            channels.remove(readers.channel());
            reported(
                    readers.channel(),
                    new LatelyReported.Report(
                            readers.epoch(), Math.max(0, readers.window().head()), readers.aclVersion()));
            readers.close();
        }
        readersOf.computeIfPresent(session, (key, own) -> {
            own.remove(reader);
            return own.isEmpty() ? null : own;
        });
    }

    /** Shows a session under its present name. A guest that became somebody else leaves its old inbox. */
    private void changeIdentity(Session session, Identity who) {
        List<Reader> open = List.copyOf(readersOf(session));
        presence.rename(session, open.stream().map(Reader::channel).toList(), who.person());
        Channel own = new Channel.Inbox(who.key());
        open.stream()
                .filter(reader -> reader.channel().channel().isInbox()
                        && !reader.channel().channel().equals(own))
                .forEach(this::unregister);
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
