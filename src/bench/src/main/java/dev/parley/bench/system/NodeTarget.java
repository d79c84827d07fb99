package dev.parley.bench.system;

import java.util.List;

/**
 * A server on Node.js, of {@code peers/node}: one process, and so one core. Its files say how each is tuned.
 *
 * @param name in options and records
 * @param script the file of the server
 * @param arguments of the script
 * @param packageName the npm package that it shows
 * @param wire what clients say to it
 */
public record NodeTarget(String name, String script, List<String> arguments, String packageName, Wire wire)
        implements Target {
    /**
     * Broadcasts with the package {@code ws} alone, the most that Node.js can do: nothing is stored, nobody signs in.
     */
    static NodeTarget ws() {
        return new NodeTarget("ws", "ws.js", List.of(), "ws", new PlainWire());
    }

    /** Socket.IO with rooms. */
    static NodeTarget socketIo() {
        return new NodeTarget("socket.io", "socket-io.js", List.of(), "socket.io", new SocketIoWire());
    }

    /** Socket.IO with rooms and connection state recovery, which keeps recent packets in memory. */
    static NodeTarget socketIoRecovery() {
        return new NodeTarget(
                "socket.io-recovery", "socket-io.js", List.of("recovery"), "socket.io", new SocketIoWire());
    }

    @Override
    public RunningTarget start(Workplace workplace) throws MissingTool {
        return NodePeers.install(workplace).start(this);
    }
}
