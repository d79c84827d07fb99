package dev.parley.protocol;

import java.util.Optional;
import java.util.stream.Stream;

/** The channel that a message names: exactly one of {@code room}, {@code inbox: true} and {@code broadcast: true}. */
final class Target {
    private Target() {}

    static Optional<String> checked(Optional<String> room, Optional<Boolean> inbox, Optional<Boolean> broadcast) {
        long named = Stream.of(room.isPresent(), isTrue(inbox), isTrue(broadcast))
                .filter(present -> present)
                .count();
        if (named == 0) {
            throw new InvalidMessage(
                    ErrorCode.MISSING_FIELD, "Name one channel: 'room', 'inbox': true or 'broadcast': true.");
        }
        if (named > 1) {
            throw new InvalidMessage(
                    ErrorCode.BAD_MESSAGE,
                    "Name only one channel: 'room', 'inbox': true or 'broadcast': true; this message names " + named
                            + ".");
        }
        return room.map(Field::room);
    }

    static Channel channel(Optional<String> room, Optional<Boolean> inbox, UserKey owner) {
        if (room.isPresent()) {
            return new Channel.Room(room.get());
        }
        return isTrue(inbox) ? new Channel.Inbox(owner) : Channel.Broadcast.INSTANCE;
    }

    /** The {@code inbox} or {@code broadcast} field of an answer: true or absent, never false. */
    static Optional<Boolean> flag(boolean set) {
        return set ? Optional.of(true) : Optional.empty();
    }

    private static boolean isTrue(Optional<Boolean> flag) {
        return flag.orElse(false);
    }
}
