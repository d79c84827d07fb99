package dev.parley.acceptance.service;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The resources that this JVM holds.
 *
 * @param heap bytes of reachable objects
 * @param threads names of the live threads, without the waiting thread of the test
 * @param files number of open files and sockets
 */
record Footprint(long heap, List<String> threads, long files) {
    /** Several collections, because cleaners free some objects only after the first one. */
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

    /** The number of open files; constant on systems that do not report it. */
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
