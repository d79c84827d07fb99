package dev.parley.server.endpoint;

import dev.parley.server.container.ContainerKind;
import jakarta.servlet.ServletContext;
import jakarta.websocket.server.ServerContainer;
import java.util.Optional;

/**
 * The buffer in which Tyrus, the WebSocket container of GlassFish and Payara, collects a frame before the endpoint
 * receives any of it. A parameter of {@code web.xml} bounds it, and cannot follow {@code parley.frame.max}.
 */
public final class TyrusBuffer {
    /** Bytes, as {@code TyrusHttpUpgradeHandler} of Tyrus 2.1 reads it. */
    static final String PARAMETER = "org.glassfish.tyrus.servlet.incoming-buffer-size";

    /** Without the parameter. */
    private static final int DEFAULT = 4_194_315;

    /** Tyrus appends all that it has read to the unfinished frame, also the frames behind it. */
    private static final int ONE_READ = 64 * 1024;

    private TyrusBuffer() {}

    /**
     * Describes what is wrong if the buffer is too small for the longest frame; empty on other containers.
     *
     * @param frameMax maximum size of a frame in bytes
     */
    public static Optional<String> problem(ServletContext context, int frameMax) {
        if (!isTyrus(context)) {
            return Optional.empty();
        }
        int buffer = Optional.ofNullable(context.getInitParameter(PARAMETER))
                .map(Integer::parseInt)
                .orElse(DEFAULT);
        long needed = (long) frameMax + ONE_READ;
        if (buffer >= needed) {
            return Optional.empty();
        }
        return Optional.of("parley.frame.max is " + frameMax + ", but this server's WebSocket container closes a"
                + " connection with 1011 when it has to buffer more than " + buffer
                + " bytes. Set the context parameter "
                + PARAMETER + " to " + needed + " or more, or lower parley.frame.max.");
    }

    private static boolean isTyrus(ServletContext context) {
        return Optional.ofNullable(context.getAttribute(ServerContainer.class.getName()))
                .filter(container -> ContainerKind.of(container) == ContainerKind.TYRUS)
                .isPresent();
    }
}
