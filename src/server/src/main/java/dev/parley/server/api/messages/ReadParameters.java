package dev.parley.server.api.messages;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.Position;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.requests.Positions;
import java.util.List;
import java.util.Optional;

/** Reads the parameters of a request for messages. All methods throw {@link InvalidMessage}. */
final class ReadParameters {
    /** GlassFish and Payara answer a path with a colon by 503; so a room has another form too. */
    private static final List<String> ROOM = List.of("room/", "room:");

    private ReadParameters() {}

    /** @param name {@code room/NAME}, {@code room:NAME} as in a map of positions, {@code inbox} or {@code broadcast} */
    static Channel channel(String name) {
        for (String room : ROOM) {
            if (name.startsWith(room)) {
                // Says what is wrong with the name.
                return new Channel.Room(name.substring(room.length()));
            }
        }
        return Channel.parse(name)
                .orElseThrow(() -> new InvalidMessage(
                        ErrorCode.BAD_MESSAGE,
                        "The channel must be room/NAME, inbox or broadcast, but is '" + Field.shown(name) + "'."));
    }

    /** The channel as this user means it. */
    static Channel of(Identity who, Channel named) {
        return named.isInbox() ? new Channel.Inbox(who.key()) : named;
    }

    static Optional<Position> position(String name, Optional<String> text) {
        return text.map(value -> Positions.parse(name, value));
    }

    static int number(String name, Optional<String> text, int absent, int min, int max) {
        return text.map(value -> number(name, value, min, max)).orElse(absent);
    }

    private static int number(String name, String text, int min, int max) {
        int number = text.matches("\\d{1,6}") ? Integer.parseInt(text) : max + 1;
        if (number < min || number > max) {
            throw new InvalidMessage(
                    ErrorCode.BAD_MESSAGE,
                    "'" + name + "' must be a number from " + min + " to " + max + ", but is '" + Field.shown(text)
                            + "'.");
        }
        return number;
    }
}
