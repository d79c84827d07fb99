package dev.parley.server.endpoint;

import dev.parley.protocol.CloseCode;
import dev.parley.server.container.ServiceFreeContext;
import dev.parley.server.session.Transport;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Calls a transport in a {@link ServiceFreeContext}. */
record ServiceFreeTransport(Transport transport) implements Transport {
    @Override
    public void send(String text, Consumer<Boolean> whenDone) {
        ServiceFreeContext.run(() -> transport.send(text, whenDone));
    }

    @Override
    public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
        ServiceFreeContext.run(() -> transport.send(frame, whenDone));
    }

    @Override
    public void ping(ByteBuffer payload) {
        ServiceFreeContext.run(() -> transport.ping(payload));
    }

    @Override
    public void close(CloseCode code, String reason) {
        ServiceFreeContext.run(() -> transport.close(code, reason));
    }
}
