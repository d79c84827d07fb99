package dev.parley.server.container;

import jakarta.servlet.ServletRequest;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * Finds the TCP connection of a request on GlassFish and Payara, which are made of Grizzly. Their WebSocket container
 * closes a connection after all that waits for the peer was written, and so never if the peer does not read. By
 * reflection: the application has no class of a server's.
 */
public final class GrizzlyConnection {
    private static final String CATALINA = "org.apache.catalina.connector.";
    private static final String ON_GLASSFISH = "getGrizzlyRequest";
    private static final String ON_PAYARA = "getCoyoteRequest";

    private static final Logger LOG = System.getLogger(GrizzlyConnection.class.getName());

    private GrizzlyConnection() {}

    /** The connection, an {@code org.glassfish.grizzly.Connection}; empty on other servers. */
    public static Optional<Object> of(ServletRequest request) {
        return ContainerCalls.innermost(request)
                .filter(inner -> inner.getClass().getName().startsWith(CATALINA))
                .flatMap(GrizzlyConnection::below);
    }

    private static Optional<Object> below(ServletRequest inner) {
        try {
            Object ofCatalina = ContainerCalls.call(inner, "getUnwrappedCoyoteRequest");
            Object ofGrizzly = ContainerCalls.call(
                    ofCatalina, ContainerCalls.has(ofCatalina, ON_GLASSFISH) ? ON_GLASSFISH : ON_PAYARA);
            return Optional.of(ContainerCalls.call(ofGrizzly, "getConnection"));
        } catch (ReflectiveOperationException | RuntimeException e) {
            // Tomcat has classes of this package too.
            LOG.log(Level.DEBUG, "This server does not give the connection of a request.", e);
            return Optional.empty();
        }
    }
}
