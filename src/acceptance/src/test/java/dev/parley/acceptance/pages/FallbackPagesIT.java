package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The chat page behind a proxy that lets no WebSocket through. */
class FallbackPagesIT extends PagesTest {
    /** After which a WebSocket is tried again. */
    private static final int TRIES_AGAIN_MILLIS = 60_000;

    private Relay proxy;

    @BeforeEach
    void blockWebSockets() {
        proxy = Relay.to(http());
        proxy.passUpgrades(false);
    }

    @AfterEach
    void endProxy() {
        proxy.close();
    }

    @Test
    void pageChatsByHttp() {
        Page ben = signedIn("ben beyond the proxy");
        Page ana = open(proxy.http().toString());
        signInWithToken(ana, Tokens.of("ana-behind-a-proxy"));
        assertThat(hint(ana)).containsText(Pattern.compile("WebSockets are blocked here.*HTTP"));
        // By HTTP nobody tells who is here.
        assertThat(ana.locator("chat-header")).not().containsText("here");
        screenshot(ana, "chat-by-http");
        assertThat(sessions("ana-behind-a-proxy")).as("WebSockets").isEmpty();
        write(ana, "said without a WebSocket");
        write(ben, "answered to what was said without a WebSocket");
        for (Page page : new Page[] {ana, ben}) {
            assertThat(message(page, "without a WebSocket")).hasCount(2);
            assertThat(page.locator("#outgoing .message")).hasCount(0);
        }
    }

    /** As in the browsers of many phones; what a shared worker waits for, a test can only wait for too. */
    @Test
    void pageWithoutSharedWorkersComesByHttpAfterAReloadTooAndGoesBackToWebSockets() {
        Page page = blank();
        page.addInitScript("delete window.SharedWorker");
        page.clock().install();
        page.navigate(proxy.http().toString());
        signInWithToken(page, Tokens.of("comes-by-http"));
        try (WireClient other = WireClient.guest(ws("/chat"), "beyond")) {
            assertChats(page, other, "before the reload");
            page.reload();
            assertThat(hint(page)).containsText("WebSockets are blocked here");
            assertChats(page, other, "after the reload");
            assertThat(sessions("comes-by-http")).as("WebSockets").isEmpty();

            proxy.passUpgrades(true);
            page.clock().fastForward(TRIES_AGAIN_MILLIS);
            Awaitility.await().until(() -> sessions("comes-by-http").size() == 1);
            awaitOpen(page);
            assertThat(hint(page)).hasCount(0);
            assertChats(page, other, "by a WebSocket");
            other.send("{'type':'chat','content':'read all of it'}");
        }
        assertThat(message(page, "read all of it")).hasCount(1);
        assertThat(message(page, "the reload")).hasCount(2);
    }

    private static void assertChats(Page page, WireClient other, String text) {
        write(page, text);
        other.next("chat", chat -> text.equals(chat.getString("content")));
    }

    /** Guests have no way in by HTTP. */
    @Test
    void guestIsToldThatNoWebSocketOpens() {
        Page page = open(proxy.http().toString());
        page.fill("#username", "guest behind a proxy");
        page.click("#sign-in .primary");
        assertThat(page.locator("#sign-in-problem")).containsText("no WebSocket opens");
    }

    /** The line that tells that messages come by HTTP. */
    private static Locator hint(Page page) {
        return page.locator("#connection .quiet");
    }
}
