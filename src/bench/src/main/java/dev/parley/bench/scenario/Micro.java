package dev.parley.bench.scenario;

import dev.parley.bench.measure.Measurement;
import dev.parley.bench.report.Figure;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The micro-benchmarks of {@code dev.parley.bench.micro}, run by JMH in JVMs of their own. */
public final class Micro implements Scenario {
    @Override
    public void run(Measurement measurement) {
        int seconds = measurement.options().number("seconds", 3, 1);
        Options options = new OptionsBuilder()
                .include("dev\\.parley\\.bench\\.micro\\.")
                .forks(1)
                .shouldFailOnError(true)
                .warmupIterations(measurement.options().isShort() ? 1 : 5)
                .warmupTime(TimeValue.seconds(seconds))
                .measurementIterations(measurement.options().isShort() ? 1 : 5)
                .measurementTime(TimeValue.seconds(seconds))
                .build();
        try {
            Collection<RunResult> results = new Runner(options).run();
            results.forEach(result -> found(measurement, result));
        } catch (RunnerException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void found(Measurement measurement, RunResult result) {
        BenchmarkParams params = result.getParams();
        Map<String, String> setup = new HashMap<>();
        params.getParamsKeys().forEach(key -> setup.put(key, params.getParam(key)));
        measurement.found(
                params.getBenchmark().replaceFirst(".*\\.micro\\.", ""),
                setup,
                Map.of(Figure.NANOS_PER_OPERATION, result.getPrimaryResult().getScore()));
    }
}
