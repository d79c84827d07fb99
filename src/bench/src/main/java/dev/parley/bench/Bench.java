package dev.parley.bench;

import dev.parley.bench.machine.Machine;
import dev.parley.bench.machine.Profiler;
import dev.parley.bench.measure.BenchOptions;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.report.PerformanceDocument;
import dev.parley.bench.report.RecordFile;
import dev.parley.bench.scenario.Scenario;
import dev.parley.bench.system.Workplace;
import dev.parley.launcher.ApplicationServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Runs measurements: {@code mvn -Pbench -Dbench=WHAT}.
 *
 * <ul>
 *   <li>{@code short}, the default: each measurement once and briefly, as a test of the bench
 *   <li>{@code full}: each measurement twice, then {@code src/docs/performance.md} from what was found
 *   <li>the name of a measurement, a class of {@code dev.parley.bench.scenario}: that one, as its class says;
 *       {@code -Dbench.runs=2} makes it twice
 *   <li>{@code report}: the document alone, from the last two runs of each measurement
 * </ul>
 *
 * <p>Each run adds a JSON record to {@code target/bench/records.jsonl}.
 */
public final class Bench {
    private static final String SHORT = "short";
    private static final String FULL = "full";
    private static final String REPORT = "report";

    private final Workplace workplace;
    private final RecordFile records;
    private final Path docs;

    private Bench(Workplace workplace, RecordFile records, Path docs) {
        this.workplace = workplace;
        this.records = records;
        this.docs = docs;
    }

    /**
     * @param arguments from the POM: what to run; the name of the application server, the paths of its distribution, of
     *     its configuration and of the WAR; the folders of the peers, of the documents, to work in and of Maven;
     *     {@code offline=true} if Maven is offline
     */
    public static void main(String[] arguments) throws InterruptedException, IOException {
        ApplicationServer server = ApplicationServer.of(arguments[1], Path.of(arguments[2]), Path.of(arguments[3]));
        Path folder = Path.of(arguments[7]).toAbsolutePath().normalize();
        Workplace workplace = new Workplace(
                server,
                Path.of(arguments[4]),
                Path.of(arguments[5]),
                Files.createDirectories(folder),
                Path.of(arguments[8]),
                arguments[9].equals("offline=true"),
                "h2");
        new Bench(workplace, new RecordFile(folder.resolve("records.jsonl")), Path.of(arguments[6])).run(arguments[0]);
    }

    private void run(String what) throws InterruptedException, IOException {
        switch (what) {
            case SHORT -> run(Scenario.all(), new BenchOptions(true, System::getProperty), 1);
            case FULL -> {
                records.clear();
                run(Scenario.all(), new BenchOptions(false, Bench::profiled), 2);
                report();
            }
            case REPORT -> report();
            default ->
                run(
                        List.of(named(what)),
                        new BenchOptions(Boolean.getBoolean("bench.short"), System::getProperty),
                        Integer.getInteger("bench.runs", 1));
        }
    }

    /** The options of the document, which says where the time goes. */
    private static String profiled(String name) {
        return name.equals("bench.profile") ? Profiler.CPU : System.getProperty(name);
    }

    private static Scenario named(String name) {
        return Scenario.all().stream()
                .filter(scenario -> scenario.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no measurement '" + name + "'; there are "
                        + Scenario.all().stream().map(Scenario::name).collect(Collectors.joining(", ")) + ", "
                        + SHORT + ", " + FULL + " and " + REPORT + "."));
    }

    /**
     * Each run makes all measurements, so that the two runs of one are far apart. A measurement that fails does not
     * keep the others from being made.
     */
    private void run(List<Scenario> scenarios, BenchOptions options, int runs) throws InterruptedException {
        List<String> failed = new ArrayList<>();
        for (int run = 1; run <= runs; run++) {
            for (Scenario scenario : scenarios) {
                long begin = System.nanoTime();
                System.out.println("== " + scenario.name() + ", run " + run + " of " + runs);
                try {
                    scenario.run(new Measurement(scenario.name(), workplace, options, records));
                } catch (RuntimeException e) {
                    e.printStackTrace(System.out);
                    failed.add(scenario.name());
                }
                Duration took = Duration.ofNanos(System.nanoTime() - begin);
                System.out.println("== " + scenario.name() + " took " + took.toSeconds() + " s");
            }
        }
        if (!failed.isEmpty()) {
            throw new IllegalStateException("These measurements failed, see above: " + failed);
        }
    }

    private void report() throws IOException {
        var document = PerformanceDocument.of(records.read(), Machine.here().describe());
        for (var file : document.files().entrySet()) {
            Path to = docs.resolve(file.getKey());
            Files.createDirectories(to.getParent());
            Files.writeString(to, file.getValue());
            System.out.println("written: " + to.normalize());
        }
    }
}
