package dev.parley.server.endpoint;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.container.ContainerKind;
import dev.parley.server.container.UndertowConnection;
import dev.parley.server.dispatch.ProtocolDetector;
import dev.parley.server.dispatch.RefusedConnection;
import dev.parley.server.dispatch.SessionOpener;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.HandshakePrincipal;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.ThreadLiveness;
import dev.parley.server.session.Transport;
import jakarta.enterprise.inject.spi.CDI;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Creates a {@link Connection} for every WebSocket that the container opens. Any thread. */
public final class Connections implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Connections.class.getName());

    /** On Open Liberty, where it would be the time of answers to pings, which is kept short. */
    private static final Duration SEND_TIMEOUT = Duration.ofMinutes(1);

    private final SessionOpener sessions;
    private final int frameMax;
    private final BlockingCalls blockingCalls;
    private final LingeringConnections lingering;

    /**
     * @param frameMax maximum size of a frame in bytes
     * @param threads creates threads for containers that block, when they are needed
     */
    public Connections(SessionOpener sessions, int frameMax, ThreadFactory threads) {
        this.sessions = sessions;
        this.frameMax = frameMax;
        this.blockingCalls = new BlockingCalls(threads, System::nanoTime);
        this.lingering = new LingeringConnections(System::nanoTime, blockingCalls);
    }

    /** Maximum size of a frame in bytes. */
    int frameMax() {
        return frameMax;
    }

    /**
     * Ends the connections of peers that did not answer our close in time, and calls in which a container hangs. To be
     * called once a second.
     */
    public void sweep() {
        lingering.sweep();
        blockingCalls.sweep();
    }

    /** Liveness of the threads that wait for peers in the container's place. */
    public ThreadLiveness liveness() {
        return blockingCalls.liveness();
    }

    /** The bean, for endpoints on servers that do not inject into endpoints. */
    static Connections current() {
        return CDI.current().select(Connections.class).get();
    }

    /**
     * Opens a session; empty, with the WebSocket closed, if the handshake bypassed the filter or brought a credential
     * that was refused. Then what the peer still sends is dropped.
     *
     * @param endpointClass its annotation has the path, if the handshake was not for the root, and names the decoder
     */
    Optional<Connection> open(jakarta.websocket.Session container, Class<?> endpointClass) {
        Transport transport = transport(container);
        // No idle timeout of the container: its timers are costly, and the heartbeat's sweep watches all sessions.
        container.setMaxIdleTimeout(-1);
        Optional<HandshakeResult> arrival = HandshakeResult.from(container.getUserProperties());
        if (arrival.isEmpty()) {
            refuse(transport);
            return Optional.empty();
        }
        EndpointType endpoint = arrival.get().isAtRoot()
                ? EndpointType.ROOT
                : EndpointType.of(EndpointCoders.annotation(endpointClass).value());
        if (arrival.get().refusal().isPresent()) {
            RefusedConnection refused =
                    sessions.refuse(endpoint, arrival.get(), transport, framing(container, endpoint));
            lingering.endSoon(container, refused::ended);
            refused.tell();
            return Optional.empty();
        }
        Function<String, List<Decoded>> decoder = EndpointCoders.decoder(endpointClass);
        if (isUndecided(arrival.get(), container)) {
            Framing.Detected framing = Framing.detected();
            SessionOpener.Opened opened = sessions.open(endpoint, arrival.get(), transport, framing, decoder);
            ProtocolDetector detector = new ProtocolDetector(
                    opened.inbound(), framing, decoder, EndpointCoders.decoder(TextEndpoint.class));
            return Optional.of(connection(container, opened, detector, detector::isJson));
        }
        SessionOpener.Opened opened =
                sessions.open(endpoint, arrival.get(), transport, framing(container, endpoint), decoder);
        return Optional.of(connection(container, opened, decoder, () -> endpoint != EndpointType.TEXT));
    }

    /** Whether the handshake leaves open what the peer speaks: a credential or our subprotocol decides for JSON. */
    private static boolean isUndecided(HandshakeResult arrival, jakarta.websocket.Session container) {
        return arrival.isAtRoot() && arrival.credential().isEmpty() && !isBatched(container);
    }

    private Connection connection(
            jakarta.websocket.Session container,
            SessionOpener.Opened opened,
            Function<String, List<Decoded>> decoder,
            BooleanSupplier takesBinary) {
        return new Connection(
                opened.session(),
                opened.inbound(),
                decoder,
                takesBinary,
                frameMax,
                () -> lingering.watch(container, JakartaTransport.LINGER_MILLIS));
    }

    private Transport transport(jakarta.websocket.Session container) {
        return switch (ContainerKind.of(container)) {
            case OPEN_LIBERTY -> serial(transport(container, Transport.CALLER), container);
            case TYRUS -> new ServiceFreeTransport(transport(container, Transport.CALLER));
            case UNDERTOW -> undertow(container);
            case OTHER -> transport(container, Transport.CALLER);
        };
    }

    private Transport transport(jakarta.websocket.Session container, Executor writer) {
        return new JakartaTransport(container, lingering, writer);
    }

    private Transport undertow(jakarta.websocket.Session container) {
        if (container.getUserPrincipal() instanceof HandshakePrincipal principal) {
            principal.connection().ifPresent(UndertowConnection::forgetRequest);
        }
        return transport(container, TcpConnection.ioThread(container));
    }

    private Transport serial(Transport transport, jakarta.websocket.Session container) {
        container.getAsyncRemote().setSendTimeout(SEND_TIMEOUT.toMillis());
        return new SerialTransport(
                transport,
                blockingCalls,
                TcpConnection.of(container, blockingCalls).writes(),
                code -> lingering.watch(container, JakartaTransport.lingerMillis(code)));
    }

    private static Framing framing(jakarta.websocket.Session container, EndpointType endpoint) {
        if (endpoint == EndpointType.TEXT) {
            return Framing.lines();
        }
        return isBatched(container) ? Framing.BATCH : Framing.OBJECT;
    }

    private static boolean isBatched(jakarta.websocket.Session container) {
        return ServerMessage.Welcome.PROTOCOL.equals(container.getNegotiatedSubprotocol());
    }

    private static void refuse(Transport transport) {
        LOG.log(Level.WARNING, "A handshake bypassed the filter; its connection is closed.");
        transport.close(CloseCode.FORBIDDEN, CloseCode.FORBIDDEN.wireName());
    }

    /** Waits until the closes of all sessions have left, for 2 s at most. */
    @Override
    public void close() {
        blockingCalls.close();
    }
}
