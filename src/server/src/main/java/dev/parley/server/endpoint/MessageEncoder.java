package dev.parley.server.endpoint;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import jakarta.websocket.Encoder;

/**
 * Encodes messages to text, for {@code sendObject}. The outbox does not use it: it sends text that was encoded once for
 * all readers.
 */
public class MessageEncoder implements Encoder.Text<ServerMessage> {
    @Override
    public String encode(ServerMessage message) {
        return MessageCodec.encode(message);
    }
}
