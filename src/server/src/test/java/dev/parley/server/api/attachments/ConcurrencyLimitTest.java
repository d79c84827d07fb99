package dev.parley.server.api.attachments;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {
    private final ConcurrencyLimit limit = new ConcurrencyLimit(3, 2);

    @Test
    void oneCallerCannotTakeAllSlots() {
        assertThat(limit.tryAcquire("ana")).isTrue();
        assertThat(limit.tryAcquire("ana")).isTrue();
        assertThat(limit.tryAcquire("ana")).isFalse();
        assertThat(limit.tryAcquire("ben")).isTrue();
    }

    @Test
    void allCallersTogetherAreLimited() {
        assertThat(limit.tryAcquire("ana")).isTrue();
        assertThat(limit.tryAcquire("ben")).isTrue();
        assertThat(limit.tryAcquire("carl")).isTrue();
        assertThat(limit.tryAcquire("dora")).isFalse();
    }

    @Test
    void releasedSlotCanBeAcquiredAgain() {
        limit.tryAcquire("ana");
        limit.tryAcquire("ana");
        limit.release("ana");
        assertThat(limit.tryAcquire("ana")).isTrue();
        limit.release("ana");
        limit.release("ana");
        assertThat(limit.tryAcquire("ben")).isTrue();
        assertThat(limit.tryAcquire("ben")).isTrue();
        assertThat(limit.tryAcquire("carl")).isTrue();
    }
}
