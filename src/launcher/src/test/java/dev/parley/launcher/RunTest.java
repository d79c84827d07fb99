package dev.parley.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Run exits its JVM, so the test starts it in a separate one. */
class RunTest {
    @TempDir
    private Path work;

    @Test
    void takenPortFailsWithOneSentence() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var run = start(taken.getLocalPort());
            var output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(output.strip())
                    .isEqualTo("Port " + taken.getLocalPort()
                            + " is taken by another program. Choose another one: mvn -Prun -Dparley.http.port=8081");
            assertThat(run.waitFor()).isEqualTo(1);
        }
    }

    private Process start(int port) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dparley.http.port=" + port,
                        Run.class.getName(),
                        "wildfly",
                        "no-wildfly",
                        "no-configuration",
                        "no.war",
                        work.toString())
                .redirectErrorStream(true)
                .start();
    }
}
