package dev.parley.bench.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Commands to another JVM of this machine and user, by {@code jcmd} of this JVM's own JDK. */
public final class JvmTool {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    private static final Pattern COMPILER_NANOS = Pattern.compile("(?m)^java\\.ci\\.totalTime=(\\d+)");

    private JvmTool() {}

    /** Collects the garbage of a JVM. Returns the bytes of the objects that are left. */
    public static long liveHeapBytes(long pid) {
        return total(run(pid, "GC.class_histogram"));
    }

    /** How long the compiler of a JVM has worked since its start. */
    public static Duration compilerTime(long pid) {
        return compilerTime(run(pid, "PerfCounter.print"));
    }

    static Duration compilerTime(String counters) {
        Matcher time = COMPILER_NANOS.matcher(counters);
        if (!time.find()) {
            throw new IllegalStateException("No java.ci.totalTime in the counters of the JVM:\n" + counters);
        }
        return Duration.ofNanos(Long.parseLong(time.group(1)));
    }

    static long total(String histogram) {
        Matcher total = TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IllegalStateException("No total in the histogram of the heap:\n" + histogram);
        }
        return Long.parseLong(total.group(1));
    }

    /** Runs a command of {@code jcmd} and returns its output. */
    static String run(long pid, String... command) {
        List<String> words = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid)));
        words.addAll(List.of(command));
        try {
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IllegalStateException(words + " ended with status " + status + ":\n" + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
