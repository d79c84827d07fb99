package dev.parley.server.endpoint;

import dev.parley.protocol.MessageCodec;
import jakarta.websocket.Decoder;

/**
 * Decodes text to messages. Malformed text becomes a value too, because a {@code DecodeException} closes the connection
 * on some servers and reaches {@code @OnError} on others. Works without {@code init}, which some servers call late or
 * never.
 */
public class MessageDecoder implements Decoder.Text<InboundFrame> {
    @Override
    public InboundFrame decode(String text) {
        return new InboundFrame(MessageCodec.decode(text));
    }

    @Override
    public boolean willDecode(String text) {
        return true;
    }
}
