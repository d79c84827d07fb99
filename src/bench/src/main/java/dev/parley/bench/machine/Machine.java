package dev.parley.bench.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The machine that a measurement ran on.
 *
 * @param processor its model
 * @param processors cores that this JVM sees
 * @param memoryBytes main memory
 * @param kernel name and release of the operating system
 * @param java version of the JVM that ran the generator and the servers on the JVM
 */
public record Machine(String processor, int processors, long memoryBytes, String kernel, String java) {
    private static final Duration TICK = Duration.ofMillis(10);
    /** Column of {@code /proc/stat}, counted from 0 behind the word {@code cpu}. */
    private static final int STEAL = 7;

    public static Machine here() {
        return new Machine(
                value(lines("/proc/cpuinfo"), "model name"),
                Runtime.getRuntime().availableProcessors(),
                Long.parseLong(value(lines("/proc/meminfo"), "MemTotal").replaceAll("\\D", "")) * 1024,
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name") + " " + Runtime.version());
    }

    /** One sentence for people. */
    public String describe() {
        return processors + " cores of " + processor + ", " + memoryBytes / (1024 * 1024 * 1024) + " GiB of memory, "
                + kernel + ", " + java;
    }

    /**
     * Processor time that the host of this virtual machine gave to others while this one wanted it, since its start,
     * over all cores. A measurement during which it grows is one of a slower machine.
     */
    public static Duration stolen() {
        return stolen(lines("/proc/stat").get(0));
    }

    static Duration stolen(String cpuLine) {
        return TICK.multipliedBy(
                Long.parseLong(cpuLine.replaceFirst("^cpu +", "").split(" ")[STEAL]));
    }

    /** The value of the first line {@code name : value}; "unknown" if there is none, as on some architectures. */
    static String value(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException("The bench reads " + file + ", as Linux has it.", e);
        }
    }
}
