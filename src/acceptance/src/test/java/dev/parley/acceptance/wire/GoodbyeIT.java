package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.SharedServer;
import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.HttpEvents;
import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.SkippedOn;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import jakarta.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The application is undeployed while the server keeps running. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class GoodbyeIT {
    private static final String NAME = "goodbye";

    @ArquillianResource
    private Deployer deployer;

    @Deployment(name = NAME, managed = false, testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET));
    }

    @Test
    void everySessionGetsAGoodbyeBeforeTheClose() {
        deployer.deploy(NAME);
        URI chat = OwnServer.ws(SharedServer.http(), "/chat");
        try (WireClient one = WireClient.guest(chat, "one");
                WireClient two = WireClient.guest(chat, "two")) {
            deployer.undeploy(NAME);
            Stream.of(one, two).forEach(client -> {
                assertThat(client.next("goodbye").getInt("reconnectAfter")).isBetween(0, 5_000);
                assertThat(client.closeCode()).isEqualTo(1012);
            });
        }
    }

    @Test
    void drainedNodeTakesNobodyUntilItIsTakenBack() throws Exception {
        deployer.deploy(NAME);
        HttpUser admin = HttpUser.of(SharedServer.http(), "root", "admin");
        URI chat = OwnServer.ws(SharedServer.http(), "/chat");
        try (WireClient one = WireClient.guest(chat, "one")) {
            JsonObject drained = drain(admin, "POST");
            assertThat(drained.getBoolean("draining")).isTrue();
            assertThat(one.next("goodbye").getInt("reconnectAfter")).isBetween(1_000, 5_000);
            assertThat(one.closeCode()).isEqualTo(1012);

            try (RawSocket raw = RawSocket.to(SharedServer.http())) {
                HttpHandshake.Response refused =
                        raw.handshake("GET", "/chat", HttpHandshake.properHeaders(SharedServer.http()));
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.header("Retry-After")).isPresent();
            }
            assertThat(admin.get("health/ready").statusCode()).isEqualTo(503);
            Awaitility.await().until(() -> drain(admin, "POST").getInt("sessions") == 0);

            assertThat(drain(admin, "DELETE").getBoolean("draining")).isFalse();
            WireClient.guest(chat, "one").close();
        } finally {
            deployer.undeploy(NAME);
        }
    }

    /** A load balancer must notice first. Redis need not be there: without it too a node is one of several. */
    @Test
    void nodeOfSeveralIsNotReadyBeforeItsClientsLeave() throws Exception {
        Map<String, String> settings = Map.of(
                "parley.guests", "true",
                "parley.token.secret", Tokens.SECRET,
                "parley.backplane", "redis",
                "parley.redis.uri", "redis://127.0.0.1:1",
                "parley.drain.delay", "8s");
        try (RunningServer node = OwnServer.named("drained", settings).start()) {
            HttpUser admin = HttpUser.of(node.awaitReady(OwnServer.READY).baseUri(), "root", "admin");
            try (WireClient ana = WireClient.guest(OwnServer.chat(node), "ana")) {
                CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> stop(node, admin));
                Awaitility.await().until(() -> admin.get("health/ready").statusCode() == 503);
                ana.send("{'type':'chat','id':'late','content':'still here'}");
                assertThat(ana.answer("late").getString("type")).isEqualTo("ack");
                assertThat(ana.next("goodbye").getInt("reconnectAfter")).isBetween(1_000, 1_500);
                assertThat(ana.closeCode()).isEqualTo(1012);
                stopped.get(30, TimeUnit.SECONDS);
            }
        }
    }

    /** By SIGTERM where the server serves on; elsewhere an administrator drains the node before its stop. */
    private static void stop(RunningServer node, HttpUser admin) {
        if (ServerDifferences.servesWhileItTellsApplications()) {
            node.stop();
            return;
        }
        try {
            drain(admin, "POST");
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    private static JsonObject drain(HttpUser admin, String method) throws Exception {
        HttpResponse<String> answer = admin.send(method, "api/node/drain", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JsonText.object(answer.body());
    }

    @Test
    @SkippedOn(
            server = "payara",
            reason = "Payara Micro undeploys only as it stops, and then takes the threads of requests first.")
    void requestsThatWaitAndStreamsAreSentAway() throws Exception {
        deployer.deploy(NAME);
        HttpUser ana = HttpUser.of(SharedServer.http(), "ana");
        CompletableFuture<HttpResponse<String>> poll = ana.poll("inbox", ana.position("inbox"), 55);
        try (HttpEvents events = ana.stream("room:lobby", "")) {
            assertThat(events.next().name()).isEqualTo("position");
            ana.awaitWaiting(poll);
            deployer.undeploy(NAME);
            assertThat(events.end().json().getString("code")).isEqualTo("try_again_later");
        }
        HttpResponse<String> answer = poll.orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(JsonText.object(answer.body()).getString("code")).isEqualTo("try_again_later");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }
}
