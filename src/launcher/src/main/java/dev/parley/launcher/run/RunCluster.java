package dev.parley.launcher.run;

import dev.parley.launcher.ApplicationServer;
import dev.parley.launcher.LoopbackPort;
import dev.parley.launcher.PostgresDatabase;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import dev.parley.launcher.StartFailed;
import dev.parley.launcher.balancer.Haproxy;
import dev.parley.launcher.balancer.LoadBalancer;
import dev.parley.launcher.balancer.TcpBalancer;
import dev.parley.launcher.redis.EmbeddedRedis;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * The main class of {@code mvn -Pcluster}. It starts two nodes on one PostgreSQL and one Redis behind a load balancer,
 * prints their addresses and stays in the foreground until Ctrl-C. A node that ends by itself is reported, and the
 * others go on. If the cluster cannot be started, it ends with status 1 and one sentence.
 */
public final class RunCluster {
    private static final List<String> NODES = List.of("one", "two");

    /** Longer than for a single server: they start at the same time. */
    private static final Duration READY_DEADLINE = Duration.ofMinutes(4);

    private static final Duration BALANCER_DEADLINE = Duration.ofSeconds(30);
    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(100);

    private static final String NO_REDIS = "The classes of Redis are missing. mvn -Pcluster adds them; in an IDE,"
            + " activate the Maven profile 'cluster'.";

    /**
     * Where Redis is.
     *
     * @param uri may hold a password
     * @param place the same in words, without it
     */
    private record Redis(String uri, String place) {}

    private static final String NO_HAPROXY = "HAProxy is not installed, or does not start. Without"
            + " -Dparley.balancer=haproxy the cluster has a load balancer of its own.";

    private final RunSettings settings;
    private final ApplicationServer server;
    private final Path war;
    private final Path haproxyConfiguration;
    private final Path work;
    private final int port;
    private final StartedParts parts = new StartedParts();

    private RunCluster(RunSettings settings, String[] arguments, Path work) {
        this.settings = settings;
        this.server = ApplicationServer.of(arguments[0], Path.of(arguments[1]), Path.of(arguments[2]));
        this.war = Path.of(arguments[3]);
        this.haproxyConfiguration =
                Path.of(arguments[2]).resolveSibling("haproxy").resolve("haproxy.cfg");
        this.work = work;
        this.port = Run.freePort(ServerConfiguration.HTTP_PORT, settings.port(), 8081);
    }

    /** @param arguments as those of {@link Run#main}; the configuration of HAProxy is beside that of the server */
    public static void main(String[] arguments) {
        var work = Path.of(arguments[4]).toAbsolutePath().normalize();
        try {
            var settings = RunSettings.from(System.getProperties(), work).forCluster();
            var cluster = new RunCluster(settings, arguments, work);
            try (var data = DataFolder.open(settings.data())) {
                cluster.run(data);
            }
        } catch (StartFailed e) {
            System.err.println("\n" + e.getMessage() + "\n");
            // If it were thrown, Maven would print a page of its own around it.
            System.exit(1);
        }
    }

    private void run(DataFolder data) {
        Runtime.getRuntime().addShutdownHook(new Thread(parts::close, "end-of-cluster"));
        try (parts) {
            var complete = settings.withSecret(data);
            var database = database(data);
            var redis = redis(data);
            var ports = NODES.stream().map(node -> LoopbackPort.free()).toList();
            var balancer = balancer(ports);
            var nodes = nodes(balancer instanceof Haproxy ? complete.behindProxy() : complete, redis, ports, database);
            nodes.values().forEach(node -> node.awaitReady(READY_DEADLINE));
            awaitReady(balancer);
            System.out.println(new Banner(
                    port,
                    Optional.empty(),
                    complete.describeDatabase(),
                    described(balancer, redis, nodes),
                    complete.trialToken(Instant.now())));
            awaitEnd(nodes);
        }
    }

    /** The database, to be put under each node. */
    private UnaryOperator<ServerConfiguration> database(DataFolder data) {
        var driver = Run.postgresDriver();
        if (settings.database() == RunSettings.Database.EXTERNAL_POSTGRESQL) {
            var jar = PostgresDatabase.jar(driver);
            return node -> node.onPostgres(jar);
        }
        say("Starting PostgreSQL");
        var password = data.postgresqlPassword();
        var postgres = Run.startPostgresql(
                settings.postgresqlData(), work.resolve("postgresql"), LoopbackPort.free(), password);
        parts.add(postgres::close);
        // Its own end of this JVM waits for all that use it.
        postgres.endAfter(parts::close);
        var database = new PostgresDatabase(driver, postgres.port(), Optional.of(password));
        return database::under;
    }

