package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.Encoded;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentMessagesTest {
    private static List<Long> seqs(RecentMessages messages) {
        return messages.run().entries().stream().map(Backlog.Entry::seq).toList();
    }

    private static List<Long> numbers(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    /** Messages of one byte each. */
    private static void add(RecentMessages messages, long from, long to) {
        LongStream.rangeClosed(from, to).forEach(seq -> messages.add(seq, Encoded.of("x")));
    }

    @Test
    void keepsTheNewest() {
        RecentMessages.Budget budget = new RecentMessages.Budget(1_000_000);
        RecentMessages messages = new RecentMessages(budget);
        add(messages, 5, RecentMessages.COUNT_MAX + 9);
        assertThat(seqs(messages)).isEqualTo(numbers(10, RecentMessages.COUNT_MAX + 9));
        assertThat(messages.covers(9)).isFalse();
        assertThat(messages.covers(10)).isTrue();
        assertThat(budget.bytes()).isEqualTo(RecentMessages.COUNT_MAX);
    }

    @Test
    void gapDropsWhatWasBefore() {
        RecentMessages messages = new RecentMessages(new RecentMessages.Budget(1_000_000));
        add(messages, 1, 5);
        add(messages, 7, 8);
        assertThat(seqs(messages)).containsExactly(7L, 8L);
    }

    @Test
    void oldestOfAllChannelsGoesOverTheBound() {
        RecentMessages.Budget budget = new RecentMessages.Budget(6);
        RecentMessages quiet = new RecentMessages(budget);
        RecentMessages lively = new RecentMessages(budget);
        add(quiet, 1, 2);
        add(lively, 1, 3);
        add(quiet, 3, 3);
        add(lively, 4, 5);
        assertThat(seqs(quiet)).containsExactly(3L);
        assertThat(seqs(lively)).containsExactly(1L, 2L, 3L, 4L, 5L);
        add(lively, 6, 6);
        assertThat(seqs(lively)).containsExactly(2L, 3L, 4L, 5L, 6L);
        assertThat(budget.bytes()).isEqualTo(6);
    }

    private static List<Backlog.Entry> entries(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(seq -> new Backlog.Entry(seq, Encoded.of("x")))
                .toList();
    }

    @Test
    void messagesOfTheStoreComeBeforeThoseThatAreKept() {
        RecentMessages.Budget budget = new RecentMessages.Budget(1_000_000);
        RecentMessages messages = new RecentMessages(budget);
        messages.addBefore(entries(3, 6), 6);
        assertThat(seqs(messages)).as("the next one is still to come").containsExactly(3L, 4L, 5L);
        add(messages, 6, 7);
        messages.addBefore(entries(1, 5), 8);
        assertThat(seqs(messages)).isEqualTo(numbers(1, 7));
        assertThat(budget.bytes()).isEqualTo(7);
        assertThat(budget.orderLength()).isEqualTo(7);
    }

    @Test
    void messagesOfTheStoreThatDoNotFollowAreNotKept() {
        RecentMessages messages = new RecentMessages(new RecentMessages.Budget(1_000_000));
        messages.addBefore(entries(1, 3), 5);
        assertThat(seqs(messages)).isEmpty();
        add(messages, 5, 6);
        messages.addBefore(entries(1, 3), 7);
        assertThat(seqs(messages)).containsExactly(5L, 6L);
    }

    @Test
    void messagesOfTheStorePushNothingOut() {
        RecentMessages messages = new RecentMessages(new RecentMessages.Budget(1_000_000));
        add(messages, 2_000, 2_001);
        messages.addBefore(entries(1, 1_999), 2_002);
        assertThat(seqs(messages)).isEqualTo(numbers(2_002 - RecentMessages.COUNT_MAX, 2_001));

        RecentMessages.Budget full = new RecentMessages.Budget(4);
        RecentMessages other = new RecentMessages(full);
        add(other, 1, 2);
        RecentMessages small = new RecentMessages(full);
        small.addBefore(entries(1, 9), 10);
        assertThat(seqs(small)).containsExactly(8L, 9L);
        assertThat(seqs(other)).containsExactly(1L, 2L);
    }

    @Test
    void whatTheStoreDeletedIsGone() {
        RecentMessages.Budget budget = new RecentMessages.Budget(4);
        RecentMessages messages = new RecentMessages(budget);
        add(messages, 1, 4);
        messages.trimmed(2);
        assertThat(seqs(messages)).containsExactly(3L, 4L);
        add(messages, 5, 7);
        assertThat(seqs(messages)).containsExactly(4L, 5L, 6L, 7L);
        messages.clear();
        assertThat(budget.bytes()).isZero();
        assertThat(messages.covers(4)).isFalse();
        assertThat(messages.run().isEmpty()).isTrue();
    }

    @Test
    void messageOverTheBoundIsNotKept() {
        RecentMessages.Budget budget = new RecentMessages.Budget(3);
        RecentMessages messages = new RecentMessages(budget);
        messages.add(1, Encoded.of("long"));
        assertThat(messages.covers(1)).isFalse();
        assertThat(budget.bytes()).isZero();
    }

    @Test
    void orderOfAllMessagesStaysBounded() {
        RecentMessages.Budget budget = new RecentMessages.Budget(1_000_000_000);
        RecentMessages messages = new RecentMessages(budget);
        add(messages, 1, 20L * RecentMessages.COUNT_MAX);
        assertThat(budget.orderLength()).isLessThanOrEqualTo(4 * RecentMessages.COUNT_MAX);
        for (int i = 0; i < 20; i++) {
            RecentMessages gone = new RecentMessages(budget);
            add(gone, 1, RecentMessages.COUNT_MAX);
            gone.clear();
        }
        assertThat(budget.orderLength()).isLessThanOrEqualTo(4 * RecentMessages.COUNT_MAX);
        assertThat(seqs(messages)).hasSize(RecentMessages.COUNT_MAX);
    }

    @Test
    void readersAtOnePlaceShareABatch() {
        RecentMessages messages = new RecentMessages(new RecentMessages.Budget(1_000_000));
        add(messages, 1, 10);
        Encoded.Batch batch = messages.run().from(4);
        assertThat(batch.messages()).hasSize(7);
        assertThat(messages.run().from(4)).isSameAs(batch);
    }
}
