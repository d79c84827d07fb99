package dev.parley.server.endpoint;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.InvalidMessage;
import jakarta.websocket.Decoder;
import java.util.List;
import java.util.Optional;

/** Decodes a line of {@code /text} to an ordinary message to the lobby. */
public class LineDecoder implements Decoder.Text<InboundFrame> {
    @Override
    public InboundFrame decode(String line) {
        return new InboundFrame(line.isBlank() ? List.of() : List.of(message(line.stripTrailing())));
    }

    private static Decoded message(String content) {
        try {
            return new Decoded.Valid(new ClientMessage.Message(Optional.empty(), content, Optional.empty()));
        } catch (InvalidMessage e) {
            return new Decoded.Malformed(Optional.empty(), e.code(), e.getMessage());
        }
    }

    @Override
    public boolean willDecode(String line) {
        return true;
    }
}
