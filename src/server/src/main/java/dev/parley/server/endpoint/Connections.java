package dev.parley.server.endpoint;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.config.Settings;
import dev.parley.server.dispatch.Dispatcher;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.Outbox;
import dev.parley.server.session.OutboxMemoryBudget;
import dev.parley.server.session.Session;
import dev.parley.server.session.SessionId;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TrafficCounters;
import jakarta.enterprise.inject.spi.CDI;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Creates a {@link Connection} for every WebSocket that the container opens. Any thread. */
public final class Connections {
    private static final Logger LOG = System.getLogger(Connections.class.getName());

    private final Settings settings;
    private final Dispatcher dispatcher;
    private final Sessions sessions;
    private final TrafficCounters traffic;
    private final Supplier<SessionId> sessionIds;
    private final Consumer<Session> whenEnded;
    private final OutboxMemoryBudget outboxes;

    /**
     * @param sessionIds source of unpredictable ids: a client of the same identity closes a session by its id, and
     *     anybody may be a guest of a guest's name
     * @param whenEnded called once with each session that has ended
     */
    public Connections(
            Settings settings,
            Dispatcher dispatcher,
            Sessions sessions,
            TrafficCounters traffic,
            Supplier<SessionId> sessionIds,
            Consumer<Session> whenEnded) {
        this.settings = settings;
        this.dispatcher = dispatcher;
        this.sessions = sessions;
        this.traffic = traffic;
        this.sessionIds = sessionIds;
        this.whenEnded = whenEnded;
        this.outboxes = new OutboxMemoryBudget(settings.outboxTotal(), sessions::count);
    }

    /** The bean, for endpoints on servers that do not inject into endpoints. */
    static Connections current() {
        return CDI.current().select(Connections.class).get();
    }

    /** Opens a session; empty, with the WebSocket closed, if the handshake bypassed the filter. */
    Optional<Connection> open(jakarta.websocket.Session container, EndpointType endpoint) {
        // No idle timeout of the container: its timers are costly, and the heartbeat's sweep watches all sessions.
        container.setMaxIdleTimeout(-1);
        Optional<HandshakeResult> arrival = HandshakeResult.from(container.getUserProperties());
        if (arrival.isEmpty()) {
            refuse(container);
            return Optional.empty();
        }
        Session session = new Session(
                sessionIds.get(),
                endpoint,
                arrival.get(),
                new JakartaTransport(container),
                framing(container, endpoint),
                new Outbox.Bounds(settings.outboxMax(), outboxes),
                traffic,
                System::nanoTime,
                whenEnded);
        sessions.add(session).forEach(oldest -> oldest.close(CloseCode.REPLACED));
        return Optional.of(new Connection(session, dispatcher.open(session), settings.frameMax()));
    }

    private static Framing framing(jakarta.websocket.Session container, EndpointType endpoint) {
        if (endpoint == EndpointType.TEXT) {
            return Framing.LINE;
        }
        return ServerMessage.Welcome.PROTOCOL.equals(container.getNegotiatedSubprotocol())
                ? Framing.BATCH
                : Framing.OBJECT;
    }

    private static void refuse(jakarta.websocket.Session container) {
        LOG.log(Level.WARNING, "A handshake bypassed the filter; its connection is closed.");
        new JakartaTransport(container).close(CloseCode.FORBIDDEN, CloseCode.FORBIDDEN.wireName());
    }
}
