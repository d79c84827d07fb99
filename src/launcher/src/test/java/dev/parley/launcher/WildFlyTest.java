package dev.parley.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WildFlyTest {
    private final WildFly wildFly = new WildFly(Path.of("/opt/wildfly"), Path.of("/etc/parley"));
    private final ServerConfiguration configuration = ServerConfiguration.of(
                    wildFly, Path.of("parley.war"), Path.of("/srv/parley"))
            .port(8081)
            .settings(Map.of("parley.token.secret", "not-for-everybody"));

    private String commandLine(ServerConfiguration of) {
        return String.join(" ", wildFly.command(of));
    }

    @Test
    void serverUsesItsOwnFolderAndNotTheDistribution() {
        assertThat(commandLine(configuration))
                .contains("-Djboss.home.dir=/opt/wildfly -Djboss.server.base.dir=/srv/parley")
                .contains("-Dlogging.configuration=file:///srv/parley/configuration/logging.properties");
    }

    @Test
    void unrequestedPortsAreAnyFreePorts() {
        assertThat(commandLine(configuration))
                .contains("-Djboss.http.port=8081", "-Djboss.https.port=0", "-Djboss.management.http.port=0");
    }

    @Test
    void httpsPortIsTheRequestedOne() {
        assertThat(commandLine(configuration.httpsPort(8443))).contains("-Djboss.https.port=8443");
        assertThat(configuration.httpsPort(0).httpsPort()).get().isNotEqualTo(0);
    }

    @Test
    void settingsAreNotOnTheCommandLine() {
        assertThat(commandLine(configuration))
                .doesNotContain("not-for-everybody")
                .contains("--properties=/srv/parley/configuration/parley.properties");
    }

    @Test
    void additionalJvmOptionsComeFirst() {
        assertThat(wildFly.command(configuration.jvmOptions("-Xmx2g")))
                .containsSubsequence("-Xmx2g", "-jar", "org.jboss.as.standalone")
                .doesNotContain("-Xmx1g");
    }

    @Test
    void configurationsAreAppliedInOrder() {
        assertThat(wildFly.command(configuration
                        .onPostgres(Path.of("/opt/driver.jar"))
                        .plusSettings(Map.of("parley.tls.keystore", "/etc/keys"))))
                .last()
                .isEqualTo("--yaml=/etc/parley/parley.yaml" + File.pathSeparator + "/etc/parley/postgresql.yaml"
                        + File.pathSeparator + "/etc/parley/tls.yaml");
    }

    @Test
    void modulesOfTheDriverPrecedeThoseOfTheDistribution() {
        assertThat(wildFly.command(configuration.onPostgres(Path.of("/opt/driver.jar"))))
                .containsSubsequence("-mp", "/srv/parley/modules" + File.pathSeparator + "/opt/wildfly/modules");
    }
}
