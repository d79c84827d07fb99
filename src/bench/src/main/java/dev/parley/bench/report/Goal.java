package dev.parley.bench.report;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * A figure that Parley is held to.
 *
 * @param what in words
 * @param wanted the goal in words
 * @param found the figure, from all runs; empty if it was not measured
 * @param figure how the number is written
 * @param bound the goal
 * @param isUpper whether the figure may be at most the bound; otherwise at least
 */
record Goal(
        String what,
        String wanted,
        Function<List<Runs>, OptionalDouble> found,
        Function<Double, String> figure,
        double bound,
        boolean isUpper) {
    static Goal atMost(
            String what,
            double bound,
            String unit,
            Function<Double, String> figure,
            Function<List<Runs>, OptionalDouble> found) {
        return new Goal(
                what, "≤ " + figure.apply(bound) + unit, found, value -> figure.apply(value) + unit, bound, true);
    }

    static Goal atLeast(
            String what,
            double bound,
            String unit,
            Function<Double, String> figure,
            Function<List<Runs>, OptionalDouble> found) {
        return new Goal(
                what, "≥ " + figure.apply(bound) + unit, found, value -> figure.apply(value) + unit, bound, false);
    }

    void addTo(MarkdownTable table, List<Runs> all) {
        OptionalDouble value = found.apply(all);
        if (value.isEmpty()) {
            table.row(what, "not measured", wanted, "");
            return;
        }
        boolean isReached = isUpper ? value.getAsDouble() <= bound : value.getAsDouble() >= bound;
        table.row(what, figure.apply(value.getAsDouble()), wanted, isReached ? "yes" : "no");
    }
}
