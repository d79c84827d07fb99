package dev.parley.launcher.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Run exits its JVM, so the test starts it in a separate one. */
class RunTest {
    @TempDir
    private Path work;

    @Test
    void takenPortFailsWithOneSentence() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(failure("-Dparley.http.port=" + taken.getLocalPort()))
                    .isEqualTo("Port " + taken.getLocalPort()
                            + " is taken by another program. Choose another one: -Dparley.http.port=8081");
        }
    }

    @Test
    void unknownDatabaseFailsWithOneSentence() throws Exception {
        assertThat(failure("-Dparley.http.port=0", "-Dparley.database=mysql"))
                .isEqualTo("parley.database must be h2 or postgresql, not 'mysql'.");
    }

    /** As in an IDE without the profile that adds them. */
    @Test
    void missingClassesOfPostgresqlFailWithOneSentence() throws Exception {
        assertThat(failure("-Dparley.http.port=0", "-Dparley.database=postgresql"))
                .isEqualTo("The classes of PostgreSQL are missing. mvn -Prun -Dparley.database=postgresql adds them;"
                        + " in an IDE, activate the Maven profile 'postgresql'.");
    }

    /** What the run prints before it fails. */
    private String failure(String... properties) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", withoutPostgresql(System.getProperty("java.class.path"))));
        command.addAll(List.of(properties));
        command.addAll(
                List.of(Run.class.getName(), "wildfly", "no-wildfly", "no-configuration", "no.war", work.toString()));
        var run = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(run.waitFor()).isEqualTo(1);
        return output.strip();
    }

    /** The tests, too, may run with the profile that adds PostgreSQL. */
    private static String withoutPostgresql(String classPath) {
        return Arrays.stream(classPath.split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().contains("postgres"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
