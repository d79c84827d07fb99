package dev.parley.server.endpoint;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.dispatch.SessionOpener;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.SessionExecutor;
import dev.parley.server.session.Transport;
import jakarta.enterprise.inject.spi.CDI;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;

/** Creates a {@link Connection} for every WebSocket that the container opens. Any thread. */
public final class Connections implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Connections.class.getName());

    /** Each may wait some seconds for a peer that does not read, and a few are lost; see {@link SerialTransport}. */
    private static final int WRITERS = 256;

    private static final int WRITES_MAX = 50_000;

    private final SessionOpener sessions;
    private final int frameMax;
    private final SessionExecutor writers;
    private final LingeringConnections lingering = new LingeringConnections(System::nanoTime);

    /**
     * @param frameMax maximum size of a frame in bytes
     * @param threads creates threads for containers that block, when they are needed
     */
    public Connections(SessionOpener sessions, int frameMax, ThreadFactory threads) {
        this.sessions = sessions;
        this.frameMax = frameMax;
        this.writers = new SessionExecutor(threads, WRITERS, WRITES_MAX);
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
        return open(container, endpointClass, new JakartaTransport(container, lingering));
    }

    /** The same on a container that blocks in pings and closes. */
    Optional<Connection> openBlocking(jakarta.websocket.Session container, Class<?> endpointClass) {
        return open(container, endpointClass, new SerialTransport(new JakartaTransport(container, lingering), writers));
    }

    private Optional<Connection> open(
            jakarta.websocket.Session container, Class<?> endpointClass, Transport transport) {
        EndpointType endpoint =
                EndpointType.of(EndpointCoders.annotation(endpointClass).value());
        // No idle timeout of the container: its timers are costly, and the heartbeat's sweep watches all sessions.
        container.setMaxIdleTimeout(-1);
        Optional<HandshakeResult> arrival = HandshakeResult.from(container.getUserProperties());
        if (arrival.isEmpty()) {
            refuse(transport);
            return Optional.empty();
        }
        Function<String, List<Decoded>> decoder = EndpointCoders.decoder(endpointClass);
        SessionOpener.Opened opened =
                sessions.open(endpoint, arrival.get(), transport, framing(container, endpoint), decoder);
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

    private static void refuse(Transport transport) {
        LOG.log(Level.WARNING, "A handshake bypassed the filter; its connection is closed.");
        transport.close(CloseCode.FORBIDDEN, CloseCode.FORBIDDEN.wireName());
    }

    /** Waits until the closes of all sessions have left, for 2 s at most. */
    @Override
    public void close() {
        writers.close();
    }
}
