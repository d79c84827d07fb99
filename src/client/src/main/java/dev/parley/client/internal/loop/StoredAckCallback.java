package dev.parley.client.internal.loop;

import dev.parley.client.Ack;
import dev.parley.client.ParleyException;
import dev.parley.client.internal.outbound.SendCallback;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import java.util.Optional;

/** Turns the wire's ack into that of a stored message, which always has a channel and a seq. */
record StoredAckCallback(SendCallback<Ack> callback) implements SendCallback<ServerMessage.Ack> {
    @Override
    public void succeeded(ServerMessage.Ack ack) {
        stored(ack)
                .ifPresentOrElse(
                        callback::succeeded,
                        () -> failed(new ParleyException(
                                ParleyException.BAD_SERVER,
                                "The server acknowledged a message, but did not say where it is stored.")));
    }

    private static Optional<Ack> stored(ServerMessage.Ack ack) {
        if (ack.id().isEmpty() || ack.seq().isEmpty() || ack.sentAt().isEmpty()) {
            return Optional.empty();
        }
        return channel(ack)
                .map(channel -> new Ack(
                        ack.id().get(),
                        channel,
                        ack.seq().getAsLong(),
                        ack.sentAt().get()));
    }

    private static Optional<Channel> channel(ServerMessage.Ack ack) {
        if (ack.room().isPresent()) {
            return Channel.parse(Channel.Room.wireKey(ack.room().get()));
        }
        if (ack.inbox().orElse(false)) {
            return Optional.of(Channel.Inbox.OWN);
        }
        return ack.broadcast().orElse(false) ? Optional.of(Channel.Broadcast.INSTANCE) : Optional.empty();
    }

    @Override
    public void failed(ParleyException why) {
        callback.failed(why);
    }
}
