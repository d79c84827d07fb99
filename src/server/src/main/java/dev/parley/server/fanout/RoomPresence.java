package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Session;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Tracks which users are present in which rooms, and announces changes. Confined to the fan-out's event loop. */
final class RoomPresence {
    private final FlushBatch batch;
    private final Map<Session, String> nameOf = new HashMap<>();
    private final Set<ChannelReaders> changedRooms = new LinkedHashSet<>();

    RoomPresence(FlushBatch batch) {
        this.batch = batch;
    }

    void enter(ChannelReaders readers, Session session) {
        enter(readers, nameOf.computeIfAbsent(session, key -> key.signedInAs().name()));
    }

    private void enter(ChannelReaders readers, String name) {
        if (readers.channel().roomName().isPresent()) {
            readers.present().join(name);
            changedRooms.add(readers);
        }
    }

    void exit(ChannelReaders readers, Session session) {
        exit(readers, nameOf.get(session));
    }

    private void exit(ChannelReaders readers, String name) {
        if (readers.channel().roomName().isPresent()) {
            readers.present().leave(name);
            changedRooms.add(readers);
        }
        if (readers.isEmpty()) {
            changedRooms.remove(readers);
        }
    }

    /**
     * Renames a user: the rooms see one user leave and another join.
     *
     * @return false if the name has not changed
     */
    boolean rename(Session session, List<ChannelReaders> channels, String name) {
        String before = nameOf.put(session, name);
        if (before == null || before.equals(name)) {
            return false;
        }
        for (ChannelReaders readers : channels) {
            exit(readers, before);
            enter(readers, name);
        }
        return true;
    }

    /** Drops the name of a session that has ended and left all its rooms. */
    void sessionEnded(Session session) {
        nameOf.remove(session);
    }

    void answer(Session session, Optional<String> id, Channel.Room room, Optional<ChannelReaders> readers) {
        PresentUsers present = readers.map(ChannelReaders::present).orElseGet(PresentUsers::new);
        batch.offer(session, ServerMessage.Presence.answer(id, room.name(), present.firstNames(), present.count()));
    }

    /** Delivers a typing notice to the other users in the room, if the typist is in it. */
    void typing(Session typist, String name, Channel.Room room, ChannelReaders readers) {
        if (readers.of(typist).filter(Reader::isAuthorized).isEmpty()) {
            return;
        }
        List<Reader> others = readers.authorized().stream()
                .filter(reader -> !name.equals(nameOf.get(reader.session())))
                .toList();
        batch.offerAll(others, new ServerMessage.Typing(room.name(), name));
    }

    /** @param isSecond whether changes of big rooms are announced too */
    void tick(boolean isSecond) {
        for (ChannelReaders readers : List.copyOf(changedRooms)) {
            // A reader that waits for a recheck gets nothing now but must not miss a change: it is announced when no
            // reader
            // waits.
            if ((isSecond || !readers.present().isBig()) && readers.areAllAuthorized()) {
                changedRooms.remove(readers);
                readers.present().takeChange().ifPresent(change -> announce(readers, change));
            }
        }
    }

    private void announce(ChannelReaders readers, PresentUsers.Change change) {
        String room = readers.channel().roomName().orElseThrow();
        batch.offerAll(
                readers.all(),
                change.isCountOnly()
                        ? ServerMessage.Presence.count(room, change.count())
                        : ServerMessage.Presence.change(room, change.joined(), change.left(), change.count()));
    }
}
