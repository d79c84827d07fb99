package dev.parley.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static final Map<String, String> NONE = Map.of();

    @Test
    void needIsOptionalOrRequired() {
        assertThat(system(Map.of("parley.handshake.credential", "optional")).credentialRequired())
                .isFalse();
        assertThat(system(Map.of("parley.handshake.credential", "required")).credentialRequired())
                .isTrue();
        assertThatThrownBy(() -> system(Map.of("parley.handshake.credential", "true")))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining("optional or required");
    }

    @Test
    void refusalsAreExplainedUnlessThatIsTurnedOff() {
        assertThat(system(NONE).refusalsExplained()).isTrue();
        assertThat(system(Map.of("parley.handshake.refusals.explained", "false"))
                        .refusalsExplained())
                .isFalse();
    }

    @Test
    void defaultsApplyWithoutValues() {
        assertThat(system(NONE))
                .isEqualTo(new Settings(
                        false,
                        Duration.ofDays(30),
                        100_000,
                        List.of("self"),
                        false,
                        false,
                        true,
                        true,
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(60),
                        Optional.empty(),
                        Optional.empty(),
                        "sub",
                        "roles",
                        "java:comp/DefaultDataSource",
                        3,
                        Optional.empty(),
                        false,
                        "redis://localhost:6379",
                        "parley",
                        20,
                        1024 * 1024,
                        30,
                        10,
                        20_000,
                        20,
                        1_000,
                        1_000,
                        Duration.ofSeconds(5),
                        250,
                        Duration.ofSeconds(20),
                        5,
                        Duration.ofHours(24),
                        10_000,
                        Duration.ofDays(30),
                        10_000,
                        Duration.ofDays(90),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(10),
                        64 * 1024,
                        Duration.ofSeconds(15),
                        1024 * 1024,
                        32 * 1024,
                        8 * 1024 * 1024,
                        false,
                        8 * 1024 * 1024,
                        1024L * 1024 * 1024,
                        256L * 1024 * 1024,
                        16_384L * 1024 * 1024,
                        512L * 1024 * 1024,
                        4 * 1024 * 1024,
                        Runtime.getRuntime().maxMemory() / 4,
                        32L * 1024 * 1024));
    }

    @Test
    void onlySomeListsMayBeEmpty() {
        assertThat(system(Map.of("parley.forwarded.trusted", " 10.0.0.0/8 ,, ::1 "))
                        .forwardedTrusted())
                .containsExactly("10.0.0.0/8", "::1");
        assertThat(system(Map.of("parley.forwarded.trusted", "")).forwardedTrusted())
                .isEmpty();
    }

    @Test
    void systemPropertiesOverrideEnvironmentAndFile() {
        Map<String, String> property = Map.of("parley.rate.messages", "1");
        Map<String, String> variable = Map.of("PARLEY_RATE_MESSAGES", "2");
        Map<String, String> line = Map.of("parley.rate.messages", "3");

        assertThat(rate(property, variable, line)).isEqualTo(1);
        assertThat(rate(NONE, variable, line)).isEqualTo(2);
        assertThat(rate(NONE, NONE, line)).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void theEnvironmentCanSetEverySetting(Setting setting) {
        assertThat(setting.environment()).matches("PARLEY(_[A-Z]+)+");
        assertThat(new SettingSource(NONE, Map.of(setting.environment(), "x"), NONE).value(setting))
                .contains("x");
    }

    @Test
    void everyInvalidValueIsNamedWithTheAllowedOnes() {
        List<Setting> checked = Arrays.stream(Setting.values())
                .filter(setting -> setting.kind() != Setting.Kind.TEXT)
                .toList();
        Map<String, String> wrong = checked.stream().collect(Collectors.toMap(Setting::property, s -> "wrong"));

        Throwable refusal = catchThrowable(() -> system(wrong));

        assertThat(refusal).isInstanceOf(InvalidSettings.class);
        assertThat(checked).allSatisfy(setting -> assertThat(refusal)
                .hasMessageContaining(setting.property() + " must be "
                        + setting.kind().words()
                        + (setting.range().isEmpty() ? "" : " from " + setting.range())
                        + ", but is 'wrong'."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"parley.origins", "parley.token.user", "parley.token.roles", "parley.datasource"})
    void requiredTextMayNotBeEmpty(String property) {
        assertThatThrownBy(() -> system(Map.of(property, " ")))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining(property);
    }

    @ParameterizedTest
    @CsvSource({"250ms, 250", "30s, 30000", "2m, 120000", "1h, 3600000"})
    void durationHasAUnit(String written, long millis) {
        assertThat(system(Map.of("parley.heartbeat.interval", written)).heartbeatInterval())
                .isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void durationOfDaysIsParsedAndOutOfThisRange() {
        assertThatThrownBy(() -> system(Map.of("parley.heartbeat.interval", "1d")))
                .hasMessageContaining("from 100ms to 60m, but is '1d'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"30", "30 s", "30S", "-30s", "1.5s", "s", "", "99999999999999999999s"})
    void invalidDurationIsRefused(String written) {
        assertThatThrownBy(() -> system(Map.of("parley.heartbeat.interval", written)))
                .isInstanceOf(InvalidSettings.class);
    }

    @ParameterizedTest
    @CsvSource({"2048, 2048", "2KiB, 2048", "3MiB, 3145728"})
    void bytesMayHaveAUnit(String written, int bytes) {
        assertThat(system(Map.of("parley.frame.max", written)).frameMax()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"64k", "64KB", "64 KiB", "-1", "1.5MiB", "9999999999MiB", ""})
    void invalidNumberOfBytesIsRefused(String written) {
        assertThatThrownBy(() -> system(Map.of("parley.frame.max", written))).isInstanceOf(InvalidSettings.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRUE", "yes", "1", ""})
    void flagIsTrueOrFalseOnly(String written) {
        assertThatThrownBy(() -> system(Map.of("parley.guests", written))).isInstanceOf(InvalidSettings.class);
    }

    @Test
    void aSecretShorterThanItsHashIsRefusedAndNotShown() {
        String secret = "x".repeat(31);

        assertThatThrownBy(() -> system(Map.of("parley.token.secret", secret)))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining("parley.token.secret has 31 bytes, but needs at least 32.")
                .hasMessageNotContaining(secret);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "parley.token.secret=xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy | repeats a few characters",
                "parley.token.jwks=http://login.example/certs,parley.token.issuer=i,parley.token.audience=a | https",
                "parley.token.jwks=file:///etc/keys,parley.token.issuer=i,parley.token.audience=a | https",
                "parley.token.jwks=https:/certs,parley.token.issuer=i,parley.token.audience=a | https",
                "parley.token.jwks=not an address,parley.token.issuer=i,parley.token.audience=a | must be an address",
                "parley.token.jwks=https://login.example/certs,parley.token.audience=a | parley.token.issuer is empty",
                "parley.token.jwks=https://login.example/certs,parley.token.issuer=i | parley.token.audience is empty",
                "parley.token.jwks=https://l.example/c,parley.token.issuer=i,parley.token.audience=a,"
                        + "parley.token.secret=0123456789abcdef0123456789abcdef | both set",
                "parley.token.skew=61s | parley.token.skew"
            })
    void weakSettingsOfTokensStopTheStart(String properties, String reason) {
        Map<String, String> values = Arrays.stream(properties.split(","))
                .map(one -> one.split("=", 2))
                .collect(Collectors.toMap(one -> one[0], one -> one[1]));
        assertThatThrownBy(() -> system(values))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:hunter2@login.example/c",
                "http://user:hunter2@login.example/c",
                "https://u:hunter2 @l"
            })
    void aPasswordInAnAddressIsRefusedAndNotShown(String address) {
        assertThatThrownBy(() -> system(
                        Map.of("parley.token.jwks", address, "parley.token.issuer", "i", "parley.token.audience", "a")))
                .isInstanceOf(InvalidSettings.class)
                .hasMessageContaining("parley.token.jwks")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void keysMayComeFromASafeAddress() {
        for (String address :
                List.of("https://login.example/certs", "http://localhost:8080/certs", "http://127.0.0.1/c")) {
            assertThat(system(Map.of(
                                    "parley.token.jwks",
                                    address,
                                    "parley.token.issuer",
                                    "i",
                                    "parley.token.audience",
                                    "a"))
                            .tokenJwks())
                    .contains(URI.create(address));
        }
    }

    @Test
    void aSecretIsMeasuredInBytes() {
        assertThat(system(Map.of("parley.token.secret", "äöüßéèêàáâçñøåæœ")).tokenSecret())
                .isPresent();
    }

    @Test
    void originsAreSeparatedByCommas() {
        assertThat(system(Map.of("parley.origins", "self, https://a.example ,,http://b.example:81"))
                        .origins())
                .containsExactly("self", "https://a.example", "http://b.example:81");
    }

    @Test
    void blanksAroundAValueAreIgnored() {
        assertThat(system(Map.of("parley.guests", " true ")).guests()).isTrue();
    }

    @Test
    void unknownNamesWithOurPrefixAreReported() {
        SettingSource source = new SettingSource(
                Map.of("parley.guest", "true", "parley.guests", "true", "java.home", "/"),
                Map.of("PARLEY_GUEST", "not looked at: Kubernetes makes PARLEY_PORT of a service named parley"),
                Map.of("parley.orgins", "self"));

        assertThat(source.unknownNames()).containsExactly("parley.guest", "parley.orgins");
    }

    @Test
    void namesOfTheRunCommandAreNotReported() {
        Map<String, String> itsNames =
                Map.of("parley.data", "x", "parley.http.address", "z", "parley.http.port", "80", "parley.config", "y");

        assertThat(new SettingSource(itsNames, NONE, NONE).unknownNames()).isEmpty();
    }

    @Test
    void theFileIsReadInUtf8(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("parley.properties"), "parley.token.issuer = Löwe & Söhne\n");

        assertThat(Settings.read(ofProcess(file)).tokenIssuer()).contains("Löwe & Söhne");
    }

    @Test
    void missingFileIsNamed(@TempDir Path folder) {
        Path missing = folder.resolve("missing.properties");

        assertThatThrownBy(() -> ofProcess(missing))
                .hasMessageContaining("parley.config")
                .hasMessageContaining("missing.properties");
    }

    private static SettingSource ofProcess(Path file) {
        System.setProperty(SettingSource.FILE_PROPERTY, file.toString());
        try {
            return SettingSource.ofProcess();
        } finally {
            System.clearProperty(SettingSource.FILE_PROPERTY);
        }
    }

    private static Settings system(Map<String, String> properties) {
        return Settings.read(new SettingSource(properties, NONE, NONE));
    }

    private static int rate(Map<String, String> system, Map<String, String> environment, Map<String, String> file) {
        return Settings.read(new SettingSource(system, environment, file)).rateMessages();
    }
}
