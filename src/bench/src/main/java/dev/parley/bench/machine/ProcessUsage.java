package dev.parley.bench.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Processor time and memory of processes, as the operating system counts them.
 *
 * @param processor user and system time since the processes started, in steps of 10 ms
 * @param residentBytes memory that they hold; pages that several processes share count once for each
 */
public record ProcessUsage(Duration processor, long residentBytes) {
    /** The unit of times in {@code /proc}: USER_HZ, which is 100 on every architecture of Linux. */
    private static final Duration TICK = Duration.ofMillis(10);

    private static final long PAGE_BYTES = 4096;

    /** Fields of {@code /proc/PID/stat} behind the name of the program, counted from 0 (proc(5)). */
    private static final int USER_TIME = 11;

    private static final int SYSTEM_TIME = 12;
    private static final int RESIDENT_PAGES = 21;

    /** The sum over some processes. One that has ended counts as nothing. */
    public static ProcessUsage of(LongStream pids) {
        return pids.mapToObj(ProcessUsage::of).reduce(new ProcessUsage(Duration.ZERO, 0), ProcessUsage::plus);
    }

    public ProcessUsage plus(ProcessUsage other) {
        return new ProcessUsage(processor.plus(other.processor), residentBytes + other.residentBytes);
    }

    /** One process, all its threads. */
    public static ProcessUsage of(long pid) {
        Path stat = Path.of("/proc/" + pid + "/stat");
        try {
            return Files.exists(stat) ? parse(Files.readString(stat)) : new ProcessUsage(Duration.ZERO, 0);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + stat, e);
        }
    }

    /** A process and all processes that it started, such as PostgreSQL and its backends. */
    public static ProcessUsage ofTree(long pid) {
        return of(ProcessHandle.of(pid).stream()
                .flatMapToLong(root ->
                        LongStream.concat(LongStream.of(pid), root.descendants().mapToLong(ProcessHandle::pid))));
    }

    /** This process. */
    public static ProcessUsage ofThis() {
        return of(ProcessHandle.current().pid());
    }

    /** @param stat the line of {@code /proc/PID/stat} */
    static ProcessUsage parse(String stat) {
        // The name of the program is in parentheses, and may hold both spaces and parentheses.
        List<String> fields =
                List.of(stat.substring(stat.lastIndexOf(')') + 2).strip().split(" "));
        long ticks = Long.parseLong(fields.get(USER_TIME)) + Long.parseLong(fields.get(SYSTEM_TIME));
        return new ProcessUsage(TICK.multipliedBy(ticks), Long.parseLong(fields.get(RESIDENT_PAGES)) * PAGE_BYTES);
    }
}
