package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.time.Duration;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The chat page behind a proxy that lets no WebSocket through. */
class FallbackPagesIT extends PagesTest {
    /** Longer than it takes until a WebSocket is tried again, which is a minute. */
    private static final Duration TRIES_AGAIN = Duration.ofMinutes(3);

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
    void pageChatsByHttpAndGoesBackToWebSockets() {
        Page ben = signedIn("ben beyond the proxy");
        Page ana = open(proxy.http().toString());
        signInWithToken(ana, Tokens.of("ana-behind-a-proxy"));
        assertThat(hint(ana)).containsText(Pattern.compile("WebSockets are blocked here.*http"));
        // By HTTP nobody tells who is here.
        assertThat(ana.locator("chat-header")).not().containsText("here");
        screenshot(ana, "chat-by-http");
        assertThat(sessions("ana-behind-a-proxy")).as("WebSockets").isEmpty();
        assertChat(ana, ben, "without a WebSocket");

        proxy.passUpgrades(true);
        Awaitility.await()
                .atMost(TRIES_AGAIN)
                .until(() -> sessions("ana-behind-a-proxy").size() == 1);
        awaitOpen(ana);
        assertThat(hint(ana)).hasCount(0);
        assertChat(ana, ben, "by a WebSocket again");
        assertThat(message(ana, "without a WebSocket")).hasCount(2);
    }

    /** As in the browsers of many phones. */
    @Test
    void pageWithoutSharedWorkersComesByHttpAfterAReloadToo() {
        Page page = blank();
        page.addInitScript("delete window.SharedWorker");
        page.navigate(proxy.http().toString());
        signInWithToken(page, Tokens.of("comes-by-http"));
        try (WireClient other = WireClient.guest(ws("/chat"), "beyond")) {
            write(page, "before the reload");
            other.next("chat", chat -> "before the reload".equals(chat.getString("content")));
            page.reload();
            assertThat(hint(page)).containsText("WebSockets are blocked here");
            write(page, "after the reload");
            other.next("chat", chat -> "after the reload".equals(chat.getString("content")));
            other.send("{'type':'chat','content':'read both'}");
        }
        assertThat(message(page, "read both")).hasCount(1);
        assertThat(sessions("comes-by-http")).isEmpty();
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

    /** Each says something, and both have it once. */
    private static void assertChat(Page ana, Page ben, String how) {
        write(ana, "said " + how);
        write(ben, "answered to what was said " + how);
        for (Page page : new Page[] {ana, ben}) {
            assertThat(message(page, how)).hasCount(2);
            assertThat(page.locator("#outgoing .message")).hasCount(0);
        }
    }
}
