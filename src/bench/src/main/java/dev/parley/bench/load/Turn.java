package dev.parley.bench.load;

import java.util.List;

/**
 * What a client does next in its dialog with a server.
 *
 * @param say texts to send
 * @param isReady whether it is signed in and reads its room
 */
public record Turn(List<String> say, boolean isReady) {
    /** Waits for the next frame. */
    public static final Turn LISTEN = new Turn(List.of(), false);
    /** Is ready. */
    public static final Turn READY = new Turn(List.of(), true);

    public Turn {
        say = List.copyOf(say);
    }

    public static Turn say(String text) {
        return new Turn(List.of(text), false);
    }
}