    private Redis redis(DataFolder data) {
        var given = settings.get(RunSettings.REDIS);
        if (given.isPresent()) {
            return new Redis(given.get(), "the one of " + RunSettings.REDIS);
        }
        say("Starting Redis");
        try {
            var redis = EmbeddedRedis.start(LoopbackPort.free(), data.redisPassword());
            parts.add(redis::close);
            return new Redis(
                    redis.uri().toString(),
                    redis.uri().getHost() + ":" + redis.uri().getPort());
        } catch (NoClassDefFoundError e) {
            throw new StartFailed(NO_REDIS);
        } catch (IOException e) {
            throw new StartFailed("Redis could not be started: " + e.getMessage()
                    + "\nOne that runs elsewhere can be used with -D" + RunSettings.REDIS + "=redis://…");
        }
    }

    private LoadBalancer balancer(List<Integer> nodes) {
        var balancer = startedBalancer(nodes);
        parts.add(balancer::close);
        return balancer;
    }

    private LoadBalancer startedBalancer(List<Integer> nodes) {
        return switch (settings.balancer()) {
            case INTERNAL -> internal(nodes);
            case HAPROXY -> haproxy(nodes).orElseThrow(() -> new StartFailed(NO_HAPROXY));
            case ANY -> haproxy(nodes).orElseGet(() -> internal(nodes));
        };
    }

    /** Empty if it is not installed, or does not start; then it is said why. */
    private Optional<LoadBalancer> haproxy(List<Integer> nodes) {
        var program = Haproxy.find();
        if (program.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    Haproxy.start(program.get(), haproxyConfiguration, folder().resolve("haproxy"), port, nodes));
        } catch (IOException e) {
            say(e.getMessage());
            return Optional.empty();
        }
    }

    private LoadBalancer internal(List<Integer> nodes) {
        try {
            return TcpBalancer.start(port, nodes);
        } catch (IOException e) {
            throw new StartFailed("The load balancer cannot listen on port " + port + ": " + e.getMessage());
        }
    }

    /** Starts the nodes, by their names. */
    private Map<String, RunningServer> nodes(
            RunSettings common, Redis redis, List<Integer> ports, UnaryOperator<ServerConfiguration> database) {
        say("Starting two nodes; they need half a minute or more");
        var nodes = new LinkedHashMap<String, RunningServer>();
        for (int i = 0; i < NODES.size(); i++) {
            var name = NODES.get(i);
            var settingsOfNode = common.forNode(name, redis.uri());
            var configuration = ServerConfiguration.of(server, war, folder().resolve(name))
                    .port(ports.get(i))
                    .settings(settingsOfNode.values());
            var node = database.apply(configuration).start();
            parts.add(node::stop);
            nodes.put(name, node);
        }
        return nodes;
    }

    /** A folder for each server and port, so that parallel runs do not overwrite each other's configuration. */
    private Path folder() {
        return work.resolve("run").resolve("cluster-" + server.name() + "-" + port);
    }

    /** A load balancer learns a moment later than this that a node is ready. */
    private static void awaitReady(LoadBalancer balancer) {
        var ready = HttpRequest.newBuilder(balancer.address().resolve("health/ready"))
                .timeout(ANSWER_DEADLINE)
                .build();
        var client = HttpClient.newHttpClient();
        long end = System.nanoTime() + BALANCER_DEADLINE.toNanos();
        while (!isOk(client, ready)) {
            if (System.nanoTime() - end > 0) {
                throw new StartFailed("The load balancer found no node within " + BALANCER_DEADLINE.toSeconds()
                        + " s, though both are ready.");
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static boolean isOk(HttpClient client, HttpRequest request) {
        return client.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .handle((answer, failure) -> failure == null && answer.statusCode() == 200)
                .join();
    }

    private static List<String> described(LoadBalancer balancer, Redis redis, Map<String, RunningServer> nodes) {
        var lines = new ArrayList<String>();
        lines.add("Redis      " + redis.place());
        lines.add("In front   " + balancer.description());
        nodes.forEach((name, node) ->
                lines.add("Node %-6s%s  process %d, log %s".formatted(name, node.baseUri(), node.pid(), node.log())));
        lines.add("");
        lines.add("The address goes on when a node ends: kill -9 PROCESS. Signed in with the token,");
        lines.add("/admin.html lists the nodes.");
        return lines;
    }

    /** Waits until all nodes have ended, and reports each that ends by itself. */
    private static void awaitEnd(Map<String, RunningServer> nodes) {
        var ends = new ArrayList<CompletableFuture<?>>();
        nodes.forEach((name, node) -> ends.add(node.end().thenAccept(status -> {
            if (!node.wasAskedToEnd()) {
                say("Node " + name + " ended by itself, with status " + status + "; its log is " + node.log());
            }
        })));
        CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).join();
        if (nodes.values().stream().noneMatch(RunningServer::wasAskedToEnd)) {
            throw new StartFailed("All nodes ended by themselves.");
        }
    }

    private static void say(String sentence) {
        System.out.println(sentence);
    }
}
