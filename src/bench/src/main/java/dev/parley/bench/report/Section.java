package dev.parley.bench.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of the document: the table of one measurement.
 *
 * @param title heading
 * @param text what is measured, and how to read it
 * @param scenario the measurement
 * @param command that makes it, after {@code mvn -Pbench}
 * @param setup conditions that are columns
 * @param figures figures that are columns
 */
record Section(String title, String text, String scenario, String command, List<String> setup, List<Figure> figures) {
    /** A measurement that its name makes. */
    Section(String title, String text, String scenario, List<String> setup, List<Figure> figures) {
        this(title, text, scenario, "-Dbench=" + scenario + " -Dbench.runs=2", setup, figures);
    }

    /** @param images Markdown of the charts; empty for none */
    String render(List<Runs> all, String images) {
        List<Runs> mine = Runs.where(all, found -> found.scenario().equals(scenario));
        return "## " + title + "\n\n" + text + "\n\n    mvn -Pbench " + command + "\n\n" + images
                + table(mine).or("Not measured.");
    }

    private MarkdownTable table(List<Runs> mine) {
        List<String> heads = new ArrayList<>(List.of("what"));
        heads.addAll(setup);
        figures.forEach(figure -> heads.add(figure.heading()));
        MarkdownTable table = new MarkdownTable(heads.toArray(String[]::new));
        for (Runs runs : mine) {
            List<String> cells = new ArrayList<>(List.of(runs.target()));
            setup.forEach(name -> cells.add(runs.setup(name)));
            figures.forEach(figure -> cells.add(runs.cell(figure)));
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }
}
