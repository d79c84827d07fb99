package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.fanout.presence.LocalPresence;
import dev.parley.server.fanout.presence.Occupants;
import dev.parley.server.fanout.presence.PresenceReports;
import dev.parley.server.fanout.presence.PresentUsers;
import dev.parley.server.session.Session;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tracks which users are present in which rooms, and announces changes: to the readers of the room, and to the other
 * nodes if there are any. Confined to the fan-out's event loop.
 */
final class RoomPresence {
    /** Ticks between two reports of versions, and how long a change is in each of them: some of them may be lost. */
    private static final int VERSIONS_EVERY = 5 * EventLoop.TICKS_A_SECOND;

    private static final int VERSIONS_FOR = 30 * EventLoop.TICKS_A_SECOND;

    /** Of the rooms that have not changed for longer, so many are in each report, in turn. */
    private static final int UNCHANGED_MAX = 100;

    /** Nodes that have ended are remembered up to this number. */
    private static final int ENDED_MAX = 1_000;

    /** For each so many people in a room there is a second more between two announcements: so many frames a second. */
    private static final int ANNOUNCED_A_SECOND = 10_000;

    private final FlushBatch batch;
    private final Map<Session, ServerMessage.Person> personOf = new HashMap<>();
    private final Set<ChannelReaders> changedRooms = new LinkedHashSet<>();

    // For other nodes.

    private Optional<PresenceReports> reports = Optional.empty();
    /** Rooms whose people on this node have changed since the last report. */
    private final Set<ChannelReaders> changedHere = new LinkedHashSet<>();
    /** Rooms of which another node wants to know everybody here. */
    private final Set<ChannelReaders> asked = new LinkedHashSet<>();
    /** The last report of each room; first the one whose version was not sent for the longest time. */
    private final Map<Channel.Room, Report> reported = new LinkedHashMap<>();

    private final Set<String> ended = new LinkedHashSet<>();

    private long version;
    private int ticks;

    private record Report(long version, int tick, boolean isEmpty) {}

    RoomPresence(FlushBatch batch) {
        this.batch = batch;
    }

    /** From here on other nodes are told. */
    void reportTo(PresenceReports others) {
        reports = Optional.of(others);
    }

    void enter(ChannelReaders readers, Session session) {
        if (readers.channel() instanceof Channel.Room room && readers.all().size() == 1) {
            reports.ifPresent(others -> others.ask(room, Optional.empty()));
        }
        enter(readers, personOf.computeIfAbsent(session, key -> key.signedInAs().person()));
    }

    private void enter(ChannelReaders readers, ServerMessage.Person person) {
        if (readers.channel().roomName().isEmpty()) {
            return;
        }
        readers.present().join(person);
        changedRooms.add(readers);
        if (reports.isPresent()) {
            readers.presentHere().join(person);
            changedHere.add(readers);
        }
    }

    void exit(ChannelReaders readers, Session session) {
        exit(readers, personOf.get(session));
    }

    private void exit(ChannelReaders readers, ServerMessage.Person person) {
        if (readers.channel() instanceof Channel.Room room) {
            readers.present().leave(person);
            changedRooms.add(readers);
            if (reports.isPresent()) {
                readers.presentHere().leave(person);
                changedHere.add(readers);
            }
            if (readers.isEmpty()) {
                emptied(readers, room);
            }
        }
    }

    private void emptied(ChannelReaders readers, Channel.Room room) {
        changedRooms.remove(readers);
        changedHere.remove(readers);
        asked.remove(readers);
        reports.ifPresent(others -> others.present(room, reported(readers, room, true), Occupants.NOBODY));
    }

    /** The version of the next report. */
    private long reported(ChannelReaders readers, Channel.Room room, boolean isEmpty) {
        version++;
        readers.presentHere().reported(version);
        reported.remove(room);
        reported.put(room, new Report(version, ticks, isEmpty));
        return version;
    }

    /** Renames a user or guest: the rooms see one leave and another join. */
    void rename(Session session, List<ChannelReaders> channels, ServerMessage.Person person) {
        ServerMessage.Person before = personOf.put(session, person);
        if (before == null || before.equals(person)) {
            return;
        }
        for (ChannelReaders readers : channels) {
            exit(readers, before);
            enter(readers, person);
        }
    }

    /** Drops the name of a session that has ended and left all its rooms. */
    void sessionEnded(Session session) {
        personOf.remove(session);
    }

    // What other nodes report.

    void changedElsewhere(
            ChannelReaders readers,
            Channel.Room room,
            String node,
            long before,
            long after,
            List<ServerMessage.Person> joined,
            List<ServerMessage.Person> left) {
        if (readers.presentElsewhere().changed(node, before, after, joined, left)) {
            changedRooms.add(readers);
        } else {
            ask(room, node);
        }
    }

    void presentElsewhere(ChannelReaders readers, String node, long at, Occupants occupants) {
        readers.presentElsewhere().present(node, at, occupants);
        changedRooms.add(readers);
    }

    void versionElsewhere(ChannelReaders readers, Channel.Room room, String node, long at) {
        if (!readers.presentElsewhere().isAt(node, at)) {
            ask(room, node);
        }
    }

    private void ask(Channel.Room room, String node) {
        reports.ifPresent(others -> others.ask(room, Optional.of(node)));
    }

