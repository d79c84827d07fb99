package dev.parley.acceptance.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.run.RunCluster;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests {@code mvn -Pcluster}, with each of its load balancers; more of HAProxy's configuration in {@link ProxyIT}. */
@Tag(Faults.TAG)
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class RunClusterIT {
    private static final Pattern CHAT = Pattern.compile("\\s+Chat\\s+(http\\S+)");
    private static final Pattern DATA = Pattern.compile("\\s+Data\\s+(\\S.*)");
    private static final Pattern IN_FRONT = Pattern.compile("\\s+In front\\s+(\\S.*)");
    private static final Pattern NODE = Pattern.compile("\\s+Node (\\S+)\\s+(http\\S+)\\s+process (\\d+), log (\\S+)");
    private static final Pattern TOKEN = Pattern.compile("(eyJ\\S+)");
    private static final Pattern NODE_ENDED = Pattern.compile("Node (\\S+) ended by itself, with status 137.*");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path work;

    /** A node, as the banner shows it. */
    private record Node(String name, URI http, ProcessHandle process) {
        static Node of(MatchResult line) {
            return new Node(
                    line.group(1),
                    URI.create(line.group(2)),
                    ProcessHandle.of(Long.parseLong(line.group(3))).orElseThrow());
        }
    }

    @ParameterizedTest
    @CsvSource({"internal, a load balancer in this JVM", "haproxy, HAProxy.*"})
    void addressGoesOnWhenANodeIsKilled(String balancer, String description) throws Exception {
        if (balancer.equals("haproxy")) {
            ProxyIT.program(balancer);
        }
        try (RunningCommand run = RunningCommand.start(RunCluster.class, work, "-Dparley.balancer=" + balancer)) {
            URI address = URI.create(run.nextLineLike(CHAT).group(1));
            assertThat(run.nextLineLike(DATA).group(1)).isEqualTo("PostgreSQL in " + work.resolve("data/postgresql"));
            assertThat(run.nextLineLike(IN_FRONT).group(1)).matches(description);
            Node one = Node.of(run.nextLineLike(NODE));
            Node two = Node.of(run.nextLineLike(NODE));
            HttpUser admin = new HttpUser(address, run.nextLineLike(TOKEN).group(1));
            ProcessHandle postmaster = RunningCommand.postmaster(work.resolve("data/postgresql"));
            List<ProcessHandle> all = Stream.concat(run.children().stream(), Stream.of(postmaster))
                    .toList();
            assertThat(all).as("two nodes, Redis and PostgreSQL").hasSizeGreaterThanOrEqualTo(4);

            try (WireClient ana = WireClient.guest(OwnServer.ws(one.http(), "/chat"), "ana");
                    WireClient ben = WireClient.guest(OwnServer.ws(two.http(), "/chat"), "ben")) {
                assertChats(ana, ben, "from one node to the other");
                assertThat(names(admin)).containsExactlyInAnyOrder("one", "two");
                assertFindsAndClosesSessionOfAnotherNode(new HttpUser(one.http(), admin.token()), two);
                // Who came to one node is known to the other one a little later.
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(present(ben)).contains("ana", "ben"));

                long killed = System.nanoTime();
                one.process().destroyForcibly();
                assertThat(run.nextLineLike(NODE_ENDED).group(1)).isEqualTo("one");
                // Each attempt may be the first after the end, which no check has found.
                for (int i = 0; i < 4; i++) {
                    try (WireClient cid = WireClient.guest(OwnServer.ws(address, "/chat"), "cid")) {
                        assertChats(cid, ben, "still there " + i);
                    }
                }
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(500))
                        .untilAsserted(() ->
                                assertThat(present(ben)).doesNotContain("ana").contains("ben"));
                System.out.printf(
                        "# node killed: its clients are not present any more after %.1f s (goal 25 s)%n",
                        (System.nanoTime() - killed) / 1e9);
                await().atMost(PATIENCE).until(() -> names(admin).equals(List.of("two")));
            }

            run.stop();
            assertThat(all).noneMatch(ProcessHandle::isAlive);
        }
    }

    private static void assertChats(WireClient from, WireClient to, String content) {
        from.send("{'type':'chat','content':'" + content + "'}");
        to.next("chat", chat -> chat.getString("content").equals(content));
    }

    /** The names in the lobby, as a client sees them. */
    private static List<String> present(WireClient client) {
        client.send("{'type':'presence','room':'lobby','id':'present'}");
        return client.answer("present").getJsonArray("present").getValuesAs(JsonObject.class).stream()
                .map(person -> person.getString("username"))
                .toList();
    }

    private static void assertFindsAndClosesSessionOfAnotherNode(HttpUser admin, Node other) throws Exception {
        try (WireClient eve = WireClient.guest(OwnServer.ws(other.http(), "/chat"), "eve")) {
            JsonObject answer =
                    JsonText.object(admin.get("api/nodes/sessions?username=eve").body());
            Map<String, String> names = answer.getJsonArray("nodes").getValuesAs(JsonObject.class).stream()
                    .filter(node -> node.getBoolean("answered"))
                    .collect(Collectors.toMap(node -> node.getString("node"), node -> node.getString("name")));
            assertThat(names.values()).as("answered").containsExactlyInAnyOrder("one", "two");
            JsonObject session = answer.getJsonArray("sessions").getJsonObject(0);
            assertThat(names.get(session.getString("node"))).isEqualTo(other.name());
            assertThat(admin.send("DELETE", "api/node/sessions/" + session.getString("session"), "")
                            .statusCode())
                    .isEqualTo(202);
            assertThat(eve.closeCode()).isEqualTo(4502);
        }
    }

    private static List<String> names(HttpUser admin) throws IOException, InterruptedException {
        return JsonText.object(admin.get("api/nodes").body()).getJsonArray("nodes").stream()
                .map(node -> ((JsonObject) node).getString("name"))
                .toList();
    }
}
