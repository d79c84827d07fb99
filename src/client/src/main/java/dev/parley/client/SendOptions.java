package dev.parley.client;

import dev.parley.protocol.MessageId;
import java.time.Duration;
import java.util.Optional;

/**
 * How one message is sent: under which id, and whether the call may wait for room in the queue.
 *
 * <pre>
 * client.chat("orders", text, SendOptions.DEFAULT.id(row.id()).waitAtMost(Duration.ofSeconds(30)));
 * </pre>
 *
 * @param id the id of the message, 1-64 characters of {@code A-Za-z0-9_-}; if empty, the client makes a random one. The
 *     server stores the same user and id once (for {@code parley.dedupe.age}, 24 h by default) and answers a retry with
 *     the first ack. So an application that keeps a message with its id until the ack may send it again after a crash
 *     of its own. An id is unique among all messages of the user: random or a key, never a counter that may start anew.
 *     The same id with other content ends in {@code conflict}, and in {@code duplicate} while the first message waits
 *     for its ack
 * @param waitAtMost how long the calling thread waits if {@link ParleyClientBuilder#maxUnacked} is reached; zero: the
 *     message fails with {@code queue_full} at once
 */
public record SendOptions(Optional<String> id, Duration waitAtMost) {
    /** A random id, and no wait. */
    public static final SendOptions DEFAULT = new SendOptions(Optional.empty(), Duration.ZERO);

    /** @throws IllegalArgumentException with the value, if the id is not of its shape or the duration is negative */
    public SendOptions {
        id = id.map(value -> new MessageId(value).value());
        if (waitAtMost.isNegative()) {
            throw new IllegalArgumentException("waitAtMost must not be negative, but is " + waitAtMost + ".");
        }
    }

    public SendOptions id(String value) {
        return new SendOptions(Optional.of(value), waitAtMost);
    }

    public SendOptions waitAtMost(Duration value) {
        return new SendOptions(id, value);
    }
}
