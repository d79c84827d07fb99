package dev.parley.server.dispatch.requests;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.auth.Identity;
import java.time.Duration;
import java.util.Optional;

/**
 * What a reader over HTTP asks for.
 *
 * @param who a user with a token
 * @param channel an inbox is the reader's own
 * @param after the position after which it reads; empty for the present end of the channel
 * @param limit most messages of one page
 * @param duration how long it reads: until there is a message, or the whole time for a stream
 * @param isStream whether it goes on after the first page
 */
public record ReadRequest(
        Identity who, Channel channel, Optional<Position> after, int limit, Duration duration, boolean isStream) {
    /** Most messages of one page. */
    public static final int LIMIT_MAX = 1_000;

    public static final int LIMIT_DEFAULT = 100;

    /** Below the time after which proxies usually give up a connection that says nothing, 60 s. */
    public static final Duration WAIT_MAX = Duration.ofSeconds(55);

    /**
     * A stream ends after this time, and its client comes back with the id of the last event. It bounds how long a
     * connection whose reader does not read occupies the server.
     */
    public static final Duration STREAM_MAX = Duration.ofMinutes(10);

    static ReadRequest page(Identity who, Channel channel, Optional<Position> after, int limit, Duration wait) {
        return new ReadRequest(who, channel, after, limit, wait, false);
    }

    static ReadRequest stream(Identity who, Channel channel, Optional<Position> after) {
        return new ReadRequest(who, channel, after, LIMIT_MAX, STREAM_MAX, true);
    }
}
