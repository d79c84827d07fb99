package dev.parley.server.endpoint;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.dispatch.SessionOpener;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.HandshakeResult;
import jakarta.enterprise.inject.spi.CDI;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Creates a {@link Connection} for every WebSocket that the container opens. Any thread. */
public final class Connections {
    private static final Logger LOG = System.getLogger(Connections.class.getName());

    private final SessionOpener sessions;
    private final int frameMax;
    private final LingeringConnections lingering = new LingeringConnections(System::nanoTime);

    /** @param frameMax maximum size of a frame in bytes */
    public Connections(SessionOpener sessions, int frameMax) {
        this.sessions = sessions;
        this.frameMax = frameMax;
    }

    /** Maximum size of a frame in bytes. */
    int frameMax() {
        return frameMax;
    }

    /** Ends the connections of peers that did not answer our close in time. To be called once a second. */
    public void sweep() {
        lingering.sweep();
    }

    /** The bean, for endpoints on servers that do not inject into endpoints. */
    static Connections current() {
        return CDI.current().select(Connections.class).get();
    }

    /**
     * Opens a session; empty, with the WebSocket closed, if the handshake bypassed the filter.
     *
     * @param endpointClass its annotation has the path and names the decoder
     */
    Optional<Connection> open(jakarta.websocket.Session container, Class<?> endpointClass) {
        EndpointType endpoint =
                EndpointType.of(EndpointCoders.annotation(endpointClass).value());
        // No idle timeout of the container: its timers are costly, and the heartbeat's sweep watches all sessions.
        container.setMaxIdleTimeout(-1);
        Optional<HandshakeResult> arrival = HandshakeResult.from(container.getUserProperties());
        if (arrival.isEmpty()) {
            refuse(container);
            return Optional.empty();
        }
        Function<String, List<Decoded>> decoder = EndpointCoders.decoder(endpointClass);
        SessionOpener.Opened opened = sessions.open(
                endpoint,
                arrival.get(),
                new JakartaTransport(container, lingering),
                framing(container, endpoint),
                decoder);
        return Optional.of(new Connection(
                opened.session(),
                opened.inbound(),
                decoder,
                frameMax,
                () -> lingering.watch(container, JakartaTransport.LINGER_MILLIS)));
    }

    private static Framing framing(jakarta.websocket.Session container, EndpointType endpoint) {
        if (endpoint == EndpointType.TEXT) {
            return Framing.LINE;
        }
        return ServerMessage.Welcome.PROTOCOL.equals(container.getNegotiatedSubprotocol())
                ? Framing.BATCH
                : Framing.OBJECT;
    }

    private void refuse(jakarta.websocket.Session container) {
        LOG.log(Level.WARNING, "A handshake bypassed the filter; its connection is closed.");
        new JakartaTransport(container, lingering).close(CloseCode.FORBIDDEN, CloseCode.FORBIDDEN.wireName());
    }
}
