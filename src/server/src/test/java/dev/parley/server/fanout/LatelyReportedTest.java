package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatelyReportedTest {
    private static final Channel TEA = new Channel.Room("tea");
    private static final long START = Long.MAX_VALUE - 1_000;

    private final LatelyReported lately = new LatelyReported(START);

    private static long at(long seconds) {
        return START + TimeUnit.SECONDS.toNanos(seconds);
    }

    private void add(long head, long aclVersion, long now) {
        lately.add(TEA, new LatelyReported.Report("e", head, aclVersion), now);
    }

    @Test
    void newestHeadAndVersionCount() {
        add(3, 0, at(1));
        add(2, 7, at(2));
        assertThat(lately.of(TEA)).isEqualTo(new LatelyReported.Report("e", 3, 7));
        assertThat(lately.of(Channel.Room.LOBBY)).isEqualTo(new LatelyReported.Report("", 0, 0));
    }

    @Test
    void reportsAreKeptForHalfAMinuteAtLeast() {
        add(3, 0, at(29));
        add(4, 0, at(31));
        assertThat(lately.covers(at(29))).isTrue();
        assertThat(lately.of(TEA).head()).isEqualTo(4);
        lately.add(Channel.Room.LOBBY, new LatelyReported.Report("e", 1, 0), at(62));
        assertThat(lately.covers(at(29))).as("older than all that is known").isFalse();
        assertThat(lately.covers(at(31))).isTrue();
        assertThat(lately.of(TEA).head()).isEqualTo(4);
    }

    @Test
    void tooManyReportsMakeItForgetSooner() {
        for (int i = 0; i <= LatelyReported.CHANNELS_MAX; i++) {
            lately.add(new Channel.Room("room-" + i), new LatelyReported.Report("e", i, 0), at(1));
        }
        assertThat(lately.covers(START)).isTrue();
        for (int i = 0; i < LatelyReported.CHANNELS_MAX; i++) {
            lately.add(new Channel.Room("more-" + i), new LatelyReported.Report("e", i, 0), at(2));
        }
        assertThat(lately.covers(START)).isFalse();
        assertThat(lately.of(new Channel.Room("room-" + LatelyReported.CHANNELS_MAX))
                        .head())
                .isEqualTo(LatelyReported.CHANNELS_MAX);
    }

    @Test
    void whatIsClearedIsNotReliedOn() {
        add(3, 0, at(1));
        lately.clear(at(2));
        assertThat(lately.covers(at(1))).isFalse();
        assertThat(lately.covers(at(2))).isTrue();
        assertThat(lately.of(TEA).head()).isZero();
    }

    @Test
    void anotherEpochIsAnotherLog() {
        add(300, 7, at(1));
        lately.add(TEA, new LatelyReported.Report("renewed", 2, 1), at(2));
        assertThat(lately.of(TEA)).isEqualTo(new LatelyReported.Report("renewed", 2, 1));
        assertThat(lately.of(TEA).isOf("e")).isFalse();
    }

    @Test
    void reportWithoutAnEpochIsOfAnyLog() {
        lately.add(TEA, new LatelyReported.Report("", 0, 7), at(1));
        assertThat(lately.of(TEA).isOf("e")).isTrue();
        add(3, 0, at(2));
        assertThat(lately.of(TEA)).isEqualTo(new LatelyReported.Report("e", 3, 7));
    }
}
