package dev.parley.protocol.chunks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ChunkJoinerTest {
    private static final int MAX_BYTES = 100;
    private static final ChunkJoiner.Bounds BOUNDS =
            new ChunkJoiner.Bounds(MAX_BYTES, ChunkJoiner.OPEN_MAX * MAX_BYTES);

    private long now = Long.MAX_VALUE - 5;
    private final ChunkJoiner joiner = new ChunkJoiner(BOUNDS, () -> now);

    private static ClientMessage.Chunk chunk(String transfer, int index, int count, String data) {
        return new ClientMessage.Chunk(Optional.empty(), transfer, OptionalInt.of(index), OptionalInt.of(count), data);
    }

    private ChunkJoiner.Result add(String transfer, int index, int count, String data) {
        return joiner.add(chunk(transfer, index, count, data));
    }

    private void assertRejected(ChunkJoiner.Result result, String reason) {
        assertThat(result)
                .isInstanceOfSatisfying(ChunkJoiner.Result.Rejected.class, rejected -> assertThat(rejected.reason())
                        .contains(reason));
    }

    @Test
    void chunksInOrderAreJoined() {
        assertThat(add("t", 0, 3, "a")).isEqualTo(new ChunkJoiner.Result.Incomplete());
        assertThat(add("t", 1, 3, "b")).isEqualTo(new ChunkJoiner.Result.Incomplete());
        assertThat(add("t", 2, 3, "c")).isEqualTo(new ChunkJoiner.Result.Complete("abc"));
        assertThat(joiner.isEmpty()).isTrue();
        assertThat(joiner.bytes()).isZero();
    }

    @Test
    void splitSurrogatePairIsJoined() {
        add("t", 0, 2, "x\uD83D");
        assertThat(joiner.bytes()).isEqualTo(3);
        assertThat(add("t", 1, 2, "\uDE00")).isEqualTo(new ChunkJoiner.Result.Complete("x\uD83D\uDE00"));
    }

    @Test
    void singleChunkIsAMessage() {
        assertThat(add("t", 0, 1, "a")).isEqualTo(new ChunkJoiner.Result.Complete("a"));
    }

    @Test
    void transferNameMayBeReused() {
        add("t", 0, 1, "a");
        assertThat(add("t", 0, 1, "b")).isEqualTo(new ChunkJoiner.Result.Complete("b"));
    }

    @Test
    void invalidIndexOrCountIsRejected() {
        for (int[] wrong : new int[][] {
            {0, 0},
            {0, -1},
            {-1, 2},
            {2, 2},
            {0, ChunkJoiner.COUNT_MAX + 1},
            {Integer.MAX_VALUE, Integer.MAX_VALUE},
            {Integer.MIN_VALUE, 1}
        }) {
            assertRejected(add("t", wrong[0], wrong[1], "a"), "index " + wrong[0] + " of " + wrong[1]);
        }
        assertThat(joiner.isEmpty()).isTrue();
    }

    @Test
    void firstChunkMustArriveFirst() {
        assertRejected(add("t", 1, 3, "a"), "must begin with chunk 0");
    }

    @Test
    void gapsAndDuplicatesEndATransfer() {
        add("gap", 0, 3, "a");
        assertRejected(add("gap", 2, 3, "c"), "chunk 1 comes next, not 2");
        add("double", 0, 3, "a");
        assertRejected(add("double", 0, 3, "a"), "chunk 1 comes next, not 0");
        assertThat(joiner.bytes()).isZero();
    }

    @Test
    void changedCountIsRejected() {
        add("t", 0, 3, "a");
        assertRejected(add("t", 1, 2, "b"), "announced as 3 chunks, now as 2");
    }

    @Test
    void emptyChunksAreRejected() {
        assertRejected(add("t", 0, 2, ""), "empty");
    }

    @Test
    void tooLongMessageIsRejectedBeforeItIsStored() {
        add("t", 0, 3, "a".repeat(MAX_BYTES - 3));
        assertRejected(add("t", 1, 3, "你你"), "longer than a message may be");
        assertThat(joiner.bytes()).isZero();
        assertThat(add("t", 0, 1, "a".repeat(MAX_BYTES))).isInstanceOf(ChunkJoiner.Result.Complete.class);
    }

    @Test
    void transferOverTheTotalLimitIsRejectedAndOthersGoOn() {
        ChunkJoiner narrow = new ChunkJoiner(new ChunkJoiner.Bounds(MAX_BYTES, MAX_BYTES + 10), () -> now);
        narrow.add(chunk("long", 0, 2, "a".repeat(MAX_BYTES - 1)));
        narrow.add(chunk("short", 0, 2, "b".repeat(10)));
        assertRejected(narrow.add(chunk("short", 1, 2, "cc")), "unfinished messages may have 110 bytes together");
        assertThat(narrow.bytes()).isEqualTo(MAX_BYTES - 1);
        assertThat(narrow.add(chunk("long", 1, 2, "d"))).isInstanceOf(ChunkJoiner.Result.Complete.class);
    }

    @Test
    void unfinishedTransfersAreLimited() {
        for (int i = 0; i < ChunkJoiner.OPEN_MAX; i++) {
            add("t" + i, 0, 2, "a");
        }
        assertRejected(add("one-more", 0, 2, "a"), "unfinished");
        assertThat(add("t3", 1, 2, "b")).isEqualTo(new ChunkJoiner.Result.Complete("ab"));
        assertThat(add("one-more", 0, 2, "a")).isEqualTo(new ChunkJoiner.Result.Incomplete());
    }

    @Test
    void laterChunksOfARejectedTransferAreNoNewError() {
        add("t", 0, 5, "a");
        assertRejected(add("t", 2, 5, "c"), "comes next");
        assertThat(add("t", 3, 5, "d")).isEqualTo(new ChunkJoiner.Result.Late());
        assertThat(add("t", 4, 5, "e")).isEqualTo(new ChunkJoiner.Result.Late());
        assertRejected(add("t", 4, 5, "e"), "must begin");
    }

    @Test
    void abandonedTransferExpiresAndIsFreed() {
        add("old", 0, 2, "a");
        now += 10;
        add("young", 0, 2, "b");

        assertThat(joiner.expire(11)).isEmpty();
        now += 1;
        assertThat(joiner.expire(11)).containsExactly("old");
        assertThat(joiner.bytes()).isEqualTo(1);
        assertThat(add("old", 1, 2, "late")).isEqualTo(new ChunkJoiner.Result.Late());
        assertThat(add("young", 1, 2, "c")).isEqualTo(new ChunkJoiner.Result.Complete("bc"));
    }

    @Test
    void clearDropsEverything() {
        add("t", 0, 2, "a");
        joiner.clear();
        assertThat(joiner.isEmpty()).isTrue();
        assertThat(joiner.bytes()).isZero();
    }

    /**
     * Messages are cut at random, their chunks are interleaved at random, and some chunks are duplicated, dropped or
     * changed. Untouched messages arrive unchanged, touched ones never arrive, and no memory is held at the end.
     */
    @Property(tries = 5_000)
    void onlyUnchangedMessagesArrive(
            @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 1, max = 9) Integer> counts,
            @ForAll @Size(max = 200) List<@IntRange(max = 99) Integer> choices) {
        ChunkJoiner fresh = new ChunkJoiner(BOUNDS, () -> now);
        List<Deque<ClientMessage.Chunk>> transfers = new ArrayList<>();
        Map<String, String> sent = new HashMap<>();
        for (int i = 0; i < counts.size(); i++) {
            Deque<ClientMessage.Chunk> chunks = new ArrayDeque<>();
            StringBuilder whole = new StringBuilder();
            for (int index = 0; index < counts.get(i); index++) {
                String data = "<" + i + "." + index + ">";
                whole.append(data);
                chunks.add(chunk("t" + i, index, counts.get(i), data));
            }
            transfers.add(chunks);
            sent.put("t" + i, whole.toString());
        }
        Set<String> touched = new HashSet<>();
        Set<String> arrived = new HashSet<>();
        // At most this many at a time; another test covers the rejection of more.
        int width = Math.min(ChunkJoiner.OPEN_MAX, transfers.size());
        int next = width;
        List<Deque<ClientMessage.Chunk>> open = new ArrayList<>(transfers.subList(0, width));
        for (int step = 0; !open.isEmpty(); step++) {
            int choice = step < choices.size() ? choices.get(step) : 50;
            Deque<ClientMessage.Chunk> chunks = open.get(choice % open.size());
            ClientMessage.Chunk chunk = chunks.poll();
            if (choice < 3) {
                touched.add(chunk.transfer());
                chunks.poll();
            } else if (choice < 6) {
                touched.add(chunk.transfer());
                chunks.addFirst(chunk);
            } else if (choice < 9) {
                touched.add(chunk.transfer());
                chunk = chunk(
                        chunk.transfer(),
                        chunk.index().getAsInt(),
                        chunk.count().getAsInt() + 1,
                        chunk.data());
            }
            if (fresh.add(chunk) instanceof ChunkJoiner.Result.Complete complete) {
                arrived.add(chunk.transfer());
                assertThat(complete.json()).isEqualTo(sent.get(chunk.transfer()));
            }
            if (chunks.isEmpty()) {
                open.remove(chunks);
                if (touched.contains(chunk.transfer())) {
                    // Its last chunk was dropped; the transfer would expire later.
                    fresh.drop(chunk.transfer());
                }
                if (next < transfers.size()) {
                    open.add(transfers.get(next++));
                }
            }
            assertThat(fresh.bytes()).isLessThanOrEqualTo((long) ChunkJoiner.OPEN_MAX * MAX_BYTES);
        }
        sent.keySet().stream().filter(name -> !touched.contains(name)).forEach(name -> assertThat(arrived)
                .contains(name));
        assertThat(fresh.isEmpty()).isTrue();
        assertThat(fresh.bytes()).isZero();
    }
}
