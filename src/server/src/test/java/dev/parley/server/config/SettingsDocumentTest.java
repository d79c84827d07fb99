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

/**
 * Compares the table of src/docs/settings.md with {@link Setting}; with {@code -Dparley.docs.write=true} it writes the
 * table into the file first.
 */
class SettingsDocumentTest {
    private static final Path DOCUMENT =
            Path.of(System.getProperty("basedir", ".")).resolve("../docs/settings.md");
    private static final String HEADER = "| setting | value | default | range | meaning |";
    private static final String LINE_BELOW_HEADER = "|---|---|---|---|---|";

    @Test
    void theDocumentListsTheSettingsAsTheyAre() throws IOException {
        List<String> expected = table();
        if (Boolean.getBoolean("parley.docs.write")) {
            Files.write(DOCUMENT, withTable(Files.readAllLines(DOCUMENT), expected));
        }

        assertThat(tableOf(Files.readAllLines(DOCUMENT)))
                .as(
                        "The table in src/docs/settings.md must be as follows;"
                                + " -Dparley.docs.write=true writes it.%n%n%s%n",
                        String.join("\n", expected))
                .isEqualTo(expected);
    }

    private static List<String> table() {
        return Stream.concat(
                        Stream.of(HEADER, LINE_BELOW_HEADER),
                        Arrays.stream(Setting.values()).map(SettingsDocumentTest::row))
                .toList();
    }

    private static List<String> tableOf(List<String> document) {
        return document.stream()
                .dropWhile(line -> !line.equals(HEADER))
                .takeWhile(line -> line.startsWith("|"))
                .toList();
    }

    private static List<String> withTable(List<String> document, List<String> table) {
        int start = document.indexOf(HEADER);
        assertThat(start)
                .as("the line of src/docs/settings.md that is %s", HEADER)
                .isNotNegative();
        int end = start + tableOf(document).size();
        return Stream.of(document.subList(0, start), table, document.subList(end, document.size()))
                .flatMap(List::stream)
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
