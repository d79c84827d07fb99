package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A message that wants its place.
 *
 * @param sender key of the identity; with {@code id} it is stored once
 * @param channels where it goes, the first one is the one that the ack names
 * @param writer makes the message once its place is known
 */
public record Append(String sender, String id, List<Channel> channels, Writer writer) {
    /** Makes the message as readers of one channel get it. */
    @FunctionalInterface
    public interface Writer {
        ServerMessage.Stored write(Channel channel, long seq, String sentAt);
    }

    public Append {
        channels = List.copyOf(channels);
        if (channels.isEmpty()) {
            throw new IllegalArgumentException("A message needs a channel; " + id + " has none.");
        }
    }

    Channel acknowledged() {
        return channels.get(0);
    }

    /** The same for the same message sent again, whatever place and time it gets. */
    String digest() {
        StringBuilder content = new StringBuilder();
        for (Channel channel : channels) {
            content.append(channel.storeKey())
                    .append(' ')
                    .append(MessageCodec.encode(writer.write(channel, 0, "")))
                    .append('\n');
        }
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(content.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
