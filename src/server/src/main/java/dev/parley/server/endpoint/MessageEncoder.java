package dev.parley.server.endpoint;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import jakarta.websocket.Encoder;

/** Messages to text, for {@code sendObject}. The outbox sends text that was encoded once for all instead. */
public class MessageEncoder implements Encoder.Text<ServerMessage> {
    @Override
    public String encode(ServerMessage message) {
        return MessageCodec.encode(message);
    }
}
