package dev.parley.acceptance.faults;

import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Redis;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Nodes on one PostgreSQL and one Redis: two in the short form of the tests, three in the long one, or as many as
 * {@code -Dparley.test.nodes} says. A test may fail each part. Confined to the thread of the test.
 */
final class FailingCluster implements AutoCloseable {
    private static final int NODES = Integer.getInteger("parley.test.nodes", Faults.isLong() ? 3 : 2);

    private final Postgres postgres = Postgres.started();
    private final Redis redis = Redis.started();
    private final List<Node> nodes;

    /** One node, and its lines to PostgreSQL and Redis. */
    final class Node implements AutoCloseable {
        private final LossyRedis lossy = new LossyRedis(new Random(Faults.seed()));
        private final Line toRedis = Line.to(redis.port(), lossy);
        private final Line toPostgres = Line.to(postgres.port());
        private final ServerConfiguration configuration;
        private RunningServer server;

        private Node(String name, UnaryOperator<ServerConfiguration> change) {
            configuration = change.apply(Postgres.under(
                    OwnServer.named(
                                    name,
                                    Map.of(
                                            "parley.token.secret",
                                            Tokens.SECRET,
                                            "parley.rate.messages",
                                            "0",
                                            "parley.node.name",
                                            name))
                            .plusSettings(Redis.settings(toRedis.port())),
                    toPostgres.port()));
            server = configuration.start();
        }

        Line toRedis() {
            return toRedis;
        }

        Line toPostgres() {
            return toPostgres;
        }

        LossyRedis lossy() {
            return lossy;
        }

        URI chat() {
            return OwnServer.ws(server.baseUri(), "/chat");
        }

        URI http() {
            return server.baseUri();
        }

        void awaitReady() {
            server.awaitReady(OwnServer.READY);
        }

        void kill() {
            server.kill();
        }

        void start() {
            server = configuration.start();
            awaitReady();
        }

        /** Ends it as a supervisor does. */
        void stop() {
            server.close();
        }

        /** What it has printed since its last start. */
        String log() {
            try {
                return Files.readString(server.log());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Stops all of its threads; {@code STOP} and {@code CONT} are signals of the operating system. */
        void signal(String signal) {
            try {
                Process kill = new ProcessBuilder("bash", "-c", "kill -" + signal + " " + server.pid()).start();
                if (kill.waitFor() != 0) {
                    throw new IllegalStateException("kill -" + signal + " failed");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        /** Whether its readiness names Redis as a problem. */
        boolean missesRedis() {
            return ready().body().contains("Redis does not answer");
        }

        /** Whether it is not ready, and its readiness names this problem. */
        boolean isUnready(String problem) {
            HttpResponse<String> ready = ready();
            return ready.statusCode() == 503 && ready.body().contains(problem);
        }

        private HttpResponse<String> ready() {
            try {
                return HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(server.baseUri().resolve("health/ready"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            server.kill();
            toRedis.close();
            toPostgres.close();
            lossy.close();
        }
    }

    /** Starts all parts, and waits until all nodes are ready. */
    static FailingCluster started(String name) {
        return started(name, (number, configuration) -> configuration);
    }

    /** @param change of the configuration of each node, by its number from 0 */
    static FailingCluster started(String name, NodeChange change) {
        return new FailingCluster(name, NODES, change);
    }

    /** Two nodes, whatever the form of the tests. */
    static FailingCluster ofTwo(String name, NodeChange change) {
        return new FailingCluster(name, 2, change);
    }

    /** What is different on a node. */
    @FunctionalInterface
    interface NodeChange {
        ServerConfiguration apply(int number, ServerConfiguration configuration);
    }

    private FailingCluster(String name, int count, NodeChange change) {
        // They start side by side.
        nodes = IntStream.range(0, count)
                .mapToObj(number -> new Node(name + "-" + number, configuration -> change.apply(number, configuration)))
                .toList();
        nodes.forEach(Node::awaitReady);
    }

    List<Node> nodes() {
        return nodes;
    }

    Node node(int number) {
        return nodes.get(number);
    }

    Postgres postgres() {
        return postgres;
    }

    Redis redis() {
        return redis;
    }

    /** The addresses of all nodes; this one first. */
    List<URI> from(int first) {
        return IntStream.range(0, nodes.size())
                .mapToObj(i -> node((first + i) % nodes.size()).chat())
                .toList();
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
        redis.close();
        postgres.close();
    }
}
