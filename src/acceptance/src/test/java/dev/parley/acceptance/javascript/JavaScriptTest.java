package dev.parley.acceptance.javascript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tests in {@code src/test/js}: each file is a container, each test of it a dynamic test. A test that is skipped
 * fails, and so does a file that has no test.
 */
class JavaScriptTest {
    private static final Path FOLDER = Path.of("src/test/js").toAbsolutePath();
    private static final Duration DEADLINE = Duration.ofMinutes(5);

    private static Node.Output output;

    @BeforeAll
    static void run(@TempDir Path typescript) throws Exception {
        TypeScript.unpack(typescript);
        try (WebSocketServer server = WebSocketServer.start()) {
            output = Node.unpack()
                    .run(
                            FOLDER,
                            DEADLINE,
                            Map.of(
                                    "PARLEY_TEST_SERVER", server.uri().toString(),
                                    "PARLEY_TEST_TYPESCRIPT", typescript.toString()),
                            List.of(
                                    "--import=./harness/end-in-time.js",
                                    "--test",
                                    "--test-timeout=30000",
                                    "--test-concurrency=2",
                                    "--test-reporter=./harness/json-lines-reporter.js",
                                    "**/*.test.js"));
        }
    }

    @AfterAll
    static void forget() {
        output = null;
    }

    @TestFactory
    Stream<DynamicContainer> tests() throws IOException {
        Map<Path, List<JavaScriptResult>> results =
                JavaScriptResult.read(output.out()).collect(Collectors.groupingBy(JavaScriptResult::file));
        return files().stream().map(file -> {
            Path name = FOLDER.relativize(file);
            List<JavaScriptResult> ofFile = results.getOrDefault(file, List.of());
            Stream<DynamicTest> tests = ofFile.isEmpty()
                    ? Stream.of(DynamicTest.dynamicTest("has tests", () -> fail(name + " has no test. " + output)))
                    : ofFile.stream().map(result -> test(name, result));
            return DynamicContainer.dynamicContainer(name.toString(), file.toUri(), tests);
        });
    }

    /** Whatever no test shows, such as a promise that is rejected after the end of the last one. */
    @Test
    void nodeReportsNoFailureBeyondThoseOfTheTests() throws IOException {
        List<JavaScriptResult> results = JavaScriptResult.read(output.out()).toList();
        assertThat(results).extracting(JavaScriptResult::file).allMatch(files()::contains);
        boolean isFailed = results.stream().anyMatch(result -> !result.problem().isEmpty());
        assertThat(output.exitCode() != 0).as("%s", output.errors()).isEqualTo(isFailed);
    }

    private static DynamicTest test(Path file, JavaScriptResult result) {
        return DynamicTest.dynamicTest(result.name(), () -> {
            if (!result.problem().isEmpty()) {
                // Surefire reports dynamic tests by their numbers.
                fail(file + ": " + result.name() + "\n" + result.problem());
            }
        });
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(FOLDER)) {
            return all.filter(file -> file.toString().endsWith(".test.js"))
                    .sorted()
                    .toList();
        }
    }
}
