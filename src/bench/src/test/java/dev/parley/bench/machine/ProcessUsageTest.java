package dev.parley.bench.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ProcessUsageTest {
    @Test
    void theNameOfAProgramMayHoldSpacesAndParentheses() {
        ProcessUsage usage =
                ProcessUsage.parse("1094 (a b) c) R 1088 1088 10057 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1"
                        + " 0 8391360 3133440 382 18446744073709551615 1 1 0");
        assertThat(usage.processor()).isEqualTo(Duration.ofSeconds(3));
        assertThat(usage.residentBytes()).isEqualTo(382 * 4096);
    }

    @Test
    void thisProcessHasMemory() {
        assertThat(ProcessUsage.ofThis().residentBytes()).isPositive();
    }

    @Test
    void aProcessThatHasEndedCountsAsNothing() {
        assertThat(ProcessUsage.of(LongStream.of(Integer.MAX_VALUE))).isEqualTo(new ProcessUsage(Duration.ZERO, 0));
    }

    @Test
    void theCompilerHasWorkedInThisProcess() {
        assertThat(JvmTool.compilerTime(ProcessHandle.current().pid())).isPositive();
        assertThat(JvmTool.compilerTime("a=1\njava.ci.totalTime=2000000\n")).isEqualTo(Duration.ofMillis(2));
        assertThatThrownBy(() -> JvmTool.compilerTime("")).hasMessageContaining("java.ci.totalTime");
    }

    @Test
    void stolenTimeIsTheEighthColumn() {
        assertThat(Machine.stolen("cpu  10 20 30 40 50 60 70 80 90 100")).isEqualTo(Duration.ofMillis(800));
    }

    @Test
    void aValueIsThatOfItsFirstLine() {
        List<String> lines = List.of("x : 1", "model name\t: Some CPU @ 2:1", "model name\t: Another");
        assertThat(Machine.value(lines, "model name")).isEqualTo("Some CPU @ 2:1");
        assertThat(Machine.value(lines, "missing")).isEqualTo("unknown");
    }

    @Test
    void theHeapIsTheTotalOfItsHistogram() {
        assertThat(JvmTool.total("   1:  10  240  java.lang.String\nTotal        163180       11043328\n"))
                .isEqualTo(11_043_328);
        assertThatThrownBy(() -> JvmTool.total("nothing")).hasMessageContaining("nothing");
    }
}
