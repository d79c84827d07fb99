package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.Encoded;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Messages that arrive shuffled, doubled or not at all come out in order, each once. */
class ReorderWindowPropertyTest {
    private static final int COUNT = 40;

    private final ReorderWindow.HeldMessages held = new ReorderWindow.HeldMessages(Long.MAX_VALUE);

    private static Backlog.Entry entry(long seq) {
        return new Backlog.Entry(seq, Encoded.of(Long.toString(seq)));
    }

    private static List<Backlog.Entry> page(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(ReorderWindowPropertyTest::entry)
                .toList();
    }

    private static List<Long> seqs(List<Backlog.Entry> entries) {
        return entries.stream().map(Backlog.Entry::seq).toList();
    }

    private static List<Long> numbers(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    private ReorderWindow windowAt(long head) {
        ReorderWindow window = new ReorderWindow(held);
        window.headSeen(head);
        return window;
    }

    @Property(tries = 2_000)
    void everySeqComesOutOnceInOrder(
            @ForAll("arrivals") List<Integer> arrivals,
            @ForAll @Size(max = 6) Set<@IntRange(min = 1, max = COUNT) Integer> lost,
            @ForAll @IntRange(min = 1, max = 10) int pageAfter) {
        ReorderWindow window = windowAt(0);
        List<Long> out = new ArrayList<>();
        int number = 0;
        for (int seq : arrivals) {
            if (!lost.contains(seq)) {
                out.addAll(seqs(window.arrived(seq, Encoded.of(Integer.toString(seq)))));
            }
            if (++number % pageAfter == 0 && window.hasGap()) {
                out.addAll(seqs(window.filled(page(window.next(), window.gapEnd()))));
            }
        }
        window.headSeen(COUNT);
        while (window.hasGap()) {
            out.addAll(seqs(window.filled(page(window.next(), window.gapEnd()))));
        }
        assertThat(out).isEqualTo(numbers(1, COUNT));
        assertThat(held.bytes()).as("nothing is held any more").isZero();
    }

    /** All seqs in any order, some of them twice. */
    @Provide
    Arbitrary<List<Integer>> arrivals() {
        List<Integer> twice = IntStream.rangeClosed(1, 2 * COUNT)
                .mapToObj(i -> i > COUNT && i % 3 == 0 ? i - COUNT : i)
                .filter(seq -> seq <= COUNT)
                .toList();
        return Arbitraries.shuffle(twice);
    }

    @Example
    void firstMessageThatIsKnownIsWhereTheOrderBegins() {
        ReorderWindow window = new ReorderWindow(held);
        assertThat(window.isOpen()).isFalse();
        assertThat(seqs(window.arrived(7, Encoded.of("7")))).containsExactly(7L);
        assertThat(window.arrived(6, Encoded.of("6"))).isEmpty();
    }

    @Example
    void holdsTheNearestMessagesAndNotTooMany() {
        ReorderWindow window = windowAt(0);
        int last = 2 * ReorderWindow.HELD_MAX;
        IntStream.iterate(last, seq -> seq > 1, seq -> seq - 1)
                .forEach(seq -> window.arrived(seq, Encoded.of(Integer.toString(seq))));
        assertThat(seqs(window.arrived(1, Encoded.of("1")))).isEqualTo(numbers(1, ReorderWindow.HELD_MAX + 1));
        assertThat(window.hasGap()).as("the others are to be read").isTrue();
        assertThat(window.gapEnd()).isEqualTo(last);
        assertThat(held.bytes()).isZero();
    }

    @Example
    void holdsNoMoreThanTheNodeMay() {
        ReorderWindow.HeldMessages few = new ReorderWindow.HeldMessages(2);
        ReorderWindow one = new ReorderWindow(few);
        ReorderWindow other = new ReorderWindow(few);
        one.headSeen(0);
        other.headSeen(0);
        one.arrived(2, Encoded.of("2"));
        one.arrived(3, Encoded.of("3"));
        other.arrived(2, Encoded.of("2"));
        assertThat(seqs(other.arrived(1, Encoded.of("1")))).containsExactly(1L);
        assertThat(other.hasGap()).isTrue();
        one.close();
        assertThat(few.bytes()).isZero();
    }

    @Example
    void givesUpWhatIsTooMuchForIt() {
        ReorderWindow window = windowAt(0);
        window.arrived(5, Encoded.of("5"));
        window.arrived(9, Encoded.of("9"));
        window.skipTo(8);
        assertThat(seqs(window.takeHeld())).containsExactly(9L);
        assertThat(window.hasGap()).isFalse();
        assertThat(held.bytes()).isZero();
    }

    @Example
    void pageThatBeginsBehindTheGapFillsNothing() {
        ReorderWindow window = windowAt(0);
        window.headSeen(5);
        assertThat(window.filled(page(3, 5))).isEmpty();
        assertThat(window.next()).isEqualTo(1);
    }
}
