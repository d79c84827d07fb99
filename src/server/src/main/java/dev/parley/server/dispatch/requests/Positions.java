package dev.parley.server.dispatch.requests;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.Position;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The two forms of a position over HTTP: {@code EPOCH:SEQ} in addresses and event ids, an object in bodies. */
public final class Positions {
    /** An epoch holds no colon. */
    private static final Pattern TEXT = Pattern.compile("([^:]{1,64}):(\\d{1,18})");

    private Positions() {}

    /** @throws InvalidMessage if the text is no position */
    public static Position parse(String name, String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new InvalidMessage(
                    ErrorCode.BAD_MESSAGE,
                    "'" + name + "' must be a position, EPOCH:SEQ, but is '" + Field.shown(text) + "'.");
        }
        return new Position(parts.group(1), Long.parseLong(parts.group(2)));
    }

    public static String text(Position position) {
        return position.epoch() + ":" + position.seq();
    }

    public static JsonObject json(Position position) {
        return Json.createObjectBuilder()
                .add("epoch", position.epoch())
                .add("seq", position.seq())
                .build();
    }
}
