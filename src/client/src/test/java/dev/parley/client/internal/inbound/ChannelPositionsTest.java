package dev.parley.client.internal.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.internal.inbound.ChannelPositions.Verdict;
import dev.parley.protocol.Position;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChannelPositionsTest {
    private static final String ROOM = "room:a";
    private final ChannelPositions channels = new ChannelPositions(Map.of());

    private static Position at(long seq) {
        return new Position("e", seq);
    }

    private Verdict receive(long seq) {
        Verdict verdict = channels.judge(ROOM, seq);
        if (verdict == Verdict.DELIVER) {
            channels.delivered(ROOM, seq);
        }
        return verdict;
    }

    @Test
    void eachMessageIsDeliveredOnce() {
        channels.opened(ROOM, at(4), false);
        assertThat(receive(5)).isEqualTo(Verdict.DELIVER);
        assertThat(receive(5)).isEqualTo(Verdict.DUPLICATE);
        assertThat(receive(4)).isEqualTo(Verdict.DUPLICATE);
        assertThat(receive(6)).isEqualTo(Verdict.DELIVER);
        assertThat(channels.positions()).containsEntry(ROOM, at(6));
    }

    @Test
    void nothingAfterAGapIsDeliveredBeforeItIsFilled() {
        channels.opened(ROOM, at(4), false);
        assertThat(receive(7)).isEqualTo(Verdict.GAP);
        assertThat(receive(8)).isEqualTo(Verdict.IGNORE);
        assertThat(channels.isMissed(ROOM, at(4), true)).isFalse();
        channels.opened(ROOM, at(4), true);
        assertThat(receive(5)).isEqualTo(Verdict.DELIVER);
        assertThat(receive(6)).isEqualTo(Verdict.DELIVER);
        assertThat(receive(7)).isEqualTo(Verdict.DELIVER);
    }

    @Test
    void sameGapAfterFillingIsReported() {
        channels.opened(ROOM, at(4), false);
        receive(7);
        channels.opened(ROOM, at(4), true);
        assertThat(receive(7)).isEqualTo(Verdict.REPEATED_GAP);
        channels.connectionLost();
        assertThat(receive(7)).isEqualTo(Verdict.GAP);
    }

    @Test
    void unrecoverableLossIsReportedAndReadingResumesAfterIt() {
        channels.opened(ROOM, at(4), false);
        assertThat(channels.isMissed(ROOM, at(9), false)).isTrue();
        channels.opened(ROOM, at(9), false);
        assertThat(receive(10)).isEqualTo(Verdict.DELIVER);
        assertThat(channels.isMissed(ROOM, new Position("other", 2), true)).isTrue();
        channels.opened(ROOM, new Position("other", 2), true);
        assertThat(receive(3)).isEqualTo(Verdict.DELIVER);
    }

    @Test
    void readingStartsWhereTheApplicationWantsIt() {
        channels.opened(ROOM, at(4), false);
        channels.startAt(ROOM, at(2));
        assertThat(receive(5)).isEqualTo(Verdict.GAP);
        channels.opened(ROOM, at(2), true);
        assertThat(receive(3)).isEqualTo(Verdict.DELIVER);
        channels.startAt("room:b", at(7));
        assertThat(channels.isOpen("room:b")).isFalse();
        assertThat(channels.isMissed("room:b", at(7), true)).isFalse();
        assertThat(channels.isMissed("room:b", at(9), false)).isTrue();
    }

    @Test
    void unopenedChannelIsIgnored() {
        assertThat(receive(1)).isEqualTo(Verdict.IGNORE);
        channels.opened(ROOM, at(0), false);
        channels.left(ROOM);
        assertThat(receive(1)).isEqualTo(Verdict.IGNORE);
    }
}
