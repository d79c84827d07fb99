package dev.parley.acceptance.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import dev.parley.launcher.StartFailed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's promises to programs that start servers with it. */
class RunningServerIT {
    /** A line of the application on a new database, in the log of every server. */
    private static final String MIGRATED = "to schema \"PUBLIC\", now at version v";

    @TempDir
    private Path folder;

    @Test
    void secretIsInNoLogAndNotOnTheCommandLine() throws IOException {
        ServerConfiguration configuration = OwnServer.named("secret", Map.of("parley.token.secret", Tokens.SECRET));
        Path console;
        try (RunningServer server = configuration.start()) {
            console = server.log();
            server.awaitReady(OwnServer.READY);
            assertThat(ProcessHandle.of(server.pid()).orElseThrow().info().commandLine())
                    .hasValueSatisfying(
                            command -> assertThat(command).contains("java").doesNotContain(Tokens.SECRET));
        }
        // A server may write its files later than its output.
        assertThat(console).content().contains(MIGRATED).doesNotContain(Tokens.SECRET);
        assertThat(files(configuration.base().resolve("log")))
                .hasSizeGreaterThan(1)
                .allSatisfy(log ->
                        assertThat(log).content(StandardCharsets.ISO_8859_1).doesNotContain(Tokens.SECRET))
                .filteredOn(log -> !log.equals(console))
                .anySatisfy(log -> assertThat(log).content().contains(MIGRATED));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void undeployableWarIsReportedBeforeTheDeadline() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.war"), "not a zip");
        try (RunningServer server = ServerConfiguration.of(
                        ParleyDeployment.Built.SERVER, broken, folder.resolve("server"))
                .start()) {
            assertThatThrownBy(() -> server.awaitReady(OwnServer.READY))
                    .isInstanceOf(StartFailed.class)
                    .hasMessageContaining("could not deploy")
                    .hasMessageContaining("ROOT.war");
        }
    }

    @Test
    void endedProcessIsReportedWithItsLog() {
        try (RunningServer server = OwnServer.named("no-jvm", Map.of())
                .jvmOptions("-XX:NoSuchOption")
                .start()) {
            assertThatThrownBy(() -> server.awaitReady(OwnServer.READY))
                    .isInstanceOf(StartFailed.class)
                    .hasMessageContaining("NoSuchOption");
        }
    }
}
