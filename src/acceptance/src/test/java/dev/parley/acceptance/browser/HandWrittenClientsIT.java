package dev.parley.acceptance.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that people write by hand, in a real browser on {@code ws://HOST:PORT}: each holds a conversation, and shows
 * why a credential is refused; then the server restarts, and each holds another conversation. The pages stay open all
 * the time, so the order matters.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HandWrittenClientsIT {
    private final Map<HandWrittenClient, Page> pages = new EnumMap<>(HandWrittenClient.class);
    private final List<String> errors = new ArrayList<>();
    private final ServerConfiguration configuration = OwnServer.named(
            "hand-written",
            Map.of(
                    "parley.guests", "true",
                    "parley.token.secret", Tokens.SECRET,
                    "parley.origins", "self, null"));
    private Chromium chromium;
    private RunningServer server;

    @BeforeAll
    void start() throws IOException {
        server = configuration.start();
        String authority = server.awaitReady(OwnServer.READY).baseUri().getAuthority();
        chromium = Chromium.launch();
        for (HandWrittenClient client : HandWrittenClient.values()) {
            pages.put(client, open(client, authority));
        }
    }

    /** @param address authority, and what follows it */
    private Page open(HandWrittenClient client, String address) throws IOException {
        Path file = Files.createTempFile(Files.createDirectories(ParleyDeployment.Built.FOLDER), "client", ".html");
        Files.writeString(file, client.page(address));
        Page page = chromium.newPage();
        page.onPageError(errors::add);
        page.navigate(file.toUri().toString());
        assertThat(received(page, "connected").first()).isVisible();
        return page;
    }

    @AfterAll
    void stop() {
        chromium.close();
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    @Order(1)
    void eachHoldsAConversation(HandWrittenClient client) {
        converse(client, "first");
    }

    @Test
    @Order(2)
    void heartbeatIsAnswered() {
        assertThat(received(pages.get(HandWrittenClient.HEARTBEAT), "{\"type\":\"pong\"}")
                        .first())
                .isVisible();
    }

    /** The browser alone would show nothing but 1006. */
    @ParameterizedTest
    @EnumSource
    @Order(2)
    void eachShowsWhyACredentialIsRefused(HandWrittenClient client) throws IOException {
        try (Page page = open(client, server.baseUri().getAuthority() + "/?ticket=wrong")) {
            assertThat(page.locator("#log").getByText("ticket").first()).isVisible();
        }
    }

    /** The close is answered with its code, which Undertow takes for a protocol error. */
    @Test
    @Order(3)
    void stoppedServerClosesWithACodeToComeBackAndLogsNoError() throws IOException {
        server.stop();
        List<String> log = Files.readAllLines(server.log());
        server = configuration.start();
        server.awaitReady(OwnServer.READY);

        boolean isTold = ServerDifferences.stopsApplicationsFirst();
        assertThat(received(pages.get(HandWrittenClient.ECHO), isTold ? "closed 1012" : "closed 1006"))
                .hasCount(1);
        assertThat(log)
                .as("the log of the first server")
                .noneMatch(line -> line.startsWith("\tat "))
                .noneMatch(line -> line.matches("\\S+ ERROR .*"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ECHO")
    @Order(4)
    void eachThatConnectsAgainHoldsAnotherConversation(HandWrittenClient client) {
        assertThat(received(pages.get(client), "connected")).hasCount(2);
        converse(client, "second");
    }

    @Test
    @Order(5)
    void noPageReportedAnError() {
        assertThat(errors).isEmpty();
    }

    /** Sends a message from the page to another client, and one back, and expects each to arrive. */
    private void converse(HandWrittenClient client, String which) {
        Page page = pages.get(client);
        String said = "the " + which + " words of " + client;
        String answer = "the " + which + " answer to " + client;
        try (WireClient other = WireClient.user(OwnServer.ws(server.baseUri(), "/chat"), "other")) {
            page.fill("#send", said);
            page.press("#send", "Enter");
            String type = client == HandWrittenClient.JSON_CHAT ? "message" : "chat";
            other.next(type, message -> message.getString("content").equals(said));
            other.send("{'type':'chat','content':'" + answer + "'}");

            assertThat(received(page, "other: " + answer)).hasCount(1);
        }
    }

    /** The entries of the log with exactly this text. */
    private static Locator received(Page page, String text) {
        return page.locator("#log").getByText(text, new Locator.GetByTextOptions().setExact(true));
    }
}
