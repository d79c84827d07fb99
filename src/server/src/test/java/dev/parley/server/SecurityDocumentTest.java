package dev.parley.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tests that the documents name as evidence exist. */
class SecurityDocumentTest {
    private static final Path ROOT = Path.of(System.getProperty("basedir", ".")).resolve("../..");
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT|Contract))(?:\\.(\\w+))?`");

    /** The source file of each class, by simple name. */
    private static Map<String, Path> tests() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("src"))) {
            return files.filter(file -> file.getFileName().toString().endsWith(".java"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replaceFirst("\\.java$", ""),
                            file -> file,
                            (first, another) -> first));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"security.md", "guarantees.md"})
    void everyTestNamedByADocumentExists(String document) throws IOException {
        Map<String, Path> tests = tests();
        List<MatchResult> named = TEST.matcher(
                        Files.readString(ROOT.resolve("src/docs").resolve(document)))
                .results()
                .toList();
        assertThat(named).isNotEmpty();
        for (MatchResult name : named) {
            assertThat(tests).containsKey(name.group(1));
            if (name.group(2) != null) {
                assertThat(Files.readString(tests.get(name.group(1))))
                        .as(name.group())
                        .contains("void " + name.group(2) + "(");
            }
        }
    }
}
