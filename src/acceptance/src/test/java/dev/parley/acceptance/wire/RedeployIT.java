package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.servers.TrivialServlet;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.ServerJvm;
import dev.parley.acceptance.support.ServerJvm.Instances;
import dev.parley.acceptance.support.SkippedOn;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application is deployed and undeployed again and again, while the server keeps running. */
class RedeployIT {
    private static final int ROUNDS = 5;

    /**
     * Class loaders that stay on a server that frees those of a trivial application. Neither number grows. One is kept
     * by a cache in java.lang.runtime.ObjectMethods of JDK 17, which every record uses that has an equals of its
     * compiler. The other is kept by a static exception of H2, with the stack of its first caller, or by a server's
     * thread that has not worked since.
     */
    private static final int KEPT_BY_OTHERS = 2;

    /** Enough for each thread that serves requests, so that none still refers to a request of Parley's. */
    private static final int REQUESTS = 64;

    private static final String HUB = "dev.parley.server.Hub";
    /** A thread of the default ManagedThreadFactory: of WildFly, Liberty or GlassFish. */
    private static final Pattern MANAGED_THREAD = Pattern.compile("\"(EE-ManagedThreadFactory-default"
            + "|managedThreadFactory\\[DefaultManagedThreadFactory]"
            + "|concurrent/__defaultManagedThreadFactory)-[Tt]hread-");

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    @Test
    @SkippedOn(server = "payara", reason = "Payara Micro deploys only what it is started with.")
    void fiveRedeploymentsLoseNothingAndLeaveNothing() throws Exception {
        try (RunningServer server = configuration().start()) {
            server.awaitStarted(OwnServer.READY);
            ServerJvm jvm = new ServerJvm(server.pid());
            for (int round = 1; round <= ROUNDS; round++) {
                server.deploy("", ParleyDeployment.Built.WAR);
                talkUntilUndeployed(round, server, jvm);
                assertThat(count(jvm.instances(), HUB))
                        .as("hubs after round %d", round)
                        .isZero();
                Awaitility.await()
                        .untilAsserted(() -> assertThat(threadsOfParley(jvm)).isEmpty());
            }
            Path trivial = trivial();
            for (int round = 1; round <= ROUNDS; round++) {
                server.deploy("/trivial", trivial);
                requestOften(server);
                server.undeploy("/trivial");
            }
            List<Instances> left = jvm.instances();
            assertThat(loaders(left, name -> name.startsWith("dev.parley.server.")))
                    .as("class loaders of Parley, of %d", ROUNDS)
                    .isLessThanOrEqualTo(loaders(left, TrivialServlet.class.getName()::equals) + KEPT_BY_OTHERS);
        }
    }

    private static ServerConfiguration configuration() {
        ServerConfiguration configuration = OwnServer.named("redeploy", Map.of("parley.token.secret", Tokens.SECRET))
                .wars(Map.of());
        return configuration.jvmOptions(Stream.concat(
                        configuration.jvmOptions().stream(),
                        // Caches that the JVM would empty only when it needs the memory are empty after a collection.
                        Stream.of("-XX:SoftRefLRUPolicyMSPerMB=0"))
                .toArray(String[]::new));
    }

    /** Each round finds the messages of all rounds before it, and adds one. */
    private static void talkUntilUndeployed(int round, RunningServer server, ServerJvm jvm) throws Exception {
        try (WireClient ana = WireClient.user(OwnServer.chat(server), "ana");
                WireClient ben = WireClient.user(OwnServer.chat(server), "ben")) {
            IntStream.rangeClosed(1, round - 1).forEach(earlier -> assertThat(say(ana, earlier))
                    .as("seq of a repeated message")
                    .isEqualTo(earlier));
            assertThat(say(ana, round)).isEqualTo(round);
            assertThat(ben.next("chat").getString("content")).isEqualTo("round " + round);
            assertThat(history(ben))
                    .isEqualTo(IntStream.rangeClosed(1, round)
                            .mapToObj(stored -> "round " + stored)
                            .toList());
            assertThat(count(jvm.instances(), HUB)).isEqualTo(1);
            assertThat(threadsOfParley(jvm)).isNotEmpty();

            server.undeploy("");

            for (WireClient client : List.of(ana, ben)) {
                client.next("goodbye");
                assertThat(client.closeCode()).isEqualTo(1012);
            }
        }
    }

    /** Sends the message of a round, and returns its seq. */
    private static long say(WireClient client, int round) {
        String id = "m" + round;
        client.send("{'type':'chat','content':'round " + round + "','id':'" + id + "'}");
        return client.answer(id).getJsonNumber("seq").longValue();
    }

    private static List<String> history(WireClient client) {
        client.send("{'type':'history','room':'lobby','id':'h'}");
        return client.answer("h").getJsonArray("messages").getValuesAs(JsonObject.class).stream()
                .map(message -> message.getString("content"))
                .toList();
    }

    /** Threads with code of Parley's on the stack, and those of the server's factory, which only Parley uses. */
    private static List<String> threadsOfParley(ServerJvm jvm) throws IOException, InterruptedException {
        return jvm.threads().stream()
                .filter(thread -> thread.contains("dev.parley.")
                        || MANAGED_THREAD.matcher(thread).lookingAt())
                .toList();
    }

    private static long count(List<Instances> instances, String className) {
        return instances.stream()
                .filter(line -> line.className().equals(className))
                .mapToLong(Instances::count)
                .sum();
    }

    /** The number of class loaders that have these classes: a class has one line for each. */
    private static long loaders(List<Instances> instances, Predicate<String> classes) {
        return instances.stream()
                .map(Instances::className)
                .filter(classes)
                .collect(Collectors.groupingBy(name -> name, Collectors.counting()))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }

    private static void requestOften(RunningServer server) {
        HttpRequest request = HttpRequest.newBuilder(server.baseUri("/trivial").resolve("trivial"))
                .build();
        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, REQUESTS)
                .mapToObj(i -> HTTP.sendAsync(request, BodyHandlers.ofString()))
                .toList();
        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.join().body()).isEqualTo(TrivialServlet.class.getName()));
    }

    /** A page and a class. */
    private Path trivial() {
        Path war = folder.resolve("trivial.war");
        ShrinkWrap.create(WebArchive.class, "trivial.war")
                .addClass(TrivialServlet.class)
                .addAsWebResource(new StringAsset("<!doctype html><title>Trivial</title>"), "index.html")
                .as(ZipExporter.class)
                .exportTo(war.toFile());
        return war;
    }
}
