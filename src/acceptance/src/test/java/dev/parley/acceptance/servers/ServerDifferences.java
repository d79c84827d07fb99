package dev.parley.acceptance.servers;

import dev.parley.acceptance.support.ParleyDeployment;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What tests expect of the application server that they run on, where servers differ and the WAR cannot change it.
 * GlassFish and Payara share their network part, Grizzly, and their WebSocket container, Tyrus.
 */
public final class ServerDifferences {
    private ServerDifferences() {}

    /**
     * The close codes for a text that has no end and no content. Liberty misreads an empty fragment whose head is cut
     * by the end of its buffer, and then misses UTF-8.
     */
    public static Set<Integer> endsOfEmptyFragments() {
        return isLiberty() ? Set.of(1007, 1009) : Set.of(4001, 1009);
    }

    /** Whether escaped dots may be a segment of a path. Liberty refuses them, and escaped slashes, with 400. */
    public static boolean takesEscapedDots() {
        return !isLiberty();
    }

    /** Whether the method get is not GET (RFC 9110 section 9.1). To Liberty, and to the WAR in it, both are GET. */
    public static boolean tellsMethodsByCase() {
        return !isLiberty();
    }

    /** Returns whether the server passes TRACE to the application. Grizzly answers it with a bare 405. */
    public static boolean leavesTraceToTheApplication() {
        return !isOnGrizzly();
    }

    /** Whether the address of a folder is 403. The others say 404. */
    public static boolean forbidsFolders() {
        return !isLiberty() && !isOnGrizzly();
    }

    /**
     * The close code for a frame that is announced longer than the container collects. Tyrus has 1011 for it, from its
     * own buffer; elsewhere Parley or the container says 1009.
     */
    public static int hugeFrameCode() {
        return isOnGrizzly() ? 1011 : 1009;
    }

    /**
     * Whether an answer with an Upgrade header keeps its Content-Type. Grizzly drops it, with the length: to it such an
     * answer has no body.
     */
    public static boolean typesTheAnswer426() {
        return !isOnGrizzly();
    }

    /**
     * Whether the head of a request that comes byte by byte meets a time limit. Grizzly and Liberty limit the time
     * between two bytes only. Such a connection occupies no thread, and at most the 64 KiB of a head.
     */
    public static boolean limitsTheTimeOfAHead() {
        return !isLiberty() && !isOnGrizzly();
    }

    /**
     * Whether a server that stops tells its applications while their connections are open. GlassFish and Liberty end
     * the connections first, so that their peers see 1006.
     */
    public static boolean stopsApplicationsFirst() {
        return switch (ParleyDeployment.Built.SERVER.name()) {
            case "glassfish", "liberty" -> false;
            default -> true;
        };
    }

    /** Whether a server that stops goes on to serve requests until its applications know. */
    public static boolean servesWhileItTellsApplications() {
        return stopsApplicationsFirst() && !isOnGrizzly();
    }

    /**
     * Whether a handshake for a context path without its last slash is redirected to the one with it, before the
     * application sees it. A browser does not follow.
     */
    public static boolean redirectsContextPaths() {
        return isOnGrizzly();
    }

    /**
     * How the end of a peer that floods looks to it. Open Liberty ends a connection although it has not read all that
     * has come, and the operating system then drops the close frame if the peer has not read it yet.
     */
    public static Set<OptionalInt> endsOfEndlessFragments() {
        OptionalInt tooLong = OptionalInt.of(1009);
        return isLiberty() ? Set.of(tooLong, OptionalInt.empty()) : Set.of(tooLong);
    }

    /** Whether a refused TLS handshake gets an alert that says why. Grizzly and Liberty close without one. */
    public static boolean explainsRefusedTls() {
        return !isLiberty() && !isOnGrizzly();
    }

    private static boolean isLiberty() {
        return ParleyDeployment.Built.SERVER.name().equals("liberty");
    }

    private static boolean isOnGrizzly() {
        return switch (ParleyDeployment.Built.SERVER.name()) {
            case "glassfish", "payara" -> true;
            default -> false;
        };
    }
}
