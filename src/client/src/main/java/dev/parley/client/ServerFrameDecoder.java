package dev.parley.client;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Utf8;
import jakarta.websocket.Decoder;

/**
 * Decodes the text of a frame: one message, or a JSON array of messages. Malformed text becomes a value too, because
 * containers handle a {@code DecodeException} in different ways. Works without {@code init}, and on any thread.
 */
public class ServerFrameDecoder implements Decoder.Text<ServerFrame> {
    @Override
    public ServerFrame decode(String text) {
        return new ServerFrame(() -> MessageCodec.decodeFromServer(text), Utf8.length(text));
    }

    @Override
    public boolean willDecode(String text) {
        return true;
    }
}
