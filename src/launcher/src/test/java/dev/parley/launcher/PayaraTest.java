package dev.parley.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PayaraTest {
    private static final String SECRET = "not-for-everybody";

    @TempDir
    private Path folder;

    private Payara payara;
    private ServerConfiguration configuration;

    @BeforeEach
    void createConfiguration() throws IOException {
        write("etc/logging.properties", "handlers=java.util.logging.ConsoleHandler\n");
        payara = new Payara(Path.of("/opt/payara-micro.jar"), folder.resolve("etc"));
        configuration = ServerConfiguration.of(payara, write("parley.war", "war"), folder.resolve("base"))
                .port(8081)
                .settings(Map.of("parley.token.secret", SECRET));
    }

    private Path write(String file, String text) throws IOException {
        var path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, text);
    }

    private Properties read(String file) throws IOException {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(folder.resolve(file))) {
            properties.load(reader);
        }
        return properties;
    }

    private void log(String text) throws IOException {
        write("base/log/server.log", text);
    }

    private String commandLine(ServerConfiguration of) {
        return String.join(" ", payara.command(of));
    }

    @Test
    void serverUsesItsOwnFolder() {
        assertThat(commandLine(configuration))
                .contains("-Djava.io.tmpdir=" + folder.resolve("base/payara/tmp"))
                .contains("--rootdir " + folder.resolve("base/payara/root"))
                .contains("--prebootcommandfile " + folder.resolve("etc/pre-boot.txt"));
    }

    @Test
    void httpsIsOffUnlessRequested() {
        assertThat(commandLine(configuration)).contains("--port 8081").doesNotContain("--sslport");
        assertThat(commandLine(configuration.httpsPort(8443))).contains("--sslport 8443");
    }

    @Test
    void listenersAreOnTheLoopbackAddress() throws IOException {
        assertThat(payara.prepare(configuration).environment())
                .containsEntry("PARLEY_HTTP_ADDRESS", "127.0.0.1")
                .containsEntry("PARLEY_HTTPS_ADDRESS", "127.0.0.1");
    }

    @Test
    void settingsAreInAPrivateFileAndNotOnTheCommandLine() throws IOException {
        payara.prepare(configuration);
        var settings = folder.resolve("base/payara/parley.properties");
        assertThat(commandLine(configuration)).doesNotContain(SECRET).contains("--systemproperties " + settings);
        assertThat(read("base/payara/parley.properties")).containsEntry("parley.token.secret", SECRET);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(settings)))
                .isEqualTo("rw-------");
    }

    @Test
    void additionalJvmOptionsComeFirst() {
        assertThat(payara.command(configuration.jvmOptions("-Xmx2g")))
                .containsSubsequence("-Xmx2g", "-jar", "/opt/payara-micro.jar")
                .doesNotContain("-Xmx1g");
    }

    @Test
    void warsAreNamedByTheirContextPath() throws IOException {
        var two = configuration.wars(Map.of("", folder.resolve("parley.war"), "/chat", folder.resolve("parley.war")));
        payara.prepare(two);
        var deployments = folder.resolve("base/payara/deployments");
        assertThat(deployments.resolve("ROOT.war")).exists();
        assertThat(deployments.resolve("chat.war")).exists();
        assertThat(commandLine(two))
                .endsWith(
                        "--deploy " + deployments.resolve("ROOT.war") + " --deploy " + deployments.resolve("chat.war"));
    }

    @Test
    void driverOfPostgresChoosesItsDataSource() throws IOException {
        var onPostgres = configuration.onPostgres(Path.of("/opt/driver.jar"));
        payara.prepare(onPostgres);
        assertThat(commandLine(onPostgres)).contains("--addlibs /opt/driver.jar");
        assertThat(read("base/payara/parley.properties")).containsEntry("parley.datasource", "jdbc/parley-postgresql");
    }

    @Test
    void keyStoreOfTheSettingsIsTheServers() throws IOException {
        payara.prepare(configuration.plusSettings(
                Map.of("parley.tls.keystore", "/etc/keys.p12", "parley.tls.password", "password of the keys")));
        assertThat(read("base/payara/parley.properties"))
                .containsEntry("javax.net.ssl.keyStore", "/etc/keys.p12")
                .containsEntry("javax.net.ssl.keyStorePassword", "password of the keys");
    }

    @Test
    void keyStoreWithoutAPasswordHasAnEmptyOne() throws IOException {
        payara.prepare(configuration.plusSettings(Map.of("parley.tls.keystore", "/etc/keys.p12")));
        assertThat(read("base/payara/parley.properties")).containsEntry("javax.net.ssl.keyStorePassword", "");
    }

    @Test
    void logIsAFileBesidesTheConsole() throws IOException {
        payara.prepare(configuration);
        assertThat(read("base/payara/logging.properties"))
                .containsEntry("handlers", "java.util.logging.ConsoleHandler,java.util.logging.FileHandler")
                .containsEntry(
                        "java.util.logging.FileHandler.pattern",
                        folder.resolve("base/log/server.log").toString());
    }

    @Test
    void secondStartFindsNothingOfTheFirst() throws IOException {
        payara.prepare(configuration);
        write("base/payara/root/config/domain.xml", "changed");
        log("of the first start");
        payara.prepare(configuration);
        assertThat(folder.resolve("base/payara/root")).doesNotExist();
        assertThat(folder.resolve("base/log/server.log")).doesNotExist();
        assertThat(folder.resolve("base/log/previous.log")).content().isEqualTo("of the first start");
    }

    @Test
    void serverHasDeployedWhatItListsWhenItIsReady() throws IOException {
        assertThat(payara.hasDeployed(configuration)).isFalse();
        String list = """
                2026-11-29 06:02:22.780 INFO    [PayaraMicro] {
                        "Deployed": [
                            {
                                "Name": "ROOT",
                                "Type": "war",
                """;
        log(list);
        assertThat(payara.hasDeployed(configuration)).isFalse();
        log(list + READY);
        assertThat(payara.hasDeployed(configuration)).isTrue();
        assertThat(payara.deploymentFailure(configuration)).isEmpty();
    }

    @Test
    void reasonOfAFailureIsInTheLog() throws IOException {
        String failure = """
                2026-11-29 06:02:22.629 SEVERE  [javax.enterprise.system.core] Exception during lifecycle processing
                java.lang.Exception: Parley cannot start. The database is too old.
                \tat com.sun.enterprise.web.WebApplication.start(WebApplication.java:136)
                """;
        log(failure);
        assertThat(payara.deploymentFailure(configuration)).isEmpty();
        log(failure + READY);
        assertThat(payara.deploymentFailure(configuration)).hasValueSatisfying(reason -> assertThat(reason)
                .contains("ROOT.war", "The database is too old.")
                .doesNotContain("WebApplication.java"));
    }

    private static final String READY =
            "2026-11-29 06:02:22.800 INFO    [PayaraMicro] Payara Micro 6.2025.10 (build 42) ready in 38,032 (ms)\n";
}
