package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Direct messages, which are stored in two inboxes. */
class DirectMessageTest extends MessageStoreContract {
    @Test
    void directMessageIsInBothInboxesAndAckedInTheSenders() {
        append(ANNA, "z", List.of(BERTAS), "before");

        Appended.Stored stored = (Appended.Stored) append(ANNA, "a", List.of(ANNAS, BERTAS), "psst");

        assertThat(stored.position()).isEqualTo(new Appended.AckPosition(ANNAS, 1, "2030-01-01T00:00:00.123Z"));
        assertThat(stored.copies())
                .extracting(Appended.StoredCopy::channel, Appended.StoredCopy::seq)
                .containsExactly(tuple(ANNAS, 1L), tuple(BERTAS, 2L));
        assertThat(contents(ANNAS)).containsExactly("psst");
        assertThat(contents(BERTAS)).containsExactly("before", "psst");
    }

    @Test
    void twoNodesThatWriteTheSameInboxesDoNotDeadlock() {
        Channel carlas = new Channel.Inbox(UserKey.user("carla"));
        try (MessageStore other = open(database, KEEPS_ALL)) {
            List<CompletableFuture<Appended>> outcomes = IntStream.range(0, 200)
                    .boxed()
                    .flatMap(i -> Stream.of(
                            later(store, message(ANNA, "a-" + i, List.of(ANNAS, BERTAS, carlas), "x")),
                            later(
                                    other,
                                    message(UserKey.user("berta"), "b-" + i, List.of(carlas, BERTAS, ANNAS), "x"))))
                    .toList();

            assertThat(outcomes).allSatisfy(outcome -> assertThat(get(outcome)).isInstanceOf(Appended.Stored.class));
            assertThat(seqs(store.after(BERTAS, Set.of(UserKey.user("anna")), 0, 1_000, MAX_BYTES)))
                    .isEqualTo(LongStream.rangeClosed(1, 400).boxed().toList());
        }
    }

    @Test
    void directMessageIsStoredInBothInboxesOrNone() {
        ContentDigest content = ContentDigest.of("chat", List.of(ANNAS, BERTAS), List.of(Optional.of("psst")));
        Append half = new Append(ANNA, new MessageId("a"), List.of(ANNAS, BERTAS), content, (channel, seq, sentAt) -> {
            if (channel.equals(BERTAS)) {
                throw new IllegalStateException("provoked");
            }
            return chat(LOBBY, seq, "a", "psst", sentAt);
        });

        assertThat(get(later(store, half))).isEqualTo(new Appended.Failed());
        assertThat(contents(ANNAS)).isEmpty();
        assertThat(contents(BERTAS)).isEmpty();
        assertThat(seq(append(ANNA, "a", List.of(ANNAS, BERTAS), "psst"))).isEqualTo(1);
    }
}
