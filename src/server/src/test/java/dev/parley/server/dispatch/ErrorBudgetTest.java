package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import org.junit.jupiter.api.Test;

class ErrorBudgetTest {
    private final ErrorBudget budget = new ErrorBudget();

    private void assertAllowed(ErrorCode code, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(budget.count(code.wireName())).isEmpty();
        }
    }

    @Test
    void errorAfterTwentyEndsTheSession() {
        assertAllowed(ErrorCode.BAD_JSON, 10);
        assertAllowed(ErrorCode.CONFLICT, 10);
        assertThat(budget.count(ErrorCode.FORBIDDEN.wireName())).contains(CloseCode.BAD_MESSAGES);
    }

    @Test
    void refusalForTheRateAfterTenEndsTheSession() {
        assertAllowed(ErrorCode.RATE_LIMITED, 10);
        assertThat(budget.count(ErrorCode.RATE_LIMITED.wireName())).contains(CloseCode.RATE_LIMITED);
    }

    @Test
    void errorsAndRateRefusalsAreCountedSeparately() {
        assertAllowed(ErrorCode.RATE_LIMITED, 10);
        assertAllowed(ErrorCode.BAD_MESSAGE, 20);
    }

    @Test
    void serverErrorsDoNotCount() {
        assertAllowed(ErrorCode.STORE_UNAVAILABLE, 1_000);
        assertAllowed(ErrorCode.INTERNAL, 1_000);
    }
}
