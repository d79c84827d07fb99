package dev.parley.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReconnectsTest {
    @Test
    void theBoundDoublesUpTo30Seconds() {
        double almostAll = Math.nextDown(1.0);
        assertThat(Duration.ofNanos(Reconnects.backoffNanos(1, almostAll)).toMillis())
                .isEqualTo(499);
        assertThat(Duration.ofNanos(Reconnects.backoffNanos(3, almostAll)).toMillis())
                .isEqualTo(1_999);
        assertThat(Duration.ofNanos(Reconnects.backoffNanos(50, almostAll)).toMillis())
                .isEqualTo(29_999);
        assertThat(Reconnects.backoffNanos(50, 0)).isZero();
    }

    @Test
    void anAnswerToAHandshakeMayOrderADelay() {
        assertThat(Reconnects.retryAfter("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 4\r\n\r\n"))
                .hasValue(Duration.ofSeconds(4));
        assertThat(Reconnects.retryAfter("The connection ended: ")).isEmpty();
    }

    @Test
    void anOptionIsReadIfItIsGiven() {
        Map<String, String> properties = Map.of("bench.rates", "10,20", "bench.seconds", "", "bench.targets", "ws");
        BenchOptions options = new BenchOptions(true, properties::get);
        assertThat(options.numbers("rates", 1)).containsExactly(10, 20);
        assertThat(options.numbers("other", 1)).containsExactly(1);
        assertThat(options.number("seconds", 60, 5)).isEqualTo(5);
        assertThat(new BenchOptions(false, properties::get).number("seconds", 60, 5))
                .isEqualTo(60);
        assertThat(options.words("targets", List.of())).containsExactly("ws");
        assertThat(options.profile()).isEmpty();
    }
}
