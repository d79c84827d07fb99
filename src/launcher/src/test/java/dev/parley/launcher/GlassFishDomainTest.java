package dev.parley.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GlassFishDomainTest {
    private static final Path INSTALLATION = Path.of("/opt/glassfish");

    @TempDir
    private Path temporary;

    private Path folder;
    private GlassFishDomain domain;

    @BeforeEach
    void copy() throws IOException {
        var pattern = Files.createDirectories(temporary.resolve("pattern"));
        Files.writeString(Files.createDirectory(pattern.resolve("config")).resolve("domain.xml"), """
                <domain>
                  <servers><server name="server" config-ref="server-config"><resource-ref ref="x"/></server></servers>
                  <configs>
                    <config name="server-config">
                      <java-config>
                        <jvm-options>-Xmx512m</jvm-options>
                        <jvm-options>-Dpolicy=${com.sun.aas.instanceRoot}/config/server.policy</jvm-options>
                        <jvm-options>-Dlib=${com.sun.aas.installRoot}/lib</jvm-options>
                      </java-config>
                      <network-listener name="http-listener-1" enabled="false"/>
                    </config>
                    <config name="default-config"><network-listener name="http-listener-1"/></config>
                  </configs>
                </domain>
                """);
        folder = temporary.resolve("domain");
        domain = GlassFishDomain.copy(pattern, folder);
    }

    private String commandLine(String... more) {
        return String.join(" ", domain.command(INSTALLATION, List.of(more)));
    }

    private String saved() throws IOException {
        domain.save();
        return Files.readString(folder.resolve("config/domain.xml"));
    }

    @Test
    void serverUsesItsOwnFolderAndNotTheDistribution() {
        assertThat(commandLine())
                .contains("-Dcom.sun.aas.instanceRoot=" + folder + " -Dcom.sun.aas.installRoot=/opt/glassfish")
                .contains("-Dpolicy=" + folder + "/config/server.policy")
                .contains("-Dlib=/opt/glassfish/lib")
                .contains("-domaindir " + folder);
    }

    @Test
    void additionalJvmOptionsOverrideThoseOfTheDomain() {
        assertThat(domain.command(INSTALLATION, List.of("-Xmx2g")))
                .containsSubsequence("-Xmx512m", "-Xmx2g", "com.sun.enterprise.glassfish.bootstrap.GlassFishMain");
    }

    @Test
    void settingsAreInAFileThatNobodyElseReads() throws IOException {
        domain.setProperties(Map.of("parley.token.secret", "not-for-<everybody>"));

        assertThat(commandLine()).doesNotContain("not-for-");
        assertThat(saved())
                .contains("<system-property name=\"parley.token.secret\" value=\"not-for-&lt;everybody&gt;\"/>");
        assertThat(Files.getPosixFilePermissions(folder.resolve("config/domain.xml")))
                .hasSize(2);
        assertThat(Files.getPosixFilePermissions(folder.resolve("config"))).hasSize(3);
    }

    @Test
    void attributesAreThoseOfTheServersConfiguration() throws IOException {
        domain.set("/network-listener[@name='http-listener-1']", "enabled", "true");

        assertThat(saved())
                .contains("<network-listener enabled=\"true\" name=\"http-listener-1\"/>")
                .contains("<network-listener name=\"http-listener-1\"/>");
    }

    @Test
    void keyIsImportedUnderTheAliasOfTheCommands() throws IOException, GeneralSecurityException {
        var server = folder.resolve("config/keystore.jks");
        var given = temporary.resolve("given.p12");
        keytool("-genkeypair", "-alias", "s1as", "-keystore", server.toString(), "-storepass", "changeit");
        keytool("-genkeypair", "-alias", "mine", "-keystore", given.toString(), "-storepass", "a secret");

        domain.importKey(given, "a secret".toCharArray(), "parley");

        var keys = KeyStore.getInstance(server.toFile(), "changeit".toCharArray());
        assertThat(keys.getKey("parley", "changeit".toCharArray()).getAlgorithm())
                .isEqualTo("RSA");
        assertThat(keys.containsAlias("s1as")).isTrue();
    }

    @Test
    void keyStoreThatCannotBeUsedIsToldInASentence() throws IOException {
        Path noKeyStore = Files.writeString(temporary.resolve("keys.p12"), "no key store");
        assertThatThrownBy(() -> domain.importKey(noKeyStore, "password".toCharArray(), "parley"))
                .isInstanceOf(StartFailed.class)
                .hasMessageStartingWith("Cannot use the key in " + noKeyStore);
        assertThatThrownBy(() -> domain.importKey(temporary.resolve("absent"), new char[0], "parley"))
                .isInstanceOf(StartFailed.class)
                .hasMessageContaining("absent");
    }

    private static void keytool(String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keyalg", "RSA", "-dname", "CN=Parley", "-storetype", "PKCS12"));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.onExit().join().exitValue()).as(output).isZero();
    }
}
