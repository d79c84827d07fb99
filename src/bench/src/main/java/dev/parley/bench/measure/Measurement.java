package dev.parley.bench.measure;

import dev.parley.bench.machine.Profiler;
import dev.parley.bench.report.BenchRecord;
import dev.parley.bench.report.Figure;
import dev.parley.bench.report.RecordFile;
import dev.parley.bench.system.MissingTool;
import dev.parley.bench.system.RunningTarget;
import dev.parley.bench.system.Target;
import dev.parley.bench.system.Workplace;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What every measurement needs: options, a place to work in, and where its figures go.
 *
 * @param scenario name of the measurement
 */
public record Measurement(String scenario, Workplace workplace, BenchOptions options, RecordFile records) {
    /** The name of a target in records that are about no target. */
    public static final String PARLEY = "parley";

    /** The scenario name of the records with {@link ProfileShares}. */
    private static final String PROFILE = "Profile";

    /** Notes what was found under these conditions. */
    public void found(String target, Map<String, String> setup, Map<Figure, Double> figures) {
        records.add(new BenchRecord(scenario, target, new TreeMap<>(setup), figures, Instant.now()));
    }

    /** The targets that are asked for, or these. */
    public List<Target> targets(String... otherwise) {
        return options.words("targets", List.of(otherwise)).stream()
                .map(Target::of)
                .toList();
    }

    /** The databases that are asked for, or these. */
    public List<String> databases(String... otherwise) {
        return options.words("database", List.of(otherwise));
    }

    /** Starts a target; empty, with the reason printed, if it cannot be measured here. */
    public Optional<RunningTarget> start(Target target) {
        return start(target, workplace);
    }

    public Optional<RunningTarget> start(Target target, Workplace on) {
        try {
            RunningTarget running = target.start(on);
            System.out.println(
                    scenario + ", " + target.name() + ": " + running.description() + ", process " + running.pid());
            return Optional.of(running);
        } catch (MissingTool e) {
            System.out.println(scenario + ", " + target.name() + " is left out. " + e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Runs some load while a JVM is profiled, if that is asked for; then it also notes which part of the server used
     * how much of its processor time.
     */
    public <T> T profiled(RunningTarget server, String what, Load<T> load) throws InterruptedException {
        if (options.profile().isEmpty() || !server.isJvm()) {
            return load.run();
        }
        String event = options.profile().get();
        Path graph = workplace.folder().resolve(scenario + "-" + what + "-" + event + ".html");
        T result;
        Path stacks;
        try (Profiler profiler = Profiler.start(server.pid(), event, workplace.folder(), graph)) {
            System.out.println("profile: " + profiler.flameGraph());
            stacks = profiler.stacks();
            result = load.run();
        }
        if (event.equals(Profiler.CPU)) {
            records.add(new BenchRecord(
                    PROFILE,
                    PARLEY,
                    new TreeMap<>(Map.of("load", scenario + "-" + what)),
                    ProfileShares.of(stacks),
                    Instant.now()));
        }
        return result;
    }

    /** Something that takes a while. */
    public interface Load<T> {
        T run() throws InterruptedException;
    }
}
