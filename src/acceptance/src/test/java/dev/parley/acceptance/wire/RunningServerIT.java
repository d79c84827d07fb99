package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import dev.parley.launcher.StartFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's promises to programs that start servers with it. */
class RunningServerIT {
    @TempDir
    private Path folder;

    @Test
    void secretIsInNoLog() {
        ServerConfiguration configuration = OwnServer.named("secret", Map.of("parley.token.secret", Tokens.SECRET));
        try (RunningServer server = configuration.start()) {
            server.awaitReady(OwnServer.READY);
            assertThat(server.log()).content().contains("Deployed \"ROOT.war\"").doesNotContain(Tokens.SECRET);
            assertThat(configuration.base().resolve("log/server.log"))
                    .content()
                    .contains("Deployed \"ROOT.war\"")
                    .doesNotContain(Tokens.SECRET);
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
