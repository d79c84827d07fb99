package dev.parley.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LibertyTest {
    @TempDir
    private Path folder;

    private Liberty liberty;
    private ServerConfiguration configuration;

    @BeforeEach
    void createDistribution() throws IOException {
        write("home/h2.jar", "driver");
        write("home/wlp/lib/platform/java/java9.options", "# For tests\n--add-opens\njava.base/java.util=ALL-UNNAMED");
        write("home/wlp/lib/platform/java/java24.options", "--add-opens\njava.base/java.util=ALL-UNNAMED\n");
        for (var file : List.of("server.xml", "h2.xml", "postgresql.xml", "https.xml", "tls.xml")) {
            write("configuration/" + file, "<server/>");
        }
        write("configuration/bootstrap.properties", "parley.handshake.credential=required\nparley.guests=false\n");
        write("configuration/jvm.options", "# A comment\n\n-Dreason=good\n");
        write("parley.war", "war");
        write("driver.jar", "driver");
        liberty = new Liberty(folder.resolve("home"), folder.resolve("configuration"));
        configuration = ServerConfiguration.of(liberty, folder.resolve("parley.war"), folder.resolve("base"))
                .port(8081)
                .settings(Map.of("parley.token.secret", "not-for-everybody", "parley.guests", "true"));
    }

    private void write(String file, String text) throws IOException {
        Files.createDirectories(folder.resolve(file).getParent());
        Files.writeString(folder.resolve(file), text);
    }

    private Path server() {
        return folder.resolve("base/usr/servers/parley");
    }

    @Test
    void serverUsesItsOwnFoldersAndNotTheDistribution() throws IOException {
        assertThat(liberty.prepare(configuration).environment())
                .containsEntry("WLP_USER_DIR", folder.resolve("base/usr").toString())
                .containsEntry("WLP_OUTPUT_DIR", folder.resolve("base/output").toString());
    }

    @Test
    void commandHasTheOptionsOfTheFilesAndThoseOfTheConfiguration() throws IOException {
        assertThat(liberty.command(configuration.jvmOptions("-Xmx2g")))
                .containsSubsequence(
                        "-Xmx2g",
                        "-Dreason=good",
                        "--add-opens",
                        "java.base/java.util=ALL-UNNAMED",
                        "-jar",
                        folder.resolve("home/wlp/bin/tools/ws-server.jar").toString(),
                        "parley")
                .doesNotContain("", "-Xmx1g")
                .noneMatch(word -> word.startsWith("#"));
    }

    @Test
    void settingsAreInAPrivateFileAndNotOnTheCommandLine() throws IOException {
        assertThat(String.join(" ", liberty.prepare(configuration).words())).doesNotContain("not-for-everybody");
        Path settings = server().resolve("bootstrap.properties");
        assertThat(settings)
                .content()
                .contains("parley.token.secret=not-for-everybody")
                .contains("parley.http.port=8081")
                .contains("parley.guests=true")
                .contains("parley.handshake.credential=required")
                .doesNotContain("parley.guests=false");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(settings)))
                .isEqualTo("rw-------");
    }

    @Test
    void configurationsAreThoseThatTheStartNeeds() throws IOException {
        liberty.prepare(configuration);
        assertThat(server().resolve("configDropins/overrides"))
                .isDirectoryContaining("glob:**/h2.xml")
                .isDirectoryNotContaining("glob:**/{https,tls,postgresql}.xml");

        liberty.prepare(configuration.httpsPort(0).onPostgres(folder.resolve("driver.jar")));
        assertThat(server().resolve("configDropins/overrides"))
                .isDirectoryContaining("glob:**/postgresql.xml")
                .isDirectoryContaining("glob:**/https.xml")
                .isDirectoryNotContaining("glob:**/{h2,tls}.xml");
        assertThat(folder.resolve("base/usr/shared/resources/jdbc/postgresql.jar"))
                .exists();

        liberty.prepare(configuration.httpsPort(0).settings(Map.of("parley.tls.keystore", "/etc/keys")));
        assertThat(server().resolve("configDropins/overrides"))
                .isDirectoryContaining("glob:**/tls.xml")
                .isDirectoryNotContaining("glob:**/https.xml");
    }

    @Test
    void warIsServedAtItsContextPath() throws IOException {
        Path war = folder.resolve("parley.war");
        liberty.prepare(configuration.wars(Map.of("", war, "/talk", war)));
        assertThat(server().resolve("configDropins/overrides/application-ROOT.xml"))
                .content()
                .contains("location=\"ROOT.war\" contextRoot=\"/\"");
        assertThat(server().resolve("configDropins/overrides/application-talk.xml"))
                .content()
                .contains("location=\"talk.war\" contextRoot=\"/talk\"");
        assertThat(server().resolve("apps/talk.war")).exists();
    }

    @Test
    void onlyTheLogOfThisStartSaysWhatIsDeployed() throws IOException {
        write(
                "base/log/messages.log",
                "[1/1/26, 1:00:00:000 UTC] 0000001 X A CWWKZ0001I: Application ROOT started in 1.000 seconds.\n");
        assertThat(liberty.hasDeployed(configuration)).isTrue();

        liberty.prepare(configuration);

        assertThat(liberty.hasDeployed(configuration)).isFalse();
        assertThat(folder.resolve("base/log/previous.log")).exists();
    }

    @Test
    @Timeout(120)
    void deploymentIsNoticedInALogThatIsRotatedMeanwhile() throws Exception {
        Path messages = folder.resolve("base/log/messages.log");
        liberty.prepare(configuration);
        write("base/log/messages.log", "x".repeat(1_000));
        CompletableFuture<Void> server = CompletableFuture.runAsync(() -> {
            Waiting.until(
                    "the server is told of the WAR",
                    () -> Files.exists(server().resolve("configDropins/overrides/application-talk.xml")));
            try {
                Files.move(messages, messages.resolveSibling("messages_26.11.29_08.00.00.0.log"));
                Files.writeString(messages, "[1/1/26] 1 X A CWWKZ0001I: Application talk started in 1.000 seconds.");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        liberty.deploy(configuration, "/talk", folder.resolve("parley.war"));

        server.join();
        assertThat(server().resolve("apps/talk.war")).exists();
    }

    @Test
    void failureIsToldWithAllLinesOfItsReason() {
        String log = """
                [1/1/26, 1:00:00:000 UTC] 00000026 X   I CWWKZ0018I: Starting application ROOT.
                [1/1/26, 1:00:01:000 UTC] 00000026 X   E SRVE0283E: Exception caught: first
                second
                \tat a.Class.method(Class.java:1)

                [1/1/26, 1:00:02:000 UTC] 00000026 X   A CWWKZ0012I: The application ROOT was not started.
                [1/1/26, 1:00:03:000 UTC] 00000026 X   I CWWKZ0018I: Starting application talk.
                """;
        assertThat(Liberty.deploymentFailure(log, "")).contains("SRVE0283E: Exception caught: first\nsecond");
        assertThat(Liberty.deploymentFailure(log, "/talk")).isEmpty();
    }

    @Test
    void wrongFileIsAFailure() {
        String log = """
                [1/1/26, 1:00:00:000 UTC] 00000023 X   E CWWKZ0021E: The server cannot handle ROOT.war.
                """;
        assertThat(Liberty.deploymentFailure(log, "")).get().asString().contains("ROOT.war");
    }
}
