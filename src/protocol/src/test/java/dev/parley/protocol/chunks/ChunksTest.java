package dev.parley.protocol.chunks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Utf8;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;

class ChunksTest {
    private static final int FRAME_MIN = Chunks.ENVELOPE + 16;

    @Property
    void chunksFitIntoFramesAndJoinToTheMessage(
            @ForAll @NotEmpty String json, @ForAll @IntRange(min = FRAME_MIN, max = 400) int frameMax) {
        String text =
                new String(json.codePoints().filter(point -> isOfJson(point)).toArray(), 0, whole(json)) + "x";
        List<ClientMessage.Chunk> chunks = Chunks.cut("t".repeat(64), text, frameMax);

        ChunkJoiner joiner = new ChunkJoiner(new ChunkJoiner.Bounds(100_000, 100_000), () -> 0);
        ChunkJoiner.Result last = new ChunkJoiner.Result.Incomplete();
        for (ClientMessage.Chunk chunk : chunks) {
            assertThat(Utf8.length(MessageCodec.encode(chunk))).isLessThanOrEqualTo(frameMax);
            last = joiner.add(chunk);
        }
        assertThat(last).isEqualTo(new ChunkJoiner.Result.Complete(text));
    }

    private static boolean isOfJson(int point) {
        return point != 0 && (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE);
    }

    private static int whole(String json) {
        return (int) json.codePoints().filter(point -> isOfJson(point)).count();
    }
}
