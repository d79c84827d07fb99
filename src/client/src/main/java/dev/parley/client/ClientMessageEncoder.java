package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import jakarta.websocket.Encoder;

/** Encodes a message to the server as JSON. Works without {@code init}, and on any thread. */
public class ClientMessageEncoder implements Encoder.Text<ClientMessage> {
    @Override
    public String encode(ClientMessage message) {
        return MessageCodec.encode(message);
    }
}
