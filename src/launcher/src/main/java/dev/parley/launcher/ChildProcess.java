package dev.parley.launcher;

import java.io.IOException;

/** Starts processes that end with this JVM at the latest, unless this JVM is itself killed. */
final class ChildProcess {
    private ChildProcess() {}

    static Process start(ProcessBuilder builder) throws IOException {
        var process = builder.start();
        endWithThisJvm(process, process::destroyForcibly);
        return process;
    }

    /** @param end ends the process; called on a thread of its own while this JVM shuts down */
    static void endWithThisJvm(Process process, Runnable end) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(end, "end-of-process-" + process.pid()));
        } catch (IllegalStateException e) {
            // The shutdown has begun, and takes no more hooks.
            process.destroyForcibly();
            throw e;
        }
    }
}
