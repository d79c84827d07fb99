package dev.parley.bench.measure;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * How a measurement is made: {@code -Dbench.NAME=VALUE} for each option, with commas between several values. What is
 * not given is as the measurement's class says.
 *
 * @param isShort whether the defaults are small, as for a test of the bench itself; otherwise as for the document
 * @param properties value of a system property, or null
 */
public record BenchOptions(boolean isShort, UnaryOperator<String> properties) {
    private Optional<String> given(String name) {
        return Optional.ofNullable(properties.apply("bench." + name)).filter(value -> !value.isBlank());
    }

    /** Several numbers. */
    public int[] numbers(String name, int... otherwise) {
        return given(name)
                .map(value ->
                        Stream.of(value.split(",")).mapToInt(Integer::parseInt).toArray())
                .orElse(otherwise);
    }

    /** One number, with another default where the measurement is short. */
    public int number(String name, int full, int small) {
        return given(name).map(Integer::parseInt).orElse(isShort ? small : full);
    }

    /** Several words. */
    public List<String> words(String name, List<String> otherwise) {
        return given(name).map(value -> List.of(value.split(","))).orElse(otherwise);
    }

    /** What is profiled in the server, such as {@code cpu}; empty for nothing. */
    public Optional<String> profile() {
        return given("profile");
    }
}
