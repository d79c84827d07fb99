package dev.parley.bench.system;

import dev.parley.bench.machine.CpuGroup;
import dev.parley.bench.machine.JvmTool;
import dev.parley.bench.machine.ProcessUsage;
import dev.parley.launcher.FileTree;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import javax.sql.DataSource;

/**
 * Nodes of Parley with one PostgreSQL and one Redis, started for one measurement. Each node can have its own bound of
 * processor time, as in a container; the databases and the load generator have none.
 */
public final class ParleyCluster implements RunningTarget {
    private static final Duration READY = Duration.ofSeconds(180);

    private final Path folder;
    private final Postgres postgres;
    private final Redis redis;
    private final String description;
    /** In the order of their start. Changed by {@link #start} alone. */
    private final List<Node> nodes = new ArrayList<>();

    private record Node(ServerConfiguration configuration, RunningServer server, Optional<CpuGroup> group) {
        InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), configuration.port());
        }
    }

    private ParleyCluster(Path folder, Postgres postgres, Redis redis, String description) {
        this.folder = folder;
        this.postgres = postgres;
        this.redis = redis;
        this.description = description;
    }

    /**
     * Starts nodes.
     *
     * @param isBounded whether each node gets one core at most until {@link #limit} says otherwise; its JVM then sees
     *     one processor
     * @param databaseSettings of PostgreSQL
     * @param settings of the nodes, beside those of every measurement
     * @throws MissingTool if the nodes should be bounded and this machine has no control groups
     */
    public static ParleyCluster start(
            Workplace workplace,
            int count,
            boolean isBounded,
            Map<String, String> databaseSettings,
            Map<String, String> settings)
            throws MissingTool {
        Path folder = newFolder(workplace);
        ParleyCluster cluster = new ParleyCluster(
                folder,
                Postgres.start(folder.resolve("postgresql"), databaseSettings),
                Redis.start(folder),
                count + " of Parley on " + workplace.server().name() + ", PostgreSQL, Redis");
        try {
            // One after the other, as the first one makes the tables.
            for (int i = 0; i < count; i++) {
                cluster.start(workplace, isBounded ? Optional.of(group(folder, i)) : Optional.empty(), settings);
            }
            return cluster;
        } catch (MissingTool | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static Path newFolder(Workplace workplace) {
        try {
            return Files.createTempDirectory(
                    Files.createDirectories(workplace.folder().toAbsolutePath()), "cluster");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CpuGroup group(Path folder, int index) throws MissingTool {
        return CpuGroup.create("parley-bench-" + folder.getFileName() + "-" + index)
                .orElseThrow(() -> new MissingTool("Nodes with half a core each need control groups: root, and the"
                        + " controller 'cpu' below /sys/fs/cgroup. -Dbench.share=0 measures without a bound."));
    }

    private void start(Workplace workplace, Optional<CpuGroup> group, Map<String, String> more) {
        Path base = folder.resolve("node" + nodes.size());
        Map<String, String> settings = new HashMap<>(Map.of(
                "parley.backplane",
                "redis",
                "parley.redis.uri",
                redis.uri(),
                "parley.node.name",
                "node" + nodes.size()));
        settings.putAll(more);
        ServerConfiguration configuration =
                postgres.under(ServerConfiguration.of(workplace.server(), workplace.war(), base)
                        .settings(ParleyServer.settings(base, settings)));
        group.ifPresent(bounded -> bounded.limit(1));
        RunningServer server =
                configuration.startBy(group.map(CpuGroup::starter).orElse(List.of()));
        nodes.add(new Node(configuration, server, group));
        server.awaitReady(READY);
    }

    /** Bounds the processor time of each node from now on, if the nodes are bounded at all. */
    public void limit(double cpus) {
        nodes.forEach(node -> node.group().ifPresent(group -> group.limit(cpus)));
    }

    /** How long threads of the nodes have waited because of the bound. */
    public Duration throttled() {
        return nodes.stream()
                .flatMap(node -> node.group().stream())
                .map(CpuGroup::throttled)
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** How long the compilers of the nodes have worked. */
    public Duration compilerTime() {
        return nodes.stream()
                .map(node -> JvmTool.compilerTime(node.server().pid()))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Kills a node like a power failure. */
    public void kill(int node) {
        nodes.get(node).server().kill();
    }

    /** Ends a node as a supervisor does. */
    public void stop(int node) {
        nodes.get(node).server().close();
    }

    public DataSource postgres() {
        return postgres.dataSource();
    }

    /** The first node's. */
    @Override
    public InetSocketAddress address() {
        return addresses().get(0);
    }

    @Override
    public List<InetSocketAddress> addresses() {
        return nodes.stream().map(Node::address).toList();
    }

    /** The first node's, which is the one that is profiled. */
    @Override
    public long pid() {
        return nodes.get(0).server().pid();
    }

    @Override
    public boolean isJvm() {
        return true;
    }

    @Override
    public String description() {
        return description;
    }

    /** Of all nodes. */
    @Override
    public ProcessUsage usage() {
        return ProcessUsage.of(
                nodes.stream().flatMapToLong(node -> LongStream.of(node.server().pid())));
    }

    public ProcessUsage redisUsage() {
        return redis.usage();
    }

    /** Of PostgreSQL and Redis. */
    @Override
    public ProcessUsage databaseUsage() {
        return postgres.usage().plus(redis.usage());
    }

    /** A run leaves up to 3 GB. The logs stay. */
    @Override
    public void close() {
        // They have nothing to say to anybody any more, and a bounded node would take long to say it.
        nodes.forEach(node -> node.server().kill());
        nodes.forEach(node -> node.group().ifPresent(CpuGroup::close));
        redis.close();
        postgres.close();
        try {
            FileTree.delete(folder.resolve("postgresql"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
