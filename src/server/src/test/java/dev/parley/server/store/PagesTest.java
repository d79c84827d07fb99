package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.jdbc.MessageTables;
import dev.parley.server.store.model.ChannelPage;
import dev.parley.server.store.model.HistoryPage;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reading a channel in pages: after a position, and backwards as history. */
class PagesTest extends MessageStoreContract {
    @Test
    void pagesHaveNoGapsAndNoDuplicates() {
        appendMany(7);

        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 3, MAX_BYTES)))
                .containsExactly(1L, 2L, 3L);
        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 3, 3, MAX_BYTES)))
                .containsExactly(4L, 5L, 6L);
        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 6, 3, MAX_BYTES)))
                .containsExactly(7L);
        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 7, 3, MAX_BYTES)))
                .isEmpty();
        assertThat(seqs(store.after(new Channel.Room("nowhere"), Set.of(ANNA), 0, 3, MAX_BYTES)))
                .isEmpty();
    }

    @Test
    void pageIsBoundedInBytesButHoldsOneMessage() {
        appendMany(5);
        int bytes = get(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 1, MAX_BYTES))
                .entries()
                .get(0)
                .message()
                .bytes();

        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 5, 3 * bytes)))
                .containsExactly(1L, 2L, 3L);
        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 5, 3 * bytes - 1)))
                .containsExactly(1L, 2L);
        assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 5, 1)))
                .containsExactly(1L);
        assertThat(get(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 5, 1))
                        .head()
                        .seq())
                .isEqualTo(5);
    }

    private void appendToAnna(int count, String content) {
        for (int i = 0; i < count; i++) {
            append(UserKey.user("many"), "inbox-" + ids.incrementAndGet(), List.of(ANNAS), content);
        }
    }

    private Backlog.Page missed(long after) {
        return get(store.after(ANNAS, Set.of(), after, 1_000, MAX_BYTES));
    }

    /** Readers of inboxes share queries, unless they missed much. */
    @Test
    void inboxesHaveNoGapsHoweverMuchWasMissed() {
        assertThat(missed(0).entries()).as("no inbox yet").isEmpty();
        appendToAnna(MessageTables.FEW + 10, "short");
        appendToAnna(1, "long".repeat(MessageTables.FEW_BYTES));
        appendToAnna(2, "short");
        long head = MessageTables.FEW + 13;

        for (long after = 0; after <= head; after++) {
            Backlog.Page page = missed(after);
            assertThat(page.head()).isEqualTo(new Position(epoch(ANNAS), head));
            assertThat(page.entries())
                    .extracting(Backlog.Entry::seq)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(after + 1, head).boxed().toList());
            assertThat(page.entries())
                    .allSatisfy(entry -> assertThat(entry.message().json()).contains("\"seq\":" + entry.seq()));
        }
        assertThat(missed(head + 5).entries()).isEmpty();
        assertThat(missed(head + 5).head().seq()).isEqualTo(head);
        assertThat(seqs(store.after(ANNAS, Set.of(), 0, 3, MAX_BYTES))).containsExactly(1L, 2L, 3L);
    }

    private ChannelPage page(Optional<Position> after, int limit) {
        return get(store.page(LOBBY, ANNA, after, limit, MAX_BYTES)).orElseThrow();
    }

    private static List<Long> seqs(ChannelPage page) {
        return page.entries().stream().map(Backlog.Entry::seq).toList();
    }

    @Test
    void pageAfterAPositionSaysWhereTheChannelIs() {
        Position start = view(LOBBY).head();
        appendMany(3);

        assertThat(page(Optional.empty(), 10)).isEqualTo(new ChannelPage(start.at(3), 1, false, List.of()));
        assertThat(seqs(page(Optional.of(start), 2))).containsExactly(1L, 2L);
        ChannelPage rest = page(Optional.of(start.at(2)), 2);
        assertThat(seqs(rest)).containsExactly(3L);
        assertThat(rest.isRecovered()).isTrue();
        ChannelPage none = page(Optional.of(start.at(3)), 2);
        assertThat(none).isEqualTo(new ChannelPage(start.at(3), 1, true, List.of()));
        assertThat(get(store.page(new Channel.Room("nowhere"), ANNA, Optional.empty(), 1, MAX_BYTES)))
                .isEmpty();
    }

    @Test
    void pageAfterAPositionThatCannotBeServedHasNoMessages() {
        Position start = view(LOBBY).head();
        appendMany(3);

        assertThat(page(Optional.of(start.at(4)), 10)).isEqualTo(new ChannelPage(start.at(3), 1, false, List.of()));
        assertThat(page(Optional.of(new Position("other", 1)), 10).isRecovered())
                .isFalse();
        get(store.renewEpoch(LOBBY));
        ChannelPage renewed = page(Optional.of(start), 10);
        assertThat(renewed.isRecovered()).isFalse();
        assertThat(renewed.entries()).isEmpty();
        assertThat(renewed.head().epoch()).isNotEqualTo(start.epoch());
    }

    @Test
    void epochsThatAreRenewedTogetherDiffer() {
        get(later(store, message(ANNA, "a", List.of(ANNAS, BERTAS), "x")));
        get(store.renewEpochs());

        assertThat(epoch(ANNAS)).isNotEqualTo(epoch(BERTAS));
    }

    @Test
    void historyHasTheNewestBeforeASeqInOrder() {
        appendMany(5);

        HistoryPage newest = history(EVERYTHING, 2, 1_000_000);
        HistoryPage older = history(4, 2, 1_000_000);
        HistoryPage oldest = history(2, 2, 1_000_000);

        assertThat(contents(newest.bodies())).containsExactly("message 4", "message 5");
        assertThat(contents(older.bodies())).containsExactly("message 2", "message 3");
        assertThat(contents(oldest.bodies())).containsExactly("message 1");
        assertThat(Stream.of(newest, older, oldest).map(HistoryPage::more)).containsExactly(true, true, false);
        assertThat(Stream.of(newest, older, oldest).map(HistoryPage::oldest)).containsOnly(1L);
        assertThat(history(1, 2, 1_000_000)).isEqualTo(new HistoryPage(List.of(), 1, false));
    }

    @Test
    void historyIsBoundedInBytesButHoldsOneMessage() {
        appendMany(5);
        int bytes = history(EVERYTHING, 1, 1_000_000).bodies().get(0).length();

        assertThat(history(EVERYTHING, 5, 3 * bytes).bodies()).hasSize(3);
        assertThat(history(EVERYTHING, 5, 3 * bytes - 1).bodies()).hasSize(2);
        assertThat(history(EVERYTHING, 5, 1).bodies()).hasSize(1);
        assertThat(history(EVERYTHING, 5, 1).more()).isTrue();
    }

    @Test
    void historyCountsBytesNotCharacters() {
        append("a", "你".repeat(1_000));
        append("b", "你".repeat(1_000));

        assertThat(history(EVERYTHING, 5, 4_000).bodies()).hasSize(1);
    }

    @Test
    void missingChannelHasNoHistoryAndNoMark() {
        assertThat(get(store.history(LOBBY, UserKey.user("anna"), EVERYTHING, 1, 1)))
                .isEmpty();
        assertThat(get(store.mark(LOBBY, ANNA, 1))).isEmpty();
        assertThat(get(store.exists(LOBBY, UserKey.user("anna")))).isFalse();
    }

    @Test
    void readSeesEarlierAppendsOfASlowWriter() throws InterruptedException {
        appendMany(1);
        database.holdTheNext();
        later(ANNA, "slow", List.of(LOBBY), "slow");
        database.awaitHeld();

        CompletionStage<Optional<HistoryPage>> asked =
                store.history(LOBBY, UserKey.user("anna"), EVERYTHING, 10, 1_000_000);
        // Pages for readers that are behind do not wait. Once they are read, a history that did not wait would be too.
        for (int i = 0; i < 20; i++) {
            assertThat(seqs(store.after(LOBBY, Set.of(UserKey.user("anna")), 0, 10, MAX_BYTES)))
                    .containsExactly(1L);
        }
        assertThat(asked.toCompletableFuture()).isNotDone();
        database.release();

        assertThat(contents(get(asked).orElseThrow().bodies())).contains("slow");
    }
}
