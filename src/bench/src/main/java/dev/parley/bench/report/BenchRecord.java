package dev.parley.bench.report;

import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What one run of one measurement found.
 *
 * @param scenario name of the measurement, as in {@code -Dbench=NAME}
 * @param target what was measured
 * @param setup under which conditions, by name: two records with the same scenario, target and setup are two runs of
 *     the same measurement
 * @param figures what was found
 * @param at end of the run
 */
public record BenchRecord(
        String scenario, String target, SortedMap<String, String> setup, Map<Figure, Double> figures, Instant at) {
    public BenchRecord {
        setup = Collections.unmodifiableSortedMap(new TreeMap<>(setup));
        EnumMap<Figure, Double> sorted = new EnumMap<>(Figure.class);
        sorted.putAll(figures);
        figures = Collections.unmodifiableMap(sorted);
    }

    /** What runs of the same measurement have in common. */
    public record Key(String scenario, String target, SortedMap<String, String> setup) {}

    public Key key() {
        return new Key(scenario, target, setup);
    }

    /** A condition; empty if it is not part of this measurement. */
    public Optional<String> setup(String name) {
        return Optional.ofNullable(setup.get(name));
    }

    public OptionalDouble figure(Figure figure) {
        Double value = figures.get(figure);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** A figure that every record of its scenario has. */
    public double get(Figure figure) {
        return figure(figure).orElseThrow(() -> new IllegalStateException("No " + figure + " in " + this));
    }

    /** One line for people. */
    public String line() {
        String conditions = setup.entrySet().stream()
                .map(entry -> ", " + entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining());
        String found = figures.entrySet().stream()
                .map(entry -> entry.getKey().describe(entry.getValue()))
                .collect(Collectors.joining(", "));
        return scenario + ", " + target + conditions + ": " + found;
    }

    /** One line of JSON. */
    public String json() {
        JsonObjectBuilder conditions = Json.createObjectBuilder();
        setup.forEach(conditions::add);
        JsonObjectBuilder found = Json.createObjectBuilder();
        figures.forEach((figure, value) -> found.add(figure.key(), value));
        return Json.createObjectBuilder()
                .add("at", at.toString())
                .add("scenario", scenario)
                .add("target", target)
                .add("setup", conditions)
                .add("figures", found)
                .build()
                .toString();
    }

    /** Reads what {@link #json} wrote. */
    public static BenchRecord of(String json) {
        try (var reader = Json.createReader(new StringReader(json))) {
            JsonObject object = reader.readObject();
            SortedMap<String, String> setup = new TreeMap<>();
            object.getJsonObject("setup").forEach((name, value) -> setup.put(name, ((JsonString) value).getString()));
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            object.getJsonObject("figures")
                    .forEach((name, value) -> figures.put(Figure.ofKey(name), ((JsonNumber) value).doubleValue()));
            return new BenchRecord(
                    object.getString("scenario"),
                    object.getString("target"),
                    setup,
                    figures,
                    Instant.parse(object.getString("at")));
        }
    }
}
