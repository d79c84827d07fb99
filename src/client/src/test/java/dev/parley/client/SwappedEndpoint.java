package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import jakarta.websocket.ClientEndpoint;

/** An endpoint whose annotation names other coders, which show that they were used. */
@ClientEndpoint(
        subprotocols = {"parley.v1", "swapped"},
        encoders = SwappedEndpoint.Encoder.class,
        decoders = SwappedEndpoint.Decoder.class)
public final class SwappedEndpoint extends ParleyEndpoint {
    SwappedEndpoint(EndpointListener listener) {
        super(listener);
    }

    SwappedEndpoint(EndpointListener listener, int frameMax, SessionCloser closer) {
        super(listener, frameMax, closer);
    }

    /** Writes {@code tea} where the message has {@code coffee}. */
    public static final class Encoder extends ClientMessageEncoder {
        @Override
        public String encode(ClientMessage message) {
            return super.encode(message).replace("coffee", "tea");
        }
    }

    /** Reads {@code milk} where the text has {@code water}. */
    public static final class Decoder extends ServerFrameDecoder {
        @Override
        public ServerFrame decode(String text) {
            return super.decode(text.replace("water", "milk"));
        }
    }
}
