package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.browser.Chromium;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

/** The pages of Parley under a context path, in a real browser. */
class ContextPathPagesIT extends ArquillianTest {
    private static final String PATH = "/talk";

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.at(PATH, Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET));
    }

    @Test
    void pagesConnectBelowTheContextPath() {
        List<String> sockets = new ArrayList<>();
        try (Chromium chromium = Chromium.launch()) {
            Page page = chromium.newPage();
            page.onWebSocket(socket -> sockets.add(socket.url()));
            // The server adds the slash.
            page.navigate(http().resolve(PATH).toString());
            page.fill("#username", "meihua");
            page.click("#sign-in .primary");
            assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
            page.fill("#content", "written below a path");
            page.press("#content", "Enter");
            assertThat(page.locator("#messages .message", new Page.LocatorOptions().setHasText("written below a path")))
                    .hasCount(1);

            page.click("#account");
            page.click("#menu a[href='monitor.html']");
            assertThat(page.locator("monitor-app #connection")).hasAttribute("data-state", "OPEN");
            page.click("nav a[href='./']");
            // Signed in as before: the tab remembers it.
            assertThat(page.locator("chat-app #connection")).hasAttribute("data-state", "OPEN");
        }
        assertThat(sockets)
                .containsExactly(
                        ws(PATH + "/chat").toString(),
                        ws(PATH + "/monitor").toString(),
                        ws(PATH + "/chat").toString());
    }
}
