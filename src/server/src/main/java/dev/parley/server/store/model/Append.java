package dev.parley.server.store.model;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import java.util.List;
import java.util.Optional;

/**
 * A message that wants its place.
 *
 * @param sender key of the identity; with {@code id} it is stored once
 * @param channels where it goes, the first one is the one that the ack names
 * @param content the same for the same message sent again, whatever place and time it gets
 * @param attachment id of the file that this message shows
 * @param writer makes the message once its place is known
 */
public record Append(
        String sender,
        String id,
        List<Channel> channels,
        ContentDigest content,
        Optional<String> attachment,
        Writer writer) {
    /** Makes the message as readers of one channel get it. */
    @FunctionalInterface
    public interface Writer {
        ServerMessage.Stored write(Channel channel, long seq, String sentAt);
    }

    /** A message without a file. */
    public Append(String sender, String id, List<Channel> channels, ContentDigest content, Writer writer) {
        this(sender, id, channels, content, Optional.empty(), writer);
    }

    public Append {
        channels = channels.stream().distinct().toList();
        if (channels.isEmpty()) {
            throw new IllegalArgumentException("A message needs a channel; " + id + " has none.");
        }
    }

    public Channel acknowledged() {
        return channels.get(0);
    }
}
