package dev.parley.server.endpoint;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.MessageCodec;
import jakarta.websocket.Decoder;
import java.util.List;
import java.util.Optional;

/** Decodes a line of {@code /text} to a chat in the lobby, or to a {@code ping}. */
public class LineDecoder implements Decoder.Text<InboundFrame> {
    @Override
    public InboundFrame decode(String line) {
        if (line.isBlank()) {
            return new InboundFrame(List.of());
        }
        return new InboundFrame(List.of(ping(line.strip()).orElseGet(() -> chat(line.stripTrailing()))));
    }

    /** A heartbeat, which hand-written clients send in JSON and which people should not see. */
    private static Optional<Decoded> ping(String line) {
        if (!line.startsWith("{")) {
            return Optional.empty();
        }
        Decoded decoded = MessageCodec.decode(line).get(0);
        return decoded instanceof Decoded.Valid valid && valid.message() instanceof ClientMessage.Ping
                ? Optional.of(decoded)
                : Optional.empty();
    }

    private static Decoded chat(String content) {
        try {
            return new Decoded.Valid(
                    new ClientMessage.Chat(Optional.empty(), content, Channel.Room.LOBBY.name(), Optional.empty()));
        } catch (InvalidMessage e) {
            return new Decoded.Malformed(Optional.empty(), e.code(), e.getMessage());
        }
    }

    @Override
    public boolean willDecode(String line) {
        return true;
    }
}
