package dev.parley.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SettingTest {
    private static final Set<Setting.Kind> MEASURED =
            EnumSet.of(Setting.Kind.NUMBER, Setting.Kind.DURATION, Setting.Kind.BYTES);

    @ParameterizedTest
    @EnumSource
    void everySettingHasAMeaning(Setting setting) {
        assertThat(setting.property()).matches("parley(\\.[a-z]+)+");
        assertThat(setting.meaning()).endsWith(".").doesNotContain("|", "\n");
        assertThat(setting.range().isEmpty()).isNotEqualTo(MEASURED.contains(setting.kind()));
    }

    @ParameterizedTest
    @EnumSource
    void everyDefaultIsValid(Setting setting) {
        accepts(setting, setting.defaultValue());
    }

    @ParameterizedTest
    @EnumSource
    void bothEndsOfARangeAreAllowedAsShown(Setting setting) {
        for (String end :
                setting.range().isEmpty() ? new String[0] : setting.range().split(" to ")) {
            accepts(setting, end);
        }
    }

    @Test
    void namesAreUnique() {
        assertThat(Arrays.stream(Setting.values()).map(Setting::property)).doesNotHaveDuplicates();
    }

    private static void accepts(Setting setting, String value) {
        assertThatCode(() -> Settings.read(new SettingSource(Map.of(setting.property(), value), Map.of(), Map.of())))
                .doesNotThrowAnyException();
    }
}
