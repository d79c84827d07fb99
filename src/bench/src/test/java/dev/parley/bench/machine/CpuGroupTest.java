package dev.parley.bench.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuGroupTest {
    @TempDir
    private Path root;

    @Test
    void version1HasAQuotaInAPeriod() throws IOException {
        Path folder = Files.createDirectory(root.resolve("cpu")).resolve("mine");
        CpuGroup group = CpuGroup.create(root, "mine").orElseThrow();
        group.limit(0.5);
        assertThat(folder.resolve("cpu.cfs_period_us")).hasContent("20000");
        assertThat(folder.resolve("cpu.cfs_quota_us")).hasContent("10000");
        Files.writeString(folder.resolve("cpu.stat"), "nr_periods 9\nnr_throttled 2\nthrottled_time 3000000\n");
        assertThat(group.throttled()).isEqualTo(Duration.ofMillis(3));
    }

    @Test
    void version2HasBothInOneFile() throws IOException {
        Files.writeString(root.resolve("cgroup.controllers"), "cpuset cpu io memory\n");
        CpuGroup group = CpuGroup.create(root, "mine").orElseThrow();
        group.limit(0.25);
        assertThat(root.resolve("cgroup.subtree_control")).hasContent("+cpu");
        assertThat(root.resolve("mine/cpu.max")).hasContent("5000 20000");
        Files.writeString(root.resolve("mine/cpu.stat"), "usage_usec 7\nnr_throttled 2\nthrottled_usec 3000\n");
        assertThat(group.throttled()).isEqualTo(Duration.ofMillis(3));
    }

    @Test
    void thereIsNoneWithoutTheController() throws IOException {
        assertThat(CpuGroup.create(root, "mine")).isEmpty();
        Files.writeString(root.resolve("cgroup.controllers"), "hugetlb\n");
        assertThat(CpuGroup.create(root, "mine")).isEmpty();
    }

    @Test
    void aProgramStartsInTheGroupAsItself() throws Exception {
        Files.createDirectory(root.resolve("cpu"));
        CpuGroup group = CpuGroup.create(root, "mine").orElseThrow();
        var command = new ArrayList<>(group.starter());
        command.add("true");
        Process process = new ProcessBuilder(command).start();
        assertThat(process.waitFor()).isZero();
        assertThat(root.resolve("cpu/mine/cgroup.procs")).hasContent(process.pid() + "\n");
    }
}
