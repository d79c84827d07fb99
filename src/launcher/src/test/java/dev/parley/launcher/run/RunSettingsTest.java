package dev.parley.launcher.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.launcher.StartFailed;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunSettingsTest {
    private static final Path WORK = Path.of("work").toAbsolutePath();

    private static RunSettings from(Map<String, String> given) {
        var system = new Properties();
        system.putAll(given);
        return RunSettings.from(system, WORK);
    }

    @Test
    void defaultsSuitATrialRun() {
        assertThat(from(Map.of()).values())
                .containsOnly(
                        Map.entry("parley.http.port", "8080"),
                        Map.entry("parley.guests", "true"),
                        Map.entry("parley.handshake.credential", "optional"),
                        Map.entry("parley.data", WORK.resolve("data").toString()));
    }

    @Test
    void onlyParleySettingsReachTheServer() {
        assertThat(from(Map.of("parley.foo", "bar", "parley.guests", "false", "user.home", "x"))
                        .values())
                .containsEntry("parley.foo", "bar")
                .containsEntry("parley.guests", "false")
                .doesNotContainKey("user.home");
    }

    @Test
    void dataFolderIsResolvedAgainstTheWorkingDirectory() {
        assertThat(from(Map.of("parley.data", "some/where")).data())
                .isEqualTo(Path.of("some/where").toAbsolutePath());
    }

    @Test
    void httpsPortIsTheRequestedOne() {
        assertThat(from(Map.of()).httpsPort()).isEmpty();
        assertThat(from(Map.of("parley.https.port", "8443")).httpsPort()).contains(8443);
        assertThatThrownBy(from(Map.of("parley.https.port", "tls"))::httpsPort)
                .isInstanceOf(StartFailed.class)
                .hasMessageContaining("parley.https.port")
                .hasMessageContaining("'tls'");
    }

    @Test
    void keyStoreIsResolvedAgainstTheWorkingDirectory() {
        assertThat(from(Map.of("parley.tls.keystore", "some/where.p12")).get("parley.tls.keystore"))
                .contains(Path.of("some/where.p12").toAbsolutePath().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "http", "-1", "65536", "123456"})
    void invalidPortIsNamedInTheError(String port) {
        var settings = from(Map.of("parley.http.port", port));
        assertThatThrownBy(settings::port)
                .isInstanceOf(StartFailed.class)
                .hasMessageContaining("parley.http.port")
                .hasMessageContaining("'" + port + "'");
    }

    @Test
    void databaseIsH2UnlessPostgresqlIsRequested() {
        assertThat(from(Map.of()).database()).isEqualTo(RunSettings.Database.H2);
        assertThat(from(Map.of("parley.database", "h2")).database()).isEqualTo(RunSettings.Database.H2);
        assertThat(from(Map.of("parley.database", "postgresql")).database())
                .isEqualTo(RunSettings.Database.EMBEDDED_POSTGRESQL);
    }

    @Test
    void givenUrlTakesThePlaceOfTheEmbeddedPostgresql() {
        assertThat(from(Map.of("parley.database", "postgresql", "parley.postgresql.url", "jdbc:postgresql://db/x"))
                        .database())
                .isEqualTo(RunSettings.Database.EXTERNAL_POSTGRESQL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "mysql", "PostgreSQL"})
    void unknownDatabaseIsNamedInTheError(String database) {
        var settings = from(Map.of("parley.database", database));
        assertThatThrownBy(settings::database)
                .isInstanceOf(StartFailed.class)
                .hasMessage("parley.database must be h2 or postgresql, not '" + database + "'.");
    }

    @Test
    void databaseIsDescribedWithItsPlace() {
        var data = Map.of("parley.data", "/some/where");
        assertThat(from(data).describeDatabase()).isEqualTo("H2 in /some/where");
        assertThat(from(data).with("parley.database", "postgresql").describeDatabase())
                .isEqualTo("PostgreSQL in /some/where/postgresql");
    }

    @Test
    void clusterIsOnPostgresql() {
        assertThat(from(Map.of()).forCluster().database()).isEqualTo(RunSettings.Database.EMBEDDED_POSTGRESQL);
        assertThat(from(Map.of("parley.postgresql.url", "jdbc:postgresql://db/x"))
                        .forCluster()
                        .database())
                .isEqualTo(RunSettings.Database.EXTERNAL_POSTGRESQL);
        assertThatThrownBy(from(Map.of("parley.database", "h2"))::forCluster)
                .isInstanceOf(StartFailed.class)
                .hasMessage("Several nodes need PostgreSQL: leave out -Dparley.database=h2.");
    }

    @Test
    void clusterRefusesHttps() {
        assertThatThrownBy(from(Map.of("parley.https.port", "8443"))::forCluster)
                .isInstanceOf(StartFailed.class)
                .hasMessageContaining("leave out -Dparley.https.port");
    }

    @Test
    void nodeHasItsNameAndTheBackplane() {
        assertThat(from(Map.of()).forNode("one", "redis://:x@127.0.0.1:1").values())
                .containsEntry("parley.node.name", "one")
                .containsEntry("parley.backplane", "redis")
                .containsEntry("parley.redis.uri", "redis://:x@127.0.0.1:1");
    }

    @Test
    void proxyOfThisMachineIsTrustedBesideTheGivenOnes() {
        assertThat(from(Map.of()).behindProxy().get("parley.forwarded.trusted")).contains("127.0.0.1");
        assertThat(from(Map.of("parley.forwarded.trusted", "10.0.0.1"))
                        .behindProxy()
                        .get("parley.forwarded.trusted"))
                .contains("10.0.0.1,127.0.0.1");
    }

    @Test
    void unknownBalancerIsNamedInTheError() {
        assertThat(from(Map.of()).balancer()).isEqualTo(RunSettings.Balancer.ANY);
        assertThat(from(Map.of("parley.balancer", "haproxy")).balancer()).isEqualTo(RunSettings.Balancer.HAPROXY);
        assertThat(from(Map.of("parley.balancer", "internal")).balancer()).isEqualTo(RunSettings.Balancer.INTERNAL);
        assertThatThrownBy(from(Map.of("parley.balancer", "nginx"))::balancer)
                .isInstanceOf(StartFailed.class)
                .hasMessage("parley.balancer must be haproxy, internal or any, not 'nginx'.");
    }

    @Test
    void describedUrlHidesItsParameters() {
        assertThat(from(Map.of(
                                "parley.database",
                                "postgresql",
                                "parley.postgresql.url",
                                "jdbc:postgresql://db.example:5432/parley?user=ann&password=secret"))
                        .describeDatabase())
                .isEqualTo("PostgreSQL at jdbc:postgresql://db.example:5432/parley");
    }
}
