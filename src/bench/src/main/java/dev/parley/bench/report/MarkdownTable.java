package dev.parley.bench.report;

import java.util.ArrayList;
import java.util.List;

/** A table of Markdown. */
final class MarkdownTable {
    private final List<String> lines = new ArrayList<>();
    private final int columns;

    MarkdownTable(String... heads) {
        columns = heads.length;
        row(heads);
        lines.add("|---".repeat(columns) + "|");
    }

    /** Adds a row with as many cells as there are heads. */
    MarkdownTable row(String... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(columns + " columns, but " + cells.length + " cells");
        }
        lines.add("| " + String.join(" | ", cells) + " |");
        return this;
    }

    boolean isEmpty() {
        return lines.size() <= 2;
    }

    /** The table, or this text if it has no rows. */
    String or(String otherwise) {
        return isEmpty() ? otherwise + "\n" : String.join("\n", lines) + "\n";
    }
}
