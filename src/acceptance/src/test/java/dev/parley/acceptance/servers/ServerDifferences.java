package dev.parley.acceptance.servers;

import dev.parley.acceptance.support.ParleyDeployment;
import java.time.Duration;

/** What tests expect of the application server that they run on, where servers differ and the WAR cannot change it. */
public final class ServerDifferences {
    private ServerDifferences() {}

    /**
     * The longest time from our close frame to the end of the TCP connection of a peer that does not answer. Liberty
     * waits for 30 s, whatever the idle timeout of the session.
     */
    public static Duration endOfASilentPeer() {
        return isLiberty() ? Duration.ofSeconds(40) : Duration.ofSeconds(20);
    }

    /** Whether escaped dots may be a segment of a path. Liberty refuses them, and escaped slashes, with 400. */
    public static boolean takesEscapedDots() {
        return !isLiberty();
    }

    /** Whether the address of a folder is 403. Liberty says 404. */
    public static boolean forbidsFolders() {
        return !isLiberty();
    }

    /** Whether the method get is not GET (RFC 9110 section 9.1). To Liberty, and to the WAR in it, both are GET. */
    public static boolean tellsMethodsByCase() {
        return !isLiberty();
    }

    /** Whether a refused TLS handshake is answered with an alert. Liberty ends the connection. */
    public static boolean saysWhyTlsFails() {
        return !isLiberty();
    }

    /**
     * Whether the head of a request that comes byte by byte, without a long pause, meets a time limit. In Liberty each
     * byte starts the limit again; the head takes no thread and little memory, and ends with the limit of its size.
     */
    public static boolean endsSlowHeads() {
        return !isLiberty();
    }

    private static boolean isLiberty() {
        return ParleyDeployment.Built.SERVER.name().equals("liberty");
    }

    /**
     * The close code for a frame that is announced longer than the container collects. Tyrus has 1011 for it, from its
     * own buffer; elsewhere Parley or the container says 1009.
     */
    public static int hugeFrameCode() {
        return switch (ParleyDeployment.Built.SERVER.name()) {
            case "glassfish", "payara" -> 1011;
            default -> 1009;
        };
    }

    /**
     * Whether an answer with an Upgrade header keeps its Content-Type. GlassFish and Payara drop it, with the length:
     * to Grizzly such an answer has no body.
     */
    public static boolean typesTheAnswer426() {
        return !isOnGrizzly();
    }

    /**
     * Whether a head must arrive in some time. Grizzly, under GlassFish and Payara, has a limit for the time between
     * two of its bytes only (30 s). Such a connection occupies no thread, and at most the 64 KiB of a head.
     */
    public static boolean limitsTheTimeOfAHead() {
        return !isOnGrizzly();
    }

    /** Whether a refused TLS handshake gets an alert that says why. Grizzly closes the connection without one. */
    public static boolean explainsRefusedTls() {
        return !isOnGrizzly();
    }

    /** Whether the address of a folder is 403. GlassFish and Payara say 404. */
    public static boolean forbidsFolders() {
        return !isOnGrizzly();
    }

    private static boolean isOnGrizzly() {
        return switch (ParleyDeployment.Built.SERVER.name()) {
            case "glassfish", "payara" -> true;
            default -> false;
        };
    }
}