    /** Asks all nodes for everybody, and tells them everybody with the next tick. */
    void askAll(ChannelReaders readers) {
        reports.ifPresent(others -> {
            others.ask((Channel.Room) readers.channel(), Optional.empty());
            asked.add(readers);
        });
    }

    /** Another node wants to know everybody here. Answered with the next tick, however many ask. */
    void asked(ChannelReaders readers) {
        asked.add(readers);
    }

    /** Only these other nodes are alive. One that was thought to have ended is asked for everybody again. */
    void nodesAlive(Collection<ChannelReaders> rooms, Set<String> alive) {
        List<String> back = ended.stream().filter(alive::contains).toList();
        back.forEach(ended::remove);
        for (ChannelReaders readers : rooms) {
            Set<String> gone = readers.presentElsewhere().keepOnly(alive);
            if (!gone.isEmpty()) {
                changedRooms.add(readers);
            }
            ended.addAll(gone);
            back.forEach(node -> ask((Channel.Room) readers.channel(), node));
        }
        while (ended.size() > ENDED_MAX) {
            ended.remove(ended.iterator().next());
        }
    }

    void answer(Session session, Optional<String> id, Channel.Room room, Optional<ChannelReaders> readers) {
        PresentUsers present = readers.map(ChannelReaders::present).orElseGet(PresentUsers::new);
        batch.offer(session, ServerMessage.Presence.answer(id, room.name(), present.tellFirst(), present.count()));
    }

    /** Delivers a typing notice to the other users in the room. */
    void typing(ServerMessage.Person person, Channel.Room room, ChannelReaders readers) {
        batch.offerAll(
                without(Optional.of(person), readers.authorized()),
                new ServerMessage.Typing(room.name(), person.username(), person.guest()));
    }

    /** The readers that are sessions of other people. */
    List<Reader> without(Optional<ServerMessage.Person> except, List<Reader> readers) {
        return except.map(person -> readers.stream()
                        .filter(reader -> !person.equals(personOf.get(reader.session())))
                        .toList())
                .orElse(readers);
    }

    /** @param isSecond whether other nodes are told the numbers of big rooms too */
    void tick(boolean isSecond) {
        ticks++;
        reports.ifPresent(others -> report(others, isSecond));
        for (ChannelReaders readers : List.copyOf(changedRooms)) {
            // A reader that waits for a recheck gets nothing now but must not miss a change: it is announced when no
            // reader waits.
            if (isDue(readers) && readers.areAllAuthorized()) {
                changedRooms.remove(readers);
                readers.present().takeChange().ifPresent(change -> announce(readers, change));
            }
        }
    }

    private boolean isDue(ChannelReaders readers) {
        return !readers.present().isBig() || ticks >= readers.announceAt();
    }

    private void report(PresenceReports others, boolean isSecond) {
        for (ChannelReaders readers : List.copyOf(changedHere)) {
            LocalPresence here = readers.presentHere();
            if (isSecond || !here.isCounted()) {
                changedHere.remove(readers);
                here.takeReport().ifPresent(report -> report(others, readers, report));
            }
        }
        for (ChannelReaders readers : asked) {
            others.present(
                    (Channel.Room) readers.channel(),
                    readers.presentHere().version(),
                    readers.presentHere().occupants());
        }
        asked.clear();
        if (ticks % VERSIONS_EVERY == 0) {
            reported.values().removeIf(report -> report.isEmpty() && !isRecent(report));
            Map<Channel.Room, Long> versions = versions();
            if (!versions.isEmpty()) {
                others.versions(versions);
            }
        }
    }

    private void report(PresenceReports others, ChannelReaders readers, LocalPresence.Report report) {
        Channel.Room room = (Channel.Room) readers.channel();
        long before = readers.presentHere().version();
        long after = reported(readers, room, false);
        if (report instanceof LocalPresence.Report.Change change) {
            others.changed(room, before, after, change.joined(), change.left());
        } else if (report instanceof LocalPresence.Report.All all) {
            others.present(room, after, all.occupants());
        }
    }

    private boolean isRecent(Report report) {
        return ticks - report.tick() <= VERSIONS_FOR;
    }

    /** Of all rooms that have changed lately, and of some others. */
    private Map<Channel.Room, Long> versions() {
        Map<Channel.Room, Long> versions = new HashMap<>();
        Map<Channel.Room, Report> unchanged = new LinkedHashMap<>();
        reported.forEach((room, report) -> {
            if (isRecent(report)) {
                versions.put(room, report.version());
            } else if (unchanged.size() < UNCHANGED_MAX) {
                unchanged.put(room, report);
                versions.put(room, report.version());
            }
        });
        unchanged.forEach((room, report) -> {
            reported.remove(room);
            reported.put(room, report);
        });
        return versions;
    }

    private void announce(ChannelReaders readers, PresentUsers.Change change) {
        String room = readers.channel().roomName().orElseThrow();
        readers.announceAt(ticks + EventLoop.TICKS_A_SECOND * (1 + change.count() / ANNOUNCED_A_SECOND));
        batch.offerAll(
                readers.all(),
                change.isCountOnly()
                        ? ServerMessage.Presence.count(room, change.count())
                        : ServerMessage.Presence.change(room, change.joined(), change.left(), change.count()));
    }
}
