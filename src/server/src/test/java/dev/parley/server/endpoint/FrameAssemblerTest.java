package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.endpoint.FrameAssembler.Result;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FrameAssemblerTest {
    private static final Result INCOMPLETE = new Result.Incomplete();
    private static final Result TOO_BIG = new Result.TooBig();

    private final FrameAssembler budget = new FrameAssembler(8);

    @Test
    void frameOfExactlyTheLimitPasses() {
        assertThat(budget.add("12345678", true)).isEqualTo(complete("12345678"));
        assertThat(budget.add("1234", false)).isEqualTo(INCOMPLETE);
        assertThat(budget.add("5678", true)).isEqualTo(complete("12345678"));
    }

    @Test
    void oneByteMoreFails() {
        assertThat(new FrameAssembler(8).add("123456789", true)).isEqualTo(TOO_BIG);
        assertThat(new FrameAssembler(8).add("123456789", false)).isEqualTo(TOO_BIG);
        assertThat(budget.add("12345678", false)).isEqualTo(INCOMPLETE);
        assertThat(budget.add("9", true)).isEqualTo(TOO_BIG);
    }

    @Test
    void bytesAreCountedNotCharacters() {
        assertThat(new FrameAssembler(8).add("你好a", true)).isEqualTo(complete("你好a"));
        assertThat(new FrameAssembler(8).add("你好你", true)).isEqualTo(TOO_BIG);
        assertThat(new FrameAssembler(8).add("ääää", true)).isEqualTo(complete("ääää"));
        assertThat(new FrameAssembler(8).add("ääääa", true)).isEqualTo(TOO_BIG);
    }

    @Test
    void surrogatePairSplitOverPartsCountsFourBytes() {
        assertThat(budget.add("\uD83D", false)).isEqualTo(INCOMPLETE);
        assertThat(budget.add("\uDE00\uD83D", false)).isEqualTo(INCOMPLETE);
        assertThat(budget.add("\uDE00", true)).isEqualTo(complete("😀😀"));
        assertThat(budget.add("\uD83D", false)).isEqualTo(INCOMPLETE);
        assertThat(budget.add("\uDE00😀", false)).isEqualTo(INCOMPLETE);
        assertThat(budget.add("a", true)).isEqualTo(TOO_BIG);
    }

    @Property(tries = 200)
    void anyTextInAnyPartsIsAssembledAndCounted(
            @ForAll("texts") String text, @ForAll @Size(max = 5) List<@IntRange(max = 300) Integer> cuts) {
        FrameAssembler ample = new FrameAssembler(10_000);
        List<Integer> ordered =
                cuts.stream().map(cut -> Math.min(cut, text.length())).sorted().toList();
        int from = 0;
        for (int to : ordered) {
            assertThat(ample.add(text.substring(from, to), false)).isEqualTo(INCOMPLETE);
            from = to;
        }

        assertThat(ample.add(text.substring(from), true)).isEqualTo(complete(text));
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                        Arbitraries.integers().between(0, 0x7F),
                        Arbitraries.integers().between(0x80, 0x7FF),
                        Arbitraries.integers().between(0x800, 0xD7FF),
                        Arbitraries.integers().between(0xE000, 0xFFFF),
                        Arbitraries.integers().between(0x10000, 0x10FFFF))
                .map(Character::toString)
                .list()
                .ofMaxSize(100)
                .map(characters -> String.join("", characters));
    }

    @Test
    void fragmentsHaveALimit() {
        FrameAssembler ample = new FrameAssembler(10_000);
        for (int i = 1; i < FrameAssembler.FRAGMENTS_MAX; i++) {
            assertThat(ample.add("x", false)).isEqualTo(INCOMPLETE);
        }
        assertThat(ample.add("x", true)).isEqualTo(complete("x".repeat(1_024)));
    }

    @Test
    void endlessOneByteFragmentsFail() {
        assertThat(partsUntilTooBig(new FrameAssembler(10_000), "x")).isEqualTo(1_025);
    }

    @Test
    void emptyFragmentsCountToo() {
        assertThat(partsUntilTooBig(budget, "")).isEqualTo(1_025);
    }

    @Test
    void emptyFrameIsComplete() {
        assertThat(budget.add("", true)).isEqualTo(complete(""));
        assertThat(budget.add("", false)).isEqualTo(INCOMPLETE);
        assertThat(budget.add("", true)).isEqualTo(complete(""));
    }

    @Test
    void eachFrameHasTheWholeBudget() {
        for (int i = 0; i < 2_000; i++) {
            assertThat(budget.add("1234", false)).isEqualTo(INCOMPLETE);
            assertThat(budget.add("5678", true)).isEqualTo(complete("12345678"));
        }
    }

    @Test
    void nothingIsTakenOverTheBudget() {
        budget.add("123456789", false);

        assertThat(budget.add("", true)).isEqualTo(TOO_BIG);
        assertThat(budget.add("a", true)).isEqualTo(TOO_BIG);
        assertThat(budget.add(ByteBuffer.allocate(0), true)).isEqualTo(TOO_BIG);
    }

    @Test
    void binaryFramesAreBoundedToo() {
        assertThat(budget.add(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}), true))
                .isInstanceOfSatisfying(Result.CompleteBytes.class, whole -> assertThat(whole.bytes())
                        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8));
        assertThat(budget.add(ByteBuffer.wrap(new byte[] {1, 2}), false)).isEqualTo(new Result.Incomplete());
        assertThat(budget.add(ByteBuffer.wrap(new byte[] {3}), true))
                .isInstanceOfSatisfying(Result.CompleteBytes.class, whole -> assertThat(whole.bytes())
                        .containsExactly(1, 2, 3));
        assertThat(budget.add(ByteBuffer.allocate(4), false)).isEqualTo(new Result.Incomplete());
        assertThat(budget.add(ByteBuffer.allocate(5), true)).isEqualTo(TOO_BIG);
    }

    @Test
    void partsOfBinaryFramesAreBoundedToo() {
        for (int i = 0; i < FrameAssembler.FRAGMENTS_MAX; i++) {
            assertThat(budget.add(ByteBuffer.allocate(0), false)).isEqualTo(new Result.Incomplete());
        }
        assertThat(budget.add(ByteBuffer.allocate(0), true)).isEqualTo(TOO_BIG);
    }

    private static int partsUntilTooBig(FrameAssembler budget, String part) {
        for (int parts = 1; parts < 1_000_000; parts++) {
            if (budget.add(part, false).equals(TOO_BIG)) {
                return parts;
            }
        }
        return Integer.MAX_VALUE;
    }

    private static Result complete(String text) {
        return new Result.Complete(text, text.getBytes(StandardCharsets.UTF_8).length);
    }
}
