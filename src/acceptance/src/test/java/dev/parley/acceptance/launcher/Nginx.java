package dev.parley.acceptance.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A started nginx with a configuration as it stands, but for its ports and folders. */
final class Nginx implements AutoCloseable {
    private static final int END_SECONDS = 5;

    private final Process process;

    private Nginx(Process process) {
        this.process = process;
    }

    /**
     * @param configuration text of a nginx.conf
     * @param folder for all that it writes
     */
    static Nginx start(Path program, String configuration, Path folder) throws IOException {
        Files.createDirectories(folder);
        // Debian's folders for these belong to root.
        String folders = Stream.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
                .map(kind -> kind + "_temp_path " + folder.resolve(kind) + ";\n")
                .collect(Collectors.joining());
        Path own = folder.resolve("nginx.conf");
        Files.writeString(own, configuration.replace("http {\n", "http {\n" + folders));
        return new Nginx(new ProcessBuilder(
                        program.toString(),
                        "-c",
                        own.toString(),
                        "-g",
                        "daemon off; pid " + folder.resolve("nginx.pid") + "; error_log " + folder.resolve("nginx.log")
                                + ";")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.log").toFile())
                .start());
    }

    @Override
    public void close() {
        // Its workers end with it.
        process.destroy();
        process.onExit()
                .completeOnTimeout(process, END_SECONDS, TimeUnit.SECONDS)
                .join();
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
