package dev.parley.bench.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;

/**
 * The last runs of one measurement, two at most, and what they say together.
 *
 * @param runs at least one, the oldest first
 */
public record Runs(List<BenchRecord> runs) {
    private static final int RUNS_MAX = 2;
    private static final double PERCENT = 100;

    public Runs {
        runs = List.copyOf(runs.subList(Math.max(0, runs.size() - RUNS_MAX), runs.size()));
    }

    /** All measurements, in the order in which they were first made. */
    public static List<Runs> of(Collection<BenchRecord> records) {
        Map<BenchRecord.Key, List<BenchRecord>> byKey = new LinkedHashMap<>();
        records.forEach(found ->
                byKey.computeIfAbsent(found.key(), key -> new ArrayList<>()).add(found));
        return byKey.values().stream().map(Runs::new).toList();
    }

    static List<Runs> where(List<Runs> all, Predicate<BenchRecord> condition) {
        return all.stream().filter(some -> condition.test(some.first())).toList();
    }

    BenchRecord first() {
        return runs.get(0);
    }

    String target() {
        return first().target();
    }

    String setup(String name) {
        return first().setup(name).orElse("");
    }

    boolean has(Figure figure) {
        return runs.stream().allMatch(run -> run.figure(figure).isPresent());
    }

    /** The mean of the runs. */
    double mean(Figure figure) {
        return values(figure).average().orElseThrow();
    }

    OptionalDouble ifPresent(Figure figure) {
        return has(figure) ? OptionalDouble.of(mean(figure)) : OptionalDouble.empty();
    }

    /** How far the runs are apart, in percent of their mean; 0 for a single run. */
    double spreadPercent(Figure figure) {
        double least = values(figure).min().orElseThrow();
        double most = values(figure).max().orElseThrow();
        return most == least ? 0 : PERCENT * (most - least) / mean(figure);
    }

    /** The mean, and how far each run is from it: {@code 8.51 ±4 %}. */
    String cell(Figure figure) {
        if (!has(figure)) {
            return "";
        }
        String mean = figure.format(mean(figure));
        if (!figure.isMeasuredTwice()) {
            return mean;
        }
        return mean + (runs.size() < RUNS_MAX ? " (one run)" : " ±" + Math.round(spreadPercent(figure) / 2) + " %");
    }

    private DoubleStream values(Figure figure) {
        return runs.stream().mapToDouble(run -> run.get(figure));
    }
}
