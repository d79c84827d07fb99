package dev.parley.server.endpoint;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import jakarta.websocket.Encoder;

/** Encodes messages to text, once for all readers. One object encodes for all threads. Works without {@code init}. */
public class MessageEncoder implements Encoder.Text<ServerMessage> {
    @Override
    public String encode(ServerMessage message) {
        return MessageCodec.encode(message);
    }
}
