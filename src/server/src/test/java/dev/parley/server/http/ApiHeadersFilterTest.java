package dev.parley.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ApiHeadersFilterTest {
    private static final List<String> NONE = List.of();

    @Test
    void validHeadersAreAccepted() {
        assertThat(ApiHeadersFilter.fault(NONE, NONE)).isEmpty();
        assertThat(ApiHeadersFilter.fault(List.of("a/b", "c/d;q=0.1"), List.of("application/json")))
                .isEmpty();
        assertThat(ApiHeadersFilter.fault(NONE, List.of(" "))).isEmpty();
    }

    @Test
    void errorNamesItsHeader() {
        assertThat(ApiHeadersFilter.fault(List.of("a/b", "a/b;q=x"), NONE))
                .hasValueSatisfying(fault -> assertThat(fault).contains("Accept"));
        assertThat(ApiHeadersFilter.fault(NONE, List.of("a/b;q=x")))
                .hasValueSatisfying(fault -> assertThat(fault).contains("Content-Type"));
    }

    @Test
    void secondContentTypeIsRefused() {
        assertThat(ApiHeadersFilter.fault(NONE, List.of("application/json", "application/json")))
                .hasValueSatisfying(fault -> assertThat(fault).contains("2 times"));
    }
}
