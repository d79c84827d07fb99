package dev.parley.bench.measure;

import dev.parley.bench.machine.Machine;
import dev.parley.bench.machine.ProcessUsage;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.RunningTarget;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the processes of a measurement have used until now.
 *
 * @param nanoTime the monotonic time
 * @param stolen by the host of this virtual machine
 */
public record UsageSample(
        long nanoTime, ProcessUsage server, ProcessUsage database, ProcessUsage generator, Duration stolen) {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double BYTES_PER_MEGABYTE = 1e6;

    public static UsageSample of(RunningTarget target) {
        return new UsageSample(
                System.nanoTime(), target.usage(), target.databaseUsage(), ProcessUsage.ofThis(), Machine.stolen());
    }

    public double secondsSince(UsageSample before) {
        return (nanoTime - before.nanoTime) / NANOS_PER_SECOND;
    }

    /**
     * What was used since an earlier sample.
     *
     * @param count of what was done, such as deliveries
     */
    public Map<Figure, Double> since(UsageSample before, long count) {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        Duration processor = server.processor().minus(before.server.processor());
        if (count > 0) {
            figures.put(Figure.SERVER_CPU_US, processor.toNanos() / 1e3 / count);
        }
        figures.put(Figure.SERVER_CPUS, cpus(processor, before));
        if (database.residentBytes() > 0) {
            figures.put(Figure.DATABASE_CPUS, cpus(database.processor().minus(before.database.processor()), before));
        }
        figures.put(Figure.GENERATOR_CPUS, cpus(generator.processor().minus(before.generator.processor()), before));
        figures.put(Figure.STOLEN_CPUS, cpus(stolen.minus(before.stolen), before));
        figures.put(Figure.SERVER_MB, server.residentBytes() / BYTES_PER_MEGABYTE);
        return figures;
    }

    private double cpus(Duration processor, UsageSample before) {
        return processor.toNanos() / NANOS_PER_SECOND / secondsSince(before);
    }
}
