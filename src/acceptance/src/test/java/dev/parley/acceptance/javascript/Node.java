package dev.parley.acceptance.javascript;

import com.microsoft.playwright.impl.driver.Driver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The Node inside Playwright's driver. Every machine that builds has the same one, whatever else is installed. */
public final class Node {
    private final Path executable;

    private Node(Path executable) {
        this.executable = executable;
    }

    /** Unpacks the driver into a temporary folder, which is deleted at the end of this JVM. */
    public static Node unpack() {
        Path folder = Driver.ensureDriverInstalled(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"), false)
                .driverDir();
        boolean isWindows = System.getProperty("os.name").startsWith("Windows");
        Path executable = folder.resolve(isWindows ? "node.exe" : "node");
        if (!Files.isExecutable(executable)) {
            throw new IllegalStateException("Playwright's driver has no " + executable + ". Unset "
                    + Driver.PLAYWRIGHT_NODEJS_PATH + ", if it is set.");
        }
        return new Node(executable);
    }

    /**
     * Runs a script to its end. One that does not end within the deadline is killed.
     *
     * @param folder working directory
     * @param environment variables beside those of this JVM
     * @param arguments of {@code node}
     */
    public Output run(Path folder, Duration deadline, Map<String, String> environment, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(executable.toString()));
        command.addAll(arguments);
        Path out = Files.createTempFile("node", ".out");
        Path errors = Files.createTempFile("node", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(errors.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            String problem = "";
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                problem = "node did not end within " + deadline + ".\n";
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            return new Output(process.exitValue(), Files.readString(out), problem + Files.readString(errors));
        } finally {
            Files.delete(out);
            Files.delete(errors);
        }
    }

    /** Exit code and output of a script that has ended. */
    public record Output(int exitCode, String out, String errors) {}
}
