package dev.parley.acceptance.service;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What this JVM holds.
 *
 * @param heap bytes of objects that are reachable
 * @param threads names of those that live, but for the one that waits in a test
 * @param files open ones, sockets too
 */
record Footprint(long heap, List<String> threads, long files) {
    /** What the first collection finds dead may be freed by a cleaner only, and found by the next. */
    private static final int COLLECTIONS = 3;

    static Footprint now() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        long heap = LongStream.range(0, COLLECTIONS)
                .map(collection -> {
                    memory.gc();
                    return memory.getHeapMemoryUsage().getUsed();
                })
                .min()
                .orElseThrow();
        List<String> threads = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> !name.equals("awaitility-thread"))
                .sorted()
                .toList();
        return new Footprint(heap, threads, openFiles());
    }

    /** On other systems nothing is counted. */
    private static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    @Override
    public String toString() {
        return heap / 1024 + " KiB of heap, " + threads.size() + " threads, " + files + " files";
    }
}
