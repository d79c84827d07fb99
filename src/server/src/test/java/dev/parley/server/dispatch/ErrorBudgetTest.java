package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import org.junit.jupiter.api.Test;

class ErrorBudgetTest {
    private final ErrorBudget errorBudget = new ErrorBudget();

    private void forgiven(ErrorCode code, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(errorBudget.count(code.wireName())).isEmpty();
        }
    }

    @Test
    void twentyErrorsAreForgivenThenTheSessionEnds() {
        forgiven(ErrorCode.BAD_JSON, 10);
        forgiven(ErrorCode.CONFLICT, 10);
        assertThat(errorBudget.count(ErrorCode.FORBIDDEN.wireName())).contains(CloseCode.BAD_MESSAGES);
    }

    @Test
    void tenRefusalsForTheRateAreForgivenThenTheSessionEnds() {
        forgiven(ErrorCode.RATE_LIMITED, 10);
        assertThat(errorBudget.count(ErrorCode.RATE_LIMITED.wireName())).contains(CloseCode.RATE_LIMITED);
    }

    @Test
    void theTwoAreCountedApart() {
        forgiven(ErrorCode.RATE_LIMITED, 10);
        forgiven(ErrorCode.BAD_MESSAGE, 20);
    }

    @Test
    void whatIsOurFaultDoesNotCount() {
        forgiven(ErrorCode.STORE_UNAVAILABLE, 1_000);
        forgiven(ErrorCode.INTERNAL, 1_000);
    }
}
