package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MarkScannerTest {
    private final List<Long> seen = new ArrayList<>();
    private final MarkScanner scanner = new MarkScanner(Marker.CONTENT, 1);

    private static String chat(long number) {
        return "{\"type\":\"chat\",\"seq\":" + number + ",\"content\":\"" + Marker.content(number) + "\"}";
    }

    private static String chats(long from, long to) {
        return LongStream.range(from, to).mapToObj(MarkScannerTest::chat).collect(Collectors.joining(",", "[", "]"));
    }

    private int scan(String frame) {
        byte[] bytes = ("..." + frame).getBytes(StandardCharsets.UTF_8);
        return scanner.scan(bytes, 3, bytes.length, seen::add);
    }

    private static List<Long> numbers(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    @Test
    void contentHas100Characters() {
        assertThat(Marker.content(7)).hasSize(100).startsWith("@#000000000007x");
    }

    @Test
    void eachMessageOfAFrameIsFoundInOrder() {
        assertThat(scan(chats(0, 50))).isEqualTo(50);
        assertThat(seen).containsExactlyElementsOf(numbers(0, 50));
    }

    @Test
    void aFrameWithoutALoadMessageHasNone() {
        assertThat(scan("{\"type\":\"presence\",\"note\":\"@ and # and @\"}")).isZero();
    }

    @Test
    void messagesMayGrowWithinAFrame() {
        scan(chats(95, 105));
        scan(chats(105, 1_005));
        assertThat(seen).containsExactlyElementsOf(numbers(95, 1_005));
    }

    @Test
    void otherMessagesBetweenThemHideNone() {
        String other = ",{\"type\":\"presence\",\"room\":\"" + "y".repeat(60) + "\"},";
        scan("[" + chat(1) + other + chat(2) + "," + chat(3) + other + chat(4) + "," + chat(5) + "]");
        assertThat(seen).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void gapsAndRepetitionsAreReportedAsTheyAre() {
        scan("[" + chat(1) + "," + chat(2) + "," + chat(4) + "," + chat(4) + "," + chat(3) + "]");
        assertThat(seen).containsExactly(1L, 2L, 4L, 4L, 3L);
    }

    @Test
    void anyMixOfMessagesIsFound() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            seen.clear();
            List<Long> numbers =
                    random.longs(random.nextInt(20), 0, 2_000).boxed().toList();
            String frame = numbers.stream()
                    .map(number -> "z".repeat(random.nextInt(3) * 40) + chat(number))
                    .collect(Collectors.joining(","));
            scan(frame);
            assertThat(seen).as(frame).containsExactlyElementsOf(numbers);
        }
    }

    @Test
    void aMarkAtTheVeryEndIsFound() {
        assertThat(scan(Marker.CONTENT.of(3))).isEqualTo(1);
        assertThat(scan(Marker.CONTENT.of(4).substring(0, 13))).isZero();
    }

    @Test
    void aMarkWithoutANumberIsAnError() {
        assertThatThrownBy(() -> scan("@#00000000000x")).hasMessageContaining("@#00000000000x");
    }

    @Test
    void aMarkIsFoundInAText() {
        String ack = "{\"type\":\"ack\",\"id\":\"m" + Marker.ID.of(42) + "\"}";
        assertThat(Marker.ID.numberIn(ack, 0)).hasValue(42);
        assertThat(Marker.ID.numberIn(ack, ack.indexOf("_-") + 1)).isEmpty();
        assertThat(Marker.ID.numberIn("_-00", 0)).isEmpty();
    }
}
