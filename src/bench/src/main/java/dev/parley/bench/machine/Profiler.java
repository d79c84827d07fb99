package dev.parley.bench.machine;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * async-profiler inside another JVM. The library comes from its jar, which the profile {@code bench} has on the class
 * path; {@code -Dbench.profile=cpu} asks for it ({@code alloc} and {@code lock} work too).
 */
public final class Profiler implements AutoCloseable {
    /** The event that samples processor time. */
    public static final String CPU = "cpu";

    private final long pid;
    private final Path library;
    private final Path flameGraph;

    private Profiler(long pid, Path library, Path flameGraph) {
        this.pid = pid;
        this.library = library;
        this.flameGraph = flameGraph;
    }

    /**
     * Starts to profile a JVM; {@link #close} ends it and writes the two files.
     *
     * @param folder where the library is unpacked
     * @param flameGraph HTML file to write
     */
    public static Profiler start(long pid, String event, Path folder, Path flameGraph) {
        Profiler profiler = new Profiler(pid, unpacked(folder), flameGraph.toAbsolutePath());
        profiler.command("start,event=" + event);
        return profiler;
    }

    private static Path unpacked(Path folder) {
        String platform = System.getProperty("os.arch").equals("aarch64") ? "linux-arm64" : "linux-x64";
        String resource = platform + "/libasyncProfiler.so";
        try (InputStream library = Profiler.class.getClassLoader().getResourceAsStream(resource)) {
            if (library == null) {
                throw new IllegalStateException("The jar of async-profiler is not on the class path.");
            }
            Path file = Files.createDirectories(folder).resolve("libasyncProfiler.so");
            Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
            return file.toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file that will have the flame graph. */
    public Path flameGraph() {
        return flameGraph;
    }

    /** The file that will have a line for each stack: its frames, the outermost first, and its number of samples. */
    public Path stacks() {
        return flameGraph.resolveSibling(flameGraph.getFileName() + ".txt");
    }

    private void command(String agentArguments) {
        try {
            VirtualMachine jvm = VirtualMachine.attach(Long.toString(pid));
            try {
                jvm.loadAgentPath(library.toString(), agentArguments);
            } finally {
                jvm.detach();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (AttachNotSupportedException | AgentLoadException | AgentInitializationException e) {
            throw new IllegalStateException("async-profiler does not work in process " + pid, e);
        }
    }

    @Override
    public void close() {
        command("dump,flamegraph,file=" + flameGraph);
        // Annotated, so that frames of the kernel are known as such.
        command("stop,collapsed,ann,file=" + stacks());
    }
}
