package dev.parley.bench;

import java.util.stream.Stream;

/** Options of a measurement: system properties, which the POM sets to blank if they are not given. */
final class BenchOptions {
    private BenchOptions() {}

    /** Numbers separated by commas. */
    static int[] numbers(String property, String otherwise) {
        String given = System.getProperty(property, "");
        return Stream.of((given.isBlank() ? otherwise : given).split(","))
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
