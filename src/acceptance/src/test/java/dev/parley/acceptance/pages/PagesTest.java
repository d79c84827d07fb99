package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.WebSocketRoute;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ScreenshotAnimations;
import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.browser.Chromium;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/**
 * What the tests of Parley's pages have in common. A page that throws, or that needs more than the
 * Content-Security-Policy allows, fails its test.
 */
abstract class PagesTest extends ArquillianTest {
    /** How Chromium tells of a request that is refused, and of a WebSocket that does not open. */
    private static final List<String> NETWORK_ERRORS = List.of("Failed to load resource", "WebSocket connection to");

    private static Chromium chromium;

    private final List<Page> pages = new ArrayList<>();
    /** What the pages did that they must not do. */
    final List<String> complaints = new ArrayList<>();

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of(
                "parley.guests", "true",
                "parley.token.secret", Tokens.SECRET,
                "parley.origins", "self, null"));
    }

    @BeforeAll
    static void launch() {
        chromium = Chromium.launch();
    }

    @AfterAll
    static void quit() {
        chromium.close();
    }

    @AfterEach
    void noPageReportedAnError() {
        pages.forEach(page -> page.context().close());
        assertThat(complaints).isEmpty();
    }

    /** An empty page, which belongs to nobody. */
    Page blank() {
        return blank(new Browser.NewContextOptions());
    }

    Page blank(Browser.NewContextOptions options) {
        Page page = chromium.newPage(options);
        pages.add(page);
        return page;
    }

    Page open(String path) {
        return open(path, new Browser.NewContextOptions());
    }

    Page open(String path, Browser.NewContextOptions options) {
        return open(chromium.newPage(options), path);
    }

    /** Opens one of Parley's pages here. */
    Page open(Page page, String path) {
        navigate(page, path);
        return page;
    }

    /** The chat page in another tab of the same browser, signed in with this token. */
    Page anotherTab(Page tab, String token) {
        Page page = tab.context().newPage();
        navigate(page, "");
        signInWithToken(page, token);
        return page;
    }

    private void navigate(Page page, String path) {
        pages.add(page);
        page.onPageError(complaints::add);
        page.onConsoleMessage(line -> {
            // What is answered with an error is no mistake of the page.
            boolean isOfNetwork = NETWORK_ERRORS.stream().anyMatch(line.text()::startsWith);
            if (line.text().contains("Content Security Policy") || (line.type().equals("error") && !isOfNetwork)) {
                complaints.add(line.text());
            }
        });
        page.navigate(http().resolve(path).toString());
    }

    /** The chat page of a guest. The server is shared: no other test may have a user of this name. */
    Page signedIn(String name) {
        return signedIn(name, new Browser.NewContextOptions());
    }

    Page signedIn(String name, Browser.NewContextOptions options) {
        return signIn(chromium.newPage(options), name);
    }

    /** Opens the chat page here, for a guest. */
    Page signIn(Page page, String name) {
        navigate(page, "");
        signInAsGuest(page, name);
        return page;
    }

    static void signInAsGuest(Page page, String name) {
        page.fill("#username", name);
        page.click("#sign-in .primary");
        awaitOpen(page);
    }

    /** The chat page of a user. */
    Page signedInWithToken(String token) {
        Page page = open("");
        signInWithToken(page, token);
        return page;
    }

    static void signInWithToken(Page page, String token) {
        page.click("#sign-in summary");
        page.fill("#token", token);
        page.click("#sign-in .primary");
        awaitOpen(page);
    }

    /** The monitor or the administration, of somebody with a token. */
    Page withToken(String path, String token) {
        Page page = open(path);
        page.click("#open-sign-in");
        page.fill("#token", token);
        page.click("#sign-in .primary");
        assertThat(page.locator("#sign-out")).isVisible();
        return page;
    }

    /** The ids of this user's sessions, each of which is a WebSocket. */
    List<String> sessions(String user) {
        try {
            String listed = HttpUser.of(http(), "root", "admin")
                    .get("api/node/sessions?username=" + user)
                    .body();
            return JsonText.object(listed).getJsonArray("sessions").getValuesAs(JsonObject.class).stream()
                    .map(session -> session.getString("session"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError("Interrupted while asking for sessions", e);
        }
    }

    static void awaitOpen(Page page) {
        assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
    }

    static void write(Page page, String text) {
        page.fill("#content", text);
        page.press("#content", "Enter");
    }

    /** A stored message with this text. */
    static Locator message(Page page, String text) {
        return page.locator("#messages .message", having(text));
    }

    static Page.LocatorOptions having(String text) {
        return new Page.LocatorOptions().setHasText(text);
    }

    static void enterRoom(Page page, String name) {
        showSidebar(page);
        page.click("#choose-room");
        page.fill("#room-name", name);
        page.click("#enter-room");
        assertThat(page.locator("#title")).containsText(name.toLowerCase(Locale.ROOT));
    }

    /** On a phone the rooms are behind a button. */
    static void showSidebar(Page page) {
        if (page.locator("#toggle-sidebar").isVisible()) {
            page.click("#toggle-sidebar");
            assertThat(page.locator("#choose-room")).isVisible();
        }
    }

    /** Nothing of these is beyond an edge at the sides of the window. */
    static void assertWithinTheScreen(Locator locator) {
        int width = locator.page().viewportSize().width;
        List<Locator> all = locator.all();
        assertThat(all).isNotEmpty();
        for (Locator each : all) {
            BoundingBox box = each.boundingBox();
            // The browser rounds to fractions of a pixel.
            assertThat(box.x).as("%s", each).isGreaterThan(-1);
            assertThat(box.x + box.width).as("%s", each).isLessThan(width + 1.0);
        }
    }

    /**
     * Holds back what this page is going to send to the server in messages of these types. For a page with a connection
     * of its own, as guests have one.
     *
     * @return what lets each of them go on
     */
    static List<Runnable> holdBack(Page page, String... types) {
        List<Runnable> held = new ArrayList<>();
        page.routeWebSocket("**/chat", socket -> {
            WebSocketRoute server = socket.connectToServer();
            socket.onMessage(frame -> {
                String text = frame.text();
                if (Stream.of(types).anyMatch(type -> text.contains("\"type\":\"" + type + "\""))) {
                    held.add(() -> server.send(text));
                } else {
                    server.send(text);
                }
            });
        });
        return held;
    }

    /** The clock of this page goes on when the test says so; from before it is opened. */
    static Page withStoppedClock(Page page) {
        page.clock().install();
        page.clock().pauseAt(System.currentTimeMillis() + 60_000);
        return page;
    }

    static void screenshot(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions()
                // Otherwise what slides in is half way.
                .setAnimations(ScreenshotAnimations.DISABLED)
                .setPath(ParleyDeployment.Built.FOLDER.resolve("screenshots/" + name + ".png")));
    }
}
