package dev.parley.server.dispatch;

import dev.parley.server.session.EndpointType;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.Transport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection whose credential was refused. It is told why and closed at once, and never becomes a session: what its
 * peer sends reaches nobody. Until it has ended it counts in the limits of connections. Any thread.
 */
public final class RefusedConnection {
    private static final Logger LOG = System.getLogger(RefusedConnection.class.getName());

    private final EndpointType endpoint;
    private final String address;
    private final HandshakeResult.Refusal refusal;
    private final String frame;
    private final Transport transport;
    private final Sessions sessions;
    /** Of the send, either its return or its completion has been seen. */
    private final AtomicBoolean isHalfSent = new AtomicBoolean();

    /** @param frame the refusal's error as this connection's peer reads it */
    RefusedConnection(
            EndpointType endpoint, HandshakeResult handshake, String frame, Transport transport, Sessions sessions) {
        this.endpoint = endpoint;
        this.address = handshake.address();
        this.refusal = handshake.refusal().orElseThrow();
        this.frame = frame;
        this.transport = transport;
        this.sessions = sessions;
        sessions.addRefused(address);
    }

    /** Tells the peer why it is refused, and closes. To be called once. */
    public void tell() {
        LOG.log(
                Level.INFO,
                "refused {0} of nobody at {1}: {2} {3}",
                endpoint.path(),
                address,
                Integer.toString(refusal.code().number()),
                refusal.error().code());
        transport.send(frame, left -> closeIfSent());
        closeIfSent();
    }

    /**
     * Closes when the send has both returned and completed. Containers may complete it before it returns, and hold
     * locks while they do.
     */
    private void closeIfSent() {
        if (isHalfSent.getAndSet(true)) {
            transport.close(refusal.code(), refusal.code().wireName());
        }
    }

    /** To be called once, when the TCP connection has ended. */
    public void ended() {
        sessions.removeRefused(address);
    }
}
