package dev.parley.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RateSearchTest {
    private final List<Integer> tried = new ArrayList<>();

    private OptionalInt search(int first, int most, int limit) throws InterruptedException {
        return RateSearch.highest(first, most, 1.06, rate -> {
            tried.add(rate);
            return rate <= limit;
        });
    }

    @Test
    void theHighestRateIsFoundFromBelow() throws InterruptedException {
        int found = search(1_000, 1_000_000, 10_000).orElseThrow();
        assertThat(found).isBetween((int) (10_000 / 1.06), 10_000);
        assertThat(tried).hasSizeLessThan(12).startsWith(1_000, 1_500, 2_250);
    }

    @Test
    void theHighestRateIsFoundFromAbove() throws InterruptedException {
        assertThat(search(1_000, 1_000_000, 100).orElseThrow()).isBetween((int) (100 / 1.06), 100);
    }

    @Test
    void whatNeverHoldsHasNoLimit() throws InterruptedException {
        assertThat(search(1_000, 1_000_000, 0)).isEmpty();
        assertThat(tried).hasSizeLessThan(15);
    }

    @Test
    void nothingAboveTheBoundIsTried() throws InterruptedException {
        assertThat(search(1_000, 1_000, 10_000)).hasValue(1_000);
        assertThat(tried).containsExactly(1_000);
    }
}
