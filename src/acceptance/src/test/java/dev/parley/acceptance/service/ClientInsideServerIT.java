package dev.parley.acceptance.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.SharedServer;
import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.service.inside.Service;
import dev.parley.acceptance.service.inside.ServiceServlet;
import dev.parley.acceptance.service.inside.SingleConnection;
import dev.parley.acceptance.service.inside.WitnessServlet;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.SkippedOn;
import dev.parley.acceptance.support.Tokens;
import dev.parley.client.ParleyClient;
import dev.parley.protocol.MessageCodec;
import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The Java client in an application on the server, with the server's own WebSocket client. Parley is deployed beside
 * it.
 */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class ClientInsideServerIT {
    private static final String ENDS_TOGETHER =
            "Payara Micro deploys only what it is started with: client and server in it end together.";

    private static final String PARLEY = "parley";
    private static final String SERVICE = "service";
    private static final String WITNESS = "witness";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final URI HTTP = SharedServer.http();

    private final HttpClient http = HttpClient.newHttpClient();
    private Relay network;

    @ArquillianResource
    private Deployer deployer;

    @Deployment(name = PARLEY, managed = false, testable = false)
    static WebArchive parley() {
        return ParleyDeployment.with(Map.of("parley.token.secret", Tokens.SECRET));
    }

    /**
     * A WAR with only the client and its protocol as libraries, like an application that excludes the other
     * dependencies.
     */
    @Deployment(name = SERVICE, managed = false, testable = false)
    static WebArchive service() throws URISyntaxException {
        return ShrinkWrap.create(WebArchive.class, "service.war")
                .addClasses(Service.class, SingleConnection.class, ServiceServlet.class)
                .addAsLibraries(jar(ParleyClient.class), jar(MessageCodec.class));
    }

    @Deployment(name = WITNESS, managed = false, testable = false)
    static WebArchive witness() {
        return ShrinkWrap.create(WebArchive.class, "witness.war").addClass(WitnessServlet.class);
    }

    private static File jar(Class<?> type) throws URISyntaxException {
        File jar = new File(
                type.getProtectionDomain().getCodeSource().getLocation().toURI());
        assertThat(jar).as("a jar, as mvn verify makes it").isFile();
        return jar;
    }

    @BeforeEach
    void deploy() {
        deployer.deploy(PARLEY);
        deployer.deploy(SERVICE);
        deployer.deploy(WITNESS);
        network = Relay.to(URI.create("ws://" + HTTP.getAuthority() + "/chat"));
    }

    @AfterEach
    void undeploy() {
        deployer.undeploy(WITNESS);
        deployer.undeploy(SERVICE);
        deployer.undeploy(PARLEY);
        network.close();
    }

    @Test
    void serviceTalksAndReconnectsAfterACut() throws Exception {
        // Undertow exposes the status of a refused handshake but no headers, so the client cannot know that its token
        // has expired. After any refused token it tries one fresh one.
        connect(Tokens.of("service", Duration.ofHours(-1)), Tokens.of("service"));
        assertThat(network.handshakes()).hasSize(2);
        long first = say("first");

        network.cut(Relay.Cut.RESET, 1, new Random());
        assertThat(say("after a cut")).isEqualTo(first + 1);
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(ask("heard"))
                .isEqualTo("first\nafter a cut"));
    }

    @Test
    @SkippedOn(server = "payara", reason = ENDS_TOGETHER)
    void serviceReturnsAfterARedeploymentAndLeavesNoThread() throws Exception {
        connect(Tokens.of("service"), Tokens.of("service"));
        long first = say("first");
        assertThat(get("witness/threads")).contains("parley-inside-loop");

        deployer.undeploy(PARLEY);
        Awaitility.await().atMost(PATIENCE).until(() -> !ask("state").equals("OPEN"));
        assertThat(ask("losses")).isEqualTo("service_restart");
        deployer.deploy(PARLEY);
        assertThat(say("after a goodbye")).isEqualTo(first + 1);
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(ask("heard"))
                .isEqualTo("first\nafter a goodbye"));

        deployer.undeploy(SERVICE);
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(get("witness/threads"))
                .doesNotContain("parley-inside"));
        deployer.deploy(SERVICE);
    }

    /** Undertow and Open Liberty refuse both codes as invalid, so the client finds them in their text. */
    @Test
    void serviceReturnsAfterEachCloseCodeOfABusyServer() throws Exception {
        connect(Tokens.of("service"), Tokens.of("service"));
        long seq = say("first");
        for (int code : new int[] {1012, 1013}) {
            network.closeClients(code);
            assertThat(say("after " + code)).isEqualTo(++seq);
        }
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(ask("losses"))
                .isEqualTo("service_restart\ntry_again_later"));
        assertThat(network.handshakes()).hasSize(3);
    }

    @Test
    void endpointAloneTalks() throws Exception {
        assertThat(ask("talk", "uri", network.chat().toString(), "token", Tokens.of("service"), "content", "alone"))
                .isEqualTo("service: alone");
    }

    @Test
    @SkippedOn(server = "payara", reason = ENDS_TOGETHER)
    void endpointAloneReportsItsEnd() throws Exception {
        String chat = network.chat().toString();
        ask("talk", "uri", chat, "token", Tokens.of("service"), "content", "alone");

        deployer.undeploy(PARLEY);
        Awaitility.await().atMost(PATIENCE).until(() -> !ask("endings").isEmpty());
        deployer.deploy(PARLEY);
        assertThat(ask("talk", "uri", chat, "token", Tokens.of("service"), "content", "alone again"))
                .isEqualTo("service: alone again");
        assertThat(ask("endings")).isEqualTo("1012");
        assertThat(network.handshakes()).as("one for each call").hasSize(2);
    }

    @Test
    void wrongTokenStopsTheServiceWhereverTheStatusIsFound() throws Exception {
        assertThat(status("service/connect", "uri", network.chat().toString(), "token", "not.a.token"))
                .isEqualTo(500);
        awaitState("CLOSED login_refused");
        assertThat(network.handshakes()).hasSize(2);
    }

    @Test
    void redirectNeverGetsTheToken() throws Exception {
        try (Relay elsewhere = Relay.to(URI.create("ws://" + HTTP.getAuthority() + "/chat"))) {
            network.refuse(1, "302 Found", "Location: " + elsewhere.chat());

            assertThat(status("service/connect", "uri", network.chat().toString(), "token", Tokens.of("service")))
                    .isEqualTo(500);
            awaitState("CLOSED handshake_refused");
            assertThat(elsewhere.handshakes()).isEmpty();
        }
    }

    /** The listener is told on a thread of its own, perhaps later than who waits for a result. */
    private void awaitState(String state) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(ask("state"))
                .isEqualTo(state));
    }

    private void connect(String first, String second) throws Exception {
        assertThat(ask("connect", "uri", network.chat().toString(), "token", first, "token", second))
                .isEmpty();
    }

    /** Returns the seq of the message. */
    private long say(String content) throws Exception {
        return Long.parseLong(ask("say", "content", content));
    }

    private String ask(String what, String... parameters) throws Exception {
        return get("service/" + what, parameters);
    }

    private String get(String path, String... parameters) throws Exception {
        HttpResponse<String> response = call(path, parameters);
        assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(200);
        return response.body();
    }

    private int status(String path, String... parameters) throws Exception {
        return call(path, parameters).statusCode();
    }

    private HttpResponse<String> call(String path, String... parameters) throws Exception {
        StringBuilder query = new StringBuilder("?");
        for (int i = 0; i < parameters.length; i += 2) {
            query.append(parameters[i])
                    .append('=')
                    .append(URLEncoder.encode(parameters[i + 1], StandardCharsets.UTF_8))
                    .append('&');
        }
        return http.send(
                HttpRequest.newBuilder(HTTP.resolve(path + query))
                        .timeout(PATIENCE)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
