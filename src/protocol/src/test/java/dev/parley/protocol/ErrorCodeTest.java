package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {
    @Test
    void wireNamesAreThoseOfTheProtocol() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::wireName))
                .containsExactlyInAnyOrder(
                        "rate_limited",
                        "store_unavailable",
                        "internal",
                        "bad_json",
                        "bad_message",
                        "unknown_type",
                        "missing_field",
                        "too_long",
                        "login_required",
                        "login_refused",
                        "token_expired",
                        "forbidden",
                        "no_such_room",
                        "too_many_files",
                        "too_many_rooms",
                        "too_many_subscriptions",
                        "bad_chunk",
                        "conflict");
    }

    @Test
    void onlyTheseThreeAreRetryable() {
        assertThat(Arrays.stream(ErrorCode.values()).filter(ErrorCode::isRetryable))
                .containsExactlyInAnyOrder(ErrorCode.RATE_LIMITED, ErrorCode.STORE_UNAVAILABLE, ErrorCode.INTERNAL);
    }
}
