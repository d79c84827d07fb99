package dev.parley.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReadmeSettingsTest {
    private static final String HEADER = "| setting | value | default | range | meaning |";

    @Test
    void theReadmeListsTheSettingsAsTheyAre() throws IOException {
        List<String> listed =
                Arrays.stream(Setting.values()).map(ReadmeSettingsTest::row).toList();

        assertThat(rowsOfReadme())
                .as(
                        "The table of settings in README.md must be:%n%n%s%n|---|---|---|---|---|%n%s%n",
                        HEADER, String.join("\n", listed))
                .isEqualTo(listed);
    }

    private static List<String> rowsOfReadme() throws IOException {
        Path readme = Path.of(System.getProperty("basedir", ".")).resolve("../../README.md");
        return Files.readAllLines(readme).stream()
                .dropWhile(line -> !line.equals(HEADER))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .toList();
    }

    private static String row(Setting setting) {
        return Stream.of(
                        code(setting.property()),
                        setting.kind().words(),
                        code(setting.defaultValue()),
                        setting.range(),
                        setting.meaning())
                .collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + text + "`";
    }
}
