package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.parley.acceptance.browser.Chromium;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The pages in a real browser, on a server that opens no WebSocket without a credential in its handshake. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequiredCredentialPagesIT {
    private static final String NO_GUESTS = "This server admits no guests. Sign in with a token.";

    private final List<String> sockets = new ArrayList<>();
    private RunningServer server;
    private Chromium chromium;
    private URI http;

    @BeforeAll
    void start() {
        chromium = Chromium.launch();
        server = OwnServer.named(
                        "required-pages",
                        Map.of(
                                "parley.handshake.credential", "required",
                                // Browsers do not send it with every request to the server of the page.
                                "parley.origin.required", "true",
                                "parley.guests", "true",
                                "parley.token.secret", Tokens.SECRET))
                .start();
        http = server.awaitReady(OwnServer.READY).baseUri();
    }

    @AfterAll
    void stop() {
        server.close();
        chromium.close();
    }

    @Test
    void userWithATokenChatsAndComesBackWithAnotherTicket() {
        Page page = open("");
        signIn(page, Tokens.of("anna"));
        write(page, "signed in by a ticket");
        assertThat(page.locator("#messages .message")).hasCount(1);
        page.click("#account");
        page.click("#disconnect");
        assertThat(page.locator("#connection")).hasAttribute("data-state", "CLOSED");
        page.click("#reconnect");
        write(page, "and by another one");

        assertThat(page.locator("#messages .message .content"))
                .hasText(new String[] {"signed in by a ticket", "and by another one"});
        assertThat(page.locator("#messages .sender").first()).hasText("anna");
        assertThat(sockets).hasSize(2).doesNotHaveDuplicates().allMatch(url -> url.contains("/chat?ticket="));
        screenshot(page, "user");
        page.context().close();
    }

    @Test
    void guestIsToldToSignInAndMayDoSo() {
        Page page = open("");
        page.fill("#username", "mei");
        page.click("#sign-in .primary");

        assertThat(page.locator("#sign-in-problem")).hasText(NO_GUESTS);
        screenshot(page, "guest");
        page.fill("#username", "");
        signIn(page, Tokens.of("mei"));
        assertThat(page.locator("#me")).hasText("mei");
        assertThat(sockets).hasSize(2);
        page.context().close();
    }

    @Test
    void refusedTokenIsReportedInTheForm() {
        for (String wrong : List.of("nonsense", "no tokén at all", Tokens.of("anna") + "x")) {
            Page page = open("");
            page.click("#sign-in summary");
            page.fill("#token", wrong);
            page.click("#sign-in .primary");
            assertThat(page.locator("#sign-in-problem")).isVisible();
            assertThat(sockets).isEmpty();
            page.context().close();
        }
    }

    @Test
    void monitorTellsTheGuestToSignIn() {
        Page page = open("monitor.html");
        assertThat(page.locator("#connection [role=status]")).containsText(NO_GUESTS);
        screenshot(page, "monitor");

        page.click("#sign-in-again");
        page.fill("#token", Tokens.of("anna"));
        page.click("#sign-in .primary");
        assertThat(page.locator("[data-metric-id^='parley.'][data-metric-id$='.sessions'] .value"))
                .isVisible();
        assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
        page.context().close();
    }

    /** Without SharedWorkers, as in browsers that have none: Playwright sees no WebSocket of a worker. */
    private Page open(String path) {
        sockets.clear();
        Page page = chromium.newPage();
        page.addInitScript("delete window.SharedWorker");
        page.onWebSocket(socket -> sockets.add(socket.url()));
        page.navigate(http.resolve(path).toString());
        return page;
    }

    private static void signIn(Page page, String token) {
        page.click("#sign-in summary");
        page.fill("#token", token);
        page.click("#sign-in .primary");
        assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
    }

    private static void write(Page page, String text) {
        page.fill("#content", text);
        page.press("#content", "Enter");
    }

    private static void screenshot(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(ParleyDeployment.Built.FOLDER.resolve("screenshots/required-" + name + ".png")));
    }
}
