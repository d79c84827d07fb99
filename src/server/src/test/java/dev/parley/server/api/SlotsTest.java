package dev.parley.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlotsTest {
    private final Slots slots = new Slots(3, 2);

    @Test
    void nobodyTakesAll() {
        assertThat(slots.take("ana")).isTrue();
        assertThat(slots.take("ana")).isTrue();
        assertThat(slots.take("ana")).isFalse();
        assertThat(slots.take("ben")).isTrue();
    }

    @Test
    void allTogetherTakeNoMoreThanThereAre() {
        assertThat(slots.take("ana")).isTrue();
        assertThat(slots.take("ben")).isTrue();
        assertThat(slots.take("carl")).isTrue();
        assertThat(slots.take("dora")).isFalse();
    }

    @Test
    void whatIsReleasedCanBeTakenAgain() {
        slots.take("ana");
        slots.take("ana");
        slots.release("ana");
        assertThat(slots.take("ana")).isTrue();
        slots.release("ana");
        slots.release("ana");
        assertThat(slots.take("ben")).isTrue();
        assertThat(slots.take("ben")).isTrue();
        assertThat(slots.take("carl")).isTrue();
    }
}
