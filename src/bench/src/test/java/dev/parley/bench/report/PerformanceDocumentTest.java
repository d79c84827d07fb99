package dev.parley.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerformanceDocumentTest {
    private static final Instant AT = Instant.parse("2026-11-29T12:00:00Z");
    private static final String PAGE = "performance.md";

    private static BenchRecord found(
            String scenario, String target, Map<String, String> setup, Map<Figure, Double> figures) {
        return new BenchRecord(scenario, target, new TreeMap<>(setup), figures, AT);
    }

    private static BenchRecord fanOut(String target, String state, String asked, double delivered, double micros) {
        return found(
                "FanOut",
                target,
                state.equals("limit") ? Map.of("state", state) : Map.of("state", state, "asked", asked),
                Map.of(
                        Figure.DELIVERED_PER_S,
                        delivered,
                        Figure.SERVER_CPU_US,
                        micros,
                        Figure.P50_MS,
                        5.0,
                        Figure.P99_MS,
                        20.0));
    }

    @Test
    void aRecordIsReadAsItWasWritten() {
        BenchRecord found = found("Quiet", "ws", Map.of("readers", "1"), Map.of(Figure.P99_MS, 1.25));
        assertThat(BenchRecord.of(found.json())).isEqualTo(found);
        assertThat(found.json()).contains("\"p99_ms\":1.25").doesNotContain("\n");
        assertThat(found.line()).isEqualTo("Quiet, ws, readers 1: p99 1.25 ms");
    }

    @Test
    void theFileKeepsRecordsInOrder(@TempDir Path folder) {
        RecordFile file = new RecordFile(folder.resolve("bench/records.jsonl"));
        assertThat(file.read()).isEmpty();
        BenchRecord one = found("A", "x", Map.of(), Map.of(Figure.P50_MS, 1.0));
        BenchRecord two = found("B", "x", Map.of(), Map.of());
        file.add(one);
        file.add(two);
        assertThat(file.read()).containsExactly(one, two);
        file.clear();
        assertThat(file.read()).isEmpty();
    }

    @Test
    void theLastTwoRunsOfAMeasurementAreOneFigure() {
        List<Runs> runs = Runs.of(List.of(
                fanOut("ws", "warm", "100000", 99_000, 100),
                fanOut("ws", "warm", "100000", 98_000, 9),
                fanOut("ws", "warm", "20000", 20_000, 7),
                fanOut("ws", "warm", "100000", 100_000, 11)));
        assertThat(runs).hasSize(2);
        assertThat(runs.get(0).mean(Figure.SERVER_CPU_US)).isEqualTo(10);
        assertThat(runs.get(0).spreadPercent(Figure.SERVER_CPU_US)).isEqualTo(20);
        assertThat(runs.get(0).cell(Figure.SERVER_CPU_US)).isEqualTo("10.00 ±10 %");
        assertThat(runs.get(1).cell(Figure.SERVER_CPU_US)).isEqualTo("7.00 (one run)");
        assertThat(runs.get(1).cell(Figure.COMMITS_PER_S)).isEmpty();
    }

    @Test
    void ratiosComeFirstWithTheirGoals() {
        String page = PerformanceDocument.of(
                        List.of(
                                fanOut("parley", "limit", "", 1_200_000, 0.9),
                                fanOut("ws", "limit", "", 150_000, 6),
                                fanOut("parley", "warm", "100000", 100_000, 7),
                                fanOut("ws", "warm", "100000", 100_000, 8)),
                        "2 cores")
                .files()
                .get(PAGE);
        assertThat(page)
                .contains("| deliveries/s with p99 ≤ 50 ms | 1,200,000 | ≥ 1,000,000 | yes |")
                .contains("| the same beside Node `ws` | 8.00x | ≥ 5.00x | yes |")
                .contains("| CPU of a delivery at 100,000/s beside `ws`, warm | 0.88x | ≤ 0.80x | no |")
                .contains("| the same beside Socket.IO | not measured | ≥ 6.00x |  |")
                .contains("Machine: 2 cores.");
        assertThat(page.indexOf("## In short")).isLessThan(page.indexOf("## One room"));
    }

    private static BenchRecord nodes(String nodes, String state, double delivered, double micros) {
        return found(
                "TwoNodes",
                "parley",
                Map.of("nodes", nodes, "rooms", "1", "state", state),
                Map.of(Figure.DELIVERED_PER_S, delivered, Figure.SERVER_CPU_US, micros));
    }

    @Test
    void twoNodesStandBesideOne() {
        String page = PerformanceDocument.of(
                        List.of(
                                nodes("1", "limit", 500_000, 1.0),
                                nodes("2", "limit", 900_000, 1.1),
                                nodes("2", "1.6x", 800_000, 1.05)),
                        "2 cores")
                .files()
                .get(PAGE);
        assertThat(page)
                .contains("deliveries/s with p99 ≤ 100 ms, one room | 1.80x | ≥ 1.60x | yes |")
                .contains("at 1.6 times the limit of one, beside one | 1.05x | ≤ 1.00x | no |")
                .contains("| two nodes beside one: deliveries/s, 200 rooms | not measured | ≥ 1.60x |  |")
                .contains("| parley | 2 | 1 | 1.6x |");
    }

    @Test
    void everySectionHasItsCommandAndItsRows() {
        String page = PerformanceDocument.of(
                        List.of(found(
                                "CutLines",
                                "parley",
                                Map.of("clients", "2000"),
                                Map.of(Figure.MISSING, 0.0, Figure.REPEATED, 0.0, Figure.BACK_P99_MS, 420.0))),
                        "2 cores")
                .files()
                .get(PAGE);
        assertThat(page)
                .contains("    mvn -Pbench -Dbench=CutLines -Dbench.runs=2")
                .contains("| parley | 2000 |")
                .contains("| lines cut: p99 after the line is back | 420 ms | ≤ 1,000 ms | yes |")
                .contains("## Idle sessions")
                .contains("Not measured.");
    }

    @Test
    void chartsAreWellFormedAndFollowTheColourScheme() throws Exception {
        Map<String, String> files = PerformanceDocument.of(
                        List.of(
                                fanOut("parley", "warm", "20000", 20_000, 12),
                                fanOut("parley", "warm", "400000", 400_000, 1.5),
                                fanOut("a <b> & c", "warm", "20000", 20_000, 9)),
                        "2 cores")
                .files();
        assertThat(files.get(PAGE)).contains("(images/fan-out-p99.svg)");
        for (String image : List.of("images/fan-out-p99.svg", "images/fan-out-cpu.svg")) {
            String svg = files.get(image);
            var document = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
            assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(3);
            assertThat(svg)
                    .contains("prefers-color-scheme:dark")
                    .contains("a &lt;b&gt; &amp; c")
                    .doesNotContain("NaN");
        }
    }

    @Test
    void withoutRecordsThePageSaysSo() {
        Map<String, String> files = PerformanceDocument.of(List.of(), "2 cores").files();
        assertThat(files).containsOnlyKeys(PAGE);
        assertThat(files.get(PAGE)).contains("not measured").doesNotContain("svg");
    }

    @Test
    void aRowHasACellForEachHead() {
        MarkdownTable table = new MarkdownTable("a", "b");
        assertThat(table.or("none")).isEqualTo("none\n");
        assertThatThrownBy(() -> table.row("1")).hasMessageContaining("2 columns");
        assertThat(table.row("1", "2").or("none")).isEqualTo("| a | b |\n|---|---|\n| 1 | 2 |\n");
    }
}
