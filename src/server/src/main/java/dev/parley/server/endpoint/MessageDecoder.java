package dev.parley.server.endpoint;

import dev.parley.protocol.MessageCodec;
import jakarta.websocket.Decoder;

/**
 * Text to messages. Malformed text becomes a value too: a {@code DecodeException} closes the connection on some servers
 * and reaches {@code @OnError} on others. Works without {@code init}, which some servers call late or never.
 */
public class MessageDecoder implements Decoder.Text<Inbound> {
    @Override
    public Inbound decode(String text) {
        return new Inbound(MessageCodec.decode(text));
    }

    @Override
    public boolean willDecode(String text) {
        return true;
    }
}
