package dev.parley.bench.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A control group of Linux (cgroups of version 1 or 2), which bounds the processor time of the processes that are
 * started in it, as a container does. It needs the right to write below {@code /sys/fs/cgroup}. Any thread.
 */
public final class CpuGroup implements AutoCloseable {
    /**
     * The bound holds in each of these periods: a process that has used its share waits for the next one. Longer ones,
     * such as the usual 100 ms, would be seen in each delay.
     */
    private static final long PERIOD_MICROS = 20_000;

    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final String PROCESSES = "cgroup.procs";
    private static final Pattern THROTTLED = Pattern.compile("throttled_(time|usec) (\\d+)");

    private final Path folder;
    private final boolean isVersion2;

    private CpuGroup(Path folder, boolean isVersion2) {
        this.folder = folder;
        this.isVersion2 = isVersion2;
    }

    /**
     * Creates a group without a bound.
     *
     * @param name that no other group has
     * @return empty if this machine has no such groups, or lets nobody but others make them
     */
    public static Optional<CpuGroup> create(String name) {
        return create(ROOT, name);
    }

    /** @param root where the groups are mounted */
    static Optional<CpuGroup> create(Path root, String name) {
        Path controllers = root.resolve("cgroup.controllers");
        try {
            if (Files.isDirectory(root.resolve("cpu"))) {
                return Optional.of(
                        new CpuGroup(Files.createDirectory(root.resolve("cpu").resolve(name)), false));
            }
            if (Files.exists(controllers)
                    && List.of(Files.readString(controllers).strip().split(" ")).contains("cpu")) {
                Files.writeString(root.resolve("cgroup.subtree_control"), "+cpu");
                return Optional.of(new CpuGroup(Files.createDirectory(root.resolve(name)), true));
            }
            return Optional.empty();
        } catch (IOException e) {
            System.out.println("No control group can be made here: " + e);
            return Optional.empty();
        }
    }

    /** Bounds the processor time of all processes of the group together, from now on. */
    public void limit(double cpus) {
        long quota = Math.round(cpus * PERIOD_MICROS);
        if (isVersion2) {
            write("cpu.max", quota + " " + PERIOD_MICROS);
        } else {
            write("cpu.cfs_period_us", Long.toString(PERIOD_MICROS));
            write("cpu.cfs_quota_us", Long.toString(quota));
        }
    }

    /** The program that starts another one in the group; the command of that one follows. It replaces itself by it. */
    public List<String> starter() {
        return List.of(
                "/bin/sh",
                "-c",
                "echo $$ > \"$0\" && exec \"$@\"",
                folder.resolve(PROCESSES).toString());
    }

    /** How long processes of the group have waited because they had used their share, over all processors. */
    public Duration throttled() {
        try {
            Matcher time = THROTTLED.matcher(Files.readString(folder.resolve("cpu.stat")));
            if (!time.find()) {
                return Duration.ZERO;
            }
            long value = Long.parseLong(time.group(2));
            return time.group(1).equals("time") ? Duration.ofNanos(value) : Duration.ofNanos(1_000 * value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String file, String text) {
        try {
            Files.writeString(folder.resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write '" + text + "' to " + folder.resolve(file), e);
        }
    }

    /** Removes the group, whose processes must have ended. */
    @Override
    public void close() {
        try {
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot remove " + folder, e);
        }
    }
}
