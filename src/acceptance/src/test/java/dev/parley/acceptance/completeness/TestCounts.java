package dev.parley.acceptance.completeness;

import dev.parley.acceptance.support.SkippedOn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.opentest4j.TestAbortedException;

/**
 * Compares the reports of a test run with {@code tests.properties}, the number of tests of each class. So no
 * configuration of the build leaves tests out silently, on any application server.
 */
public final class TestCounts {
    private static final String PACKAGE = "dev.parley.acceptance.";
    private static final String ABORTED = TestAbortedException.class.getName() + ": ";

    private TestCounts() {}

    /** @param isExplained whether every skip has the reason of {@link SkippedOn} */
    record Report(int executed, int skipped, boolean isExplained) {
        static final Report NONE = new Report(0, 0, true);

        /**
         * The problem with a class that has so many tests. One explained skip and nothing else is a class that is
         * skipped as a whole.
         */
        String problem(int expected) {
            if (!isExplained) {
                return "has " + skipped + " skipped tests, and not each has a reason in @SkippedOn";
            }
            boolean isWhole = executed == 0 && skipped == 1;
            return isWhole || executed + skipped == expected
                    ? ""
                    : "has " + executed + " executed and " + skipped + " skipped tests, not " + expected
                            + " (src/acceptance/src/test/resources/tests.properties)";
        }
    }

    /**
     * @param arguments the folder of the reports; the packages that were run, one name or {@code a|b}; and the time at
     *     which the build began: reports of earlier ones do not count
     * @throws IllegalStateException if a test of these packages was left out or is not in the list
     */
    public static void main(String[] arguments) throws IOException, XMLStreamException {
        Map<String, Integer> expected = expected(arguments[1]);
        Map<String, Report> reports = reports(Path.of(arguments[0]), Instant.parse(arguments[2]));
        List<String> problems = problems(expected, reports);
        if (!problems.isEmpty()) {
            throw new IllegalStateException(String.join("\n", problems));
        }
        System.out.println(reports.values().stream().mapToInt(Report::executed).sum() + " tests, "
                + reports.values().stream().mapToInt(Report::skipped).sum() + " skipped with a reason");
    }

    static List<String> problems(Map<String, Integer> expected, Map<String, Report> reports) {
        List<String> problems = new ArrayList<>();
        expected.forEach((name, tests) -> {
            String problem = reports.getOrDefault(name, Report.NONE).problem(tests);
            if (!problem.isEmpty()) {
                problems.add(name + " " + problem);
            }
        });
        reports.keySet().stream()
                .filter(name -> !expected.containsKey(name))
                .forEach(name -> problems.add(name + " is not in tests.properties"));
        return problems;
    }

    private static Map<String, Integer> expected(String packages) throws IOException {
        Properties all = new Properties();
        try (var stream = TestCounts.class.getResourceAsStream("/tests.properties")) {
            all.load(stream);
        }
        Map<String, Integer> expected = new TreeMap<>();
        for (String name : all.stringPropertyNames()) {
            if (name.substring(0, name.indexOf('.')).matches(packages)) {
                expected.put(name, Integer.valueOf(all.getProperty(name)));
            }
        }
        return expected;
    }

    static Map<String, Report> reports(Path folder, Instant begun) throws IOException, XMLStreamException {
        Map<String, Report> reports = new HashMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".xml"))
                    .filter(path -> path.getFileName().toString().startsWith("TEST-" + PACKAGE))
                    .toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(begun)) {
                    continue;
                }
                String name = file.getFileName().toString();
                reports.put(
                        name.substring(("TEST-" + PACKAGE).length(), name.length() - ".xml".length()), report(file));
            }
        }
        return reports;
    }

    static Report report(Path file) throws IOException, XMLStreamException {
        int tests = 0;
        int skipped = 0;
        boolean isExplained = true;
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (var stream = Files.newInputStream(file)) {
            XMLStreamReader xml = factory.createXMLStreamReader(stream);
            while (xml.hasNext()) {
                if (xml.next() != XMLStreamReader.START_ELEMENT) {
                    continue;
                }
                if (xml.getLocalName().equals("testcase")) {
                    tests++;
                } else if (xml.getLocalName().equals("skipped")) {
                    skipped++;
                    isExplained &= reason(xml).startsWith(SkippedOn.REASON);
                }
            }
        }
        return new Report(tests - skipped, skipped, isExplained);
    }

    /** A test that is aborted, as a dynamic one must be, has its reason in the text of its exception. */
    private static String reason(XMLStreamReader skipped) throws XMLStreamException {
        String message = skipped.getAttributeValue(null, "message");
        String text = message == null ? skipped.getElementText() : message;
        return text.startsWith(ABORTED) ? text.substring(ABORTED.length()) : text;
    }
}
