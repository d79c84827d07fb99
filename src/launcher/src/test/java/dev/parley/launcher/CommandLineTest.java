package dev.parley.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandLineTest {
    private final WildFly wildFly = WildFly.of(
                    Path.of("/opt/wildfly"), Path.of("parley.war"), Path.of("parley.yaml"), Path.of("/srv/parley"))
            .port(8081)
            .settings(Map.of("parley.token.secret", "not-for-everybody"));

    private String commandLine(WildFly of) {
        return String.join(" ", CommandLine.of(of, new ServerFolder(of.base())));
    }

    @Test
    void serverUsesItsOwnFolderAndNotTheDistribution() {
        assertThat(commandLine(wildFly))
                .contains("-Djboss.home.dir=/opt/wildfly -Djboss.server.base.dir=/srv/parley")
                .contains("-Dlogging.configuration=file:///srv/parley/configuration/logging.properties");
    }

    @Test
    void unrequestedPortsAreAnyFreePorts() {
        assertThat(commandLine(wildFly))
                .contains("-Djboss.http.port=8081", "-Djboss.https.port=0", "-Djboss.management.http.port=0");
    }

    @Test
    void httpsPortIsTheRequestedOne() {
        assertThat(commandLine(wildFly.httpsPort(8443))).contains("-Djboss.https.port=8443");
        assertThat(wildFly.httpsPort(0).httpsPort()).isPositive();
    }

    @Test
    void settingsAreNotOnTheCommandLine() {
        assertThat(commandLine(wildFly))
                .doesNotContain("not-for-everybody")
                .contains("--properties=/srv/parley/configuration/parley.properties");
    }

    @Test
    void additionalJvmOptionsComeFirst() {
        assertThat(CommandLine.of(wildFly.jvmOptions("-Xmx2g"), new ServerFolder(wildFly.base())))
                .containsSubsequence("-Xmx2g", "-jar", "org.jboss.as.standalone")
                .doesNotContain("-Xmx1g");
    }

    @Test
    void configurationsAreAppliedInOrder() {
        assertThat(CommandLine.of(wildFly.plusYaml(Path.of("/srv/postgresql.yaml")), new ServerFolder(wildFly.base())))
                .last()
                .asString()
                .startsWith("--yaml=")
                .endsWith("parley.yaml" + File.pathSeparator + "/srv/postgresql.yaml");
    }

    @Test
    void additionalModulesPrecedeThoseOfTheDistribution() {
        assertThat(CommandLine.of(wildFly.plusModules(Path.of("/srv/modules")), new ServerFolder(wildFly.base())))
                .containsSubsequence("-mp", "/srv/modules" + File.pathSeparator + "/opt/wildfly/modules");
    }
}
