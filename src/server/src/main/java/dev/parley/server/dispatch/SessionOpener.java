package dev.parley.server.dispatch;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.http.UntrustedProxyWarning;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.session.Outbox;
import dev.parley.server.session.Session;
import dev.parley.server.session.SessionId;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.session.Transport;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Opens a session with its inbound queue on each new transport, or refuses it there. Any thread. */
public final class SessionOpener {
    private final Sessions sessions;
    private final Dispatcher dispatcher;
    private final MessageEncoding encoding;
    private final Outbox.Bounds bounds;
    private final TrafficCounters traffic;
    private final Supplier<SessionId> sessionIds;
    private final LongSupplier nanoTime;
    private final Consumer<Session> whenEnded;
    private final UntrustedProxyWarning proxyWarning;

    /** A new session, and the queue that takes its frames. */
    public record Opened(Session session, InboundQueue inbound) {}

    /**
     * @param bounds bounds of each outbox
     * @param sessionIds source of unpredictable ids: a client of the same identity closes a session by its id
     * @param nanoTime the monotonic clock
     * @param whenEnded called once with each session that has ended
     * @param proxyWarning told how many sessions of an address have no credential
     */
    public SessionOpener(
            Sessions sessions,
            Dispatcher dispatcher,
            MessageEncoding encoding,
            Outbox.Bounds bounds,
            TrafficCounters traffic,
            Supplier<SessionId> sessionIds,
            LongSupplier nanoTime,
            Consumer<Session> whenEnded,
            UntrustedProxyWarning proxyWarning) {
        this.sessions = sessions;
        this.dispatcher = dispatcher;
        this.encoding = encoding;
        this.bounds = bounds;
        this.traffic = traffic;
        this.sessionIds = sessionIds;
        this.nanoTime = nanoTime;
        this.whenEnded = whenEnded;
        this.proxyWarning = proxyWarning;
    }

    /**
     * Opens a session, and closes the oldest sessions of its user that now exceed the limit.
     *
     * @param decoder decodes messages of this connection that came in chunks; never throws
     */
    public Opened open(
            EndpointType endpoint,
            HandshakeResult handshake,
            Transport transport,
            Framing framing,
            Function<String, List<Decoded>> decoder) {
        Session session = new Session(
                sessionIds.get(),
                endpoint,
                handshake,
                transport,
                framing,
                encoding,
                bounds,
                traffic,
                nanoTime,
                whenEnded);
        sessions.add(session).forEach(oldest -> oldest.close(CloseCode.REPLACED));
        if (handshake.credential().isEmpty()) {
            proxyWarning.guests(handshake.address(), sessions.unsigned(handshake.address()));
        }
        return new Opened(session, dispatcher.open(session, decoder));
    }

    /**
     * Begins to count a connection whose credential was refused. The caller lets it tell its peer why, and reports its
     * end.
     */
    public RefusedConnection refuse(
            EndpointType endpoint, HandshakeResult handshake, Transport transport, Framing framing) {
        ServerMessage.Error error = handshake.refusal().orElseThrow().error();
        String frame = framing.frameOf(encoding.encode(error)).orElseThrow();
        return new RefusedConnection(endpoint, handshake, frame, transport, sessions);
    }
}
