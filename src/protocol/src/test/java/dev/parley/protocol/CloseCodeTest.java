package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CloseCodeTest {
    private static final Set<Integer> STANDARD_THAT_COME_BACK = Set.of(1001, 1005, 1006, 1011, 1012, 1013);

    @ParameterizedTest(name = "{0} {1} comes back: {2}")
    @CsvSource({
        "4000, slow_consumer,     true",
        "4001, heartbeat_timeout, true",
        "4002, rate_limited,      true",
        "4003, token_expired,     true",
        "4004, login_timeout,     true",
        "4501, login_refused,     false",
        "4502, forbidden,         false",
        "4503, replaced,          false",
        "4504, bad_messages,      false",
        "4505, revoked,           false"
    })
    void ownCodesAreThoseOfTheProtocol(int number, String name, boolean allowsReconnect) {
        CloseCode code = CloseCode.of(number).orElseThrow();

        assertThat(code.wireName()).isEqualTo(name);
        assertThat(code.allowsReconnect()).isEqualTo(allowsReconnect);
    }

    @Test
    void thereAreNoOtherOwnCodes() {
        assertThat(Arrays.stream(CloseCode.values()).filter(code -> code.number() >= 4000))
                .hasSize(10);
    }

    @ParameterizedTest
    @EnumSource(CloseCode.class)
    void ownNumberDecidesWhetherToReconnect(CloseCode code) {
        boolean expected =
                code.number() < 4000 ? STANDARD_THAT_COME_BACK.contains(code.number()) : code.number() < 4500;

        assertThat(code.allowsReconnect()).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(CloseCode.class)
    void numberIdentifiesTheCode(CloseCode code) {
        assertThat(CloseCode.of(code.number())).contains(code);
    }

    @Test
    void everyStandardCodeOfTheProtocolIsKnown() {
        assertThat(Arrays.stream(CloseCode.values()).map(CloseCode::number).filter(number -> number < 4000))
                .containsExactly(1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013);
    }

    @Test
    void unknownNumberHasNoCode() {
        assertThat(CloseCode.of(4999)).isEmpty();
    }
}
