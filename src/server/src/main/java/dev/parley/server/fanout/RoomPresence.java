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
    private final Map<Session, ServerMessage.Person> personOf = new HashMap<>();
    private final Set<ChannelReaders> changedRooms = new LinkedHashSet<>();

    RoomPresence(FlushBatch batch) {
        this.batch = batch;
    }

    void enter(ChannelReaders readers, Session session) {
        enter(readers, personOf.computeIfAbsent(session, key -> key.signedInAs().person()));
    }

    private void enter(ChannelReaders readers, ServerMessage.Person person) {
        if (readers.channel().roomName().isPresent()) {
            readers.present().join(person);
            changedRooms.add(readers);
        }
    }

    void exit(ChannelReaders readers, Session session) {
        exit(readers, personOf.get(session));
    }

    private void exit(ChannelReaders readers, ServerMessage.Person person) {
        if (readers.channel().roomName().isPresent()) {
            readers.present().leave(person);
            changedRooms.add(readers);
        }
        if (readers.isEmpty()) {
            changedRooms.remove(readers);
        }
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

    void answer(Session session, Optional<String> id, Channel.Room room, Optional<ChannelReaders> readers) {
        PresentUsers present = readers.map(ChannelReaders::present).orElseGet(PresentUsers::new);
        batch.offer(session, ServerMessage.Presence.answer(id, room.name(), present.first(), present.count()));
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
