package dev.parley.server.store.model;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import java.util.List;
import java.util.Optional;

/**
 * A message to be appended to its channels.
 *
 * @param sender a message of the same sender and {@code id} is stored once
 * @param channels the channels that get a copy; the ack names the first one
 * @param content digest that is equal if the same message is sent again, whatever position and time it gets
 * @param attachment id of the attachment that this message shows
 * @param writer creates the stored message once its position is known
 */
public record Append(
        UserKey sender,
        MessageId id,
        List<Channel> channels,
        ContentDigest content,
        Optional<String> attachment,
        Writer writer) {
    /** Creates the message as the readers of one channel get it. */
    @FunctionalInterface
    public interface Writer {
        ServerMessage.Stored write(Channel channel, long seq, String sentAt);
    }

    /** A message without an attachment. */
    public Append(UserKey sender, MessageId id, List<Channel> channels, ContentDigest content, Writer writer) {
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
