package dev.parley.bench.system;

import dev.parley.bench.machine.ProcessUsage;
import java.net.InetSocketAddress;
import java.util.List;

/** A started system under test. It ends with this JVM at the latest. */
public interface RunningTarget extends AutoCloseable {
    /** Where it listens: the loopback address. */
    InetSocketAddress address();

    /** The addresses of all its nodes. */
    default List<InetSocketAddress> addresses() {
        return List.of(address());
    }

    /** The process id of the server. */
    long pid();

    /** Whether the server is a JVM, which can tell about its heap and be profiled. */
    boolean isJvm();

    /** What runs, with versions, for people. */
    String description();

    /** Processor time and memory of the server's process. */
    default ProcessUsage usage() {
        return ProcessUsage.of(pid());
    }

    /** The same of its database, if that is another process; otherwise nothing. */
    ProcessUsage databaseUsage();

    @Override
    void close();
}
