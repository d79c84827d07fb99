package dev.parley.acceptance.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The JVM of a server, read from outside with {@code jcmd} of the JDK.
 *
 * @param pid the process id
 */
public record ServerJvm(long pid) {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");
    private static final Pattern CLASS = Pattern.compile("(?m)^ *\\d+: +(\\d+) +\\d+  (\\S+)");

    /**
     * Objects of one class of one class loader.
     *
     * @param count number of reachable objects
     */
    public record Instances(String className, long count) {}

    /** Bytes of reachable objects. Runs a full collection first. */
    public long liveBytes() throws IOException, InterruptedException {
        String histogram = jcmd("GC.class_histogram");
        Matcher total = TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IllegalStateException("jcmd gave no histogram: " + histogram);
        }
        return Long.parseLong(total.group(1));
    }

    /** The reachable objects of each class. Runs two full collections first: the first one runs finalizers. */
    public List<Instances> instances() throws IOException, InterruptedException {
        jcmd("GC.run");
        jcmd("GC.run_finalization");
        return CLASS.matcher(jcmd("GC.class_histogram"))
                .results()
                .map(line -> new Instances(line.group(2), Long.parseLong(line.group(1))))
                .toList();
    }

    /** The threads, each with its name and its stack. */
    public List<String> threads() throws IOException, InterruptedException {
        return Stream.of(jcmd("Thread.print").split("\n\n"))
                .filter(thread -> thread.startsWith("\""))
                .toList();
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid), command)
                .redirectErrorStream(true)
                .start();
        String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (jcmd.waitFor() != 0) {
            throw new IllegalStateException("jcmd " + command + " failed: " + output);
        }
        return output;
    }
}
