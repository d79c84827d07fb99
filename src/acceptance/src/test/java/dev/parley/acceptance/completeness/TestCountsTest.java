package dev.parley.acceptance.completeness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.completeness.TestCounts.Report;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestCountsTest {
    private static final String IT = "wire.SomeIT";

    @TempDir
    private Path folder;

    private static List<String> problems(int expected, Report report) {
        return TestCounts.problems(Map.of(IT, expected), Map.of(IT, report));
    }

    @Test
    void allTestsOrSkipsWithAReasonAreNoProblem() {
        assertThat(problems(3, new Report(3, 0, true))).isEmpty();
        assertThat(problems(3, new Report(1, 2, true))).isEmpty();
        assertThat(problems(3, new Report(0, 1, true)))
                .as("a class that is skipped as a whole")
                .isEmpty();
    }

    @Test
    void everyTestThatIsMissingIsAProblem() {
        assertThat(problems(3, new Report(2, 0, true)))
                .containsExactly("wire.SomeIT has 2 executed and 0 skipped tests, not 3"
                        + " (src/acceptance/src/test/resources/tests.properties)");
        assertThat(problems(3, new Report(1, 1, true))).hasSize(1);
        assertThat(problems(3, new Report(2, 1, false)))
                .singleElement()
                .asString()
                .contains("not each has a reason");
        assertThat(TestCounts.problems(Map.of(IT, 3), Map.of())).hasSize(1);
    }

    @Test
    void testsThatAreNotListedAreAProblem() {
        assertThat(problems(3, new Report(4, 0, true))).hasSize(1);
        assertThat(TestCounts.problems(Map.of(), Map.of(IT, new Report(1, 0, true))))
                .containsExactly("wire.SomeIT is not in tests.properties");
    }

    @Test
    void reportIsReadFromTheFileOfFailsafe() throws Exception {
        Path file = Files.writeString(
                folder.resolve("TEST-x.xml"),
                "<testsuite><properties><property name='a' value='b'/></properties>"
                        + "<testcase name='one'/><testcase name='two'><skipped message='not on liberty: it cannot'/>"
                        + "</testcase></testsuite>");
        assertThat(TestCounts.report(file)).isEqualTo(new Report(1, 1, true));

        Files.writeString(
                file, "<testsuite><testcase name='two'><skipped message='no time today'/></testcase></testsuite>");
        assertThat(TestCounts.report(file)).isEqualTo(new Report(0, 1, false));
    }

    @Test
    void reasonOfAnAbortedTestIsInItsException() throws Exception {
        Path file = folder.resolve("TEST-x.xml");
        String aborted = "<testsuite><testcase name='one'><skipped type='org.opentest4j.TestAbortedException'><![CDATA["
                + "org.opentest4j.TestAbortedException: %s\n\tat a.B.c(B.java:1)\n]]></skipped></testcase>"
                + "<testcase name='two'/></testsuite>";
        Files.writeString(file, aborted.formatted("not on liberty: it cannot"));
        assertThat(TestCounts.report(file)).isEqualTo(new Report(1, 1, true));

        Files.writeString(file, aborted.formatted("no time today"));
        assertThat(TestCounts.report(file)).isEqualTo(new Report(1, 1, false));
    }

    @Test
    void reportsOfAnEarlierBuildDoNotCount() throws Exception {
        Path file = Files.writeString(
                folder.resolve("TEST-dev.parley.acceptance.wire.SomeIT.xml"),
                "<testsuite><testcase name='one'/></testsuite>");
        Instant written = Files.getLastModifiedTime(file).toInstant();

        assertThat(TestCounts.reports(folder, written)).containsOnlyKeys("wire.SomeIT");
        assertThat(TestCounts.reports(folder, written.plusNanos(1))).isEmpty();
    }
}
