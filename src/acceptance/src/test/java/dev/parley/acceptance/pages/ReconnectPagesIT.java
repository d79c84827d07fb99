package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import com.google.gson.JsonObject;
import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.parley.acceptance.browser.Chromium;
import dev.parley.acceptance.browser.PlainChromium;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The chat page while its server, its network or its own time stops. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReconnectPagesIT {
    private static final int LID_MILLIS = 60_000;
    /** Longer than the longest pause between two attempts. */
    private static final LocatorAssertions.HasAttributeOptions COMES_BACK =
            new LocatorAssertions.HasAttributeOptions().setTimeout(60_000);

    private final ServerConfiguration configuration = OwnServer.named(
            "reconnect-pages",
            Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET, "parley.message.max", "10KiB"));
    private RunningServer server;
    private Chromium chromium;

    @BeforeAll
    void start() {
        chromium = Chromium.launch();
        server = configuration.start();
        server.awaitReady(OwnServer.READY);
    }

    @AfterAll
    void stop() {
        server.close();
        chromium.close();
    }

    @Test
    void nothingIsLostDoubledOrReorderedWhenTheServerIsKilledWhileBothWrite() {
        Page ana = signedIn("ana");
        Page ben = signedIn("ben");
        writeWhileTheServerIsKilled(ana, ben, "duel", () -> {
            for (Page page : List.of(ana, ben)) {
                assertThat(page.locator("#connection [role=status]")).containsText("Offline.");
                assertThat(page.locator("#reconnect")).isVisible();
                assertThat(page.locator("#outgoing .pending").last()).containsText("Will be sent");
            }
            PagesTest.screenshot(ana, "chat-waiting");
        });
        Stream.of(ana, ben).forEach(page -> page.context().close());
    }

    /** The connection is lost and opened in the worker; the tabs send again what got no ack. */
    @Test
    void tabsOfOneConnectionLoseNothingWhenTheServerIsKilled() {
        Page first = signedInWithToken(chromium.newPage(), "tandem");
        Page second = signedInWithToken(first.context().newPage(), "tandem");
        writeWhileTheServerIsKilled(first, second, "tandem", () -> {});
        first.context().close();
    }

    /**
     * Lets two pages write in a room before the server is killed, while it is away, and after it was started again.
     *
     * @param whileAway called when both pages wait for the server
     */
    private void writeWhileTheServerIsKilled(Page ana, Page ben, String room, Runnable whileAway) {
        for (Page page : List.of(ana, ben)) {
            PagesTest.enterRoom(page, room);
        }
        say(ana, ben, 0, 5);
        server.kill();
        say(ana, ben, 5, 10);
        for (Page page : List.of(ana, ben)) {
            assertThat(page.locator("#connection")).hasAttribute("data-state", "WAITING");
        }
        whileAway.run();
        server = configuration.start();
        server.awaitReady(OwnServer.READY);
        say(ana, ben, 10, 15);

        for (Page page : List.of(ana, ben)) {
            assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN", COMES_BACK);
            assertThat(page.locator("#outgoing .message")).hasCount(0);
            assertThat(page.locator("#messages .message")).hasCount(30);
            assertInOrder(page);
        }
        assertThat(contents(ana)).isEqualTo(contents(ben));
    }

    /** The lid is closed for a minute: the network goes, and the page is frozen. */
    @Test
    void pageOfAClosedLaptopSaysThatItWasAwayAndCatchesUp() throws Exception {
        try (PlainChromium laptop = PlainChromium.launch();
                WireClient other = WireClient.guest(OwnServer.ws(server.baseUri(), "/chat"), "other")) {
            Page page = signedIn(laptop.newPage(), "sleeper");
            PagesTest.enterRoom(page, "night");
            recordLifecycle(page);
            CDPSession lid = page.context().newCDPSession(page);
            page.context().setOffline(true);
            PagesTest.write(page, "good night");
            lid.send("Page.setWebLifecycleState", lifecycle("frozen"));
            say(other, "night", 0, 10);
            page.waitForTimeout(LID_MILLIS);
            say(other, "night", 10, 20);
            lid.send("Page.setWebLifecycleState", lifecycle("active"));

            assertThat(page.locator("#connection")).hasAttribute("data-state", "WAITING");
            assertThat(page.locator("#connection [role=status]")).containsText("Offline.");
            assertThat(page.locator("#outgoing .pending")).containsText("good night");
            page.context().setOffline(false);

            assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN", COMES_BACK);
            assertThat(page.locator("#outgoing .message")).hasCount(0);
            assertThat(page.locator("#messages .content"))
                    .hasText(Stream.concat(said(20), Stream.of("good night")).toArray(String[]::new));
            assertThat(page.evaluate("lifecycle")).isEqualTo(List.of("freeze", "resume"));
        }
    }

    @Test
    void pageFromTheBackForwardCacheCatchesUp() throws Exception {
        try (PlainChromium chromium = PlainChromium.launch();
                WireClient other = WireClient.guest(OwnServer.ws(server.baseUri(), "/chat"), "other")) {
            Page page = signedIn(chromium.newPage(), "wanderer");
            PagesTest.enterRoom(page, "porch");
            say(other, "porch", 0, 10);
            assertThat(page.locator("#messages .content")).hasCount(10);
            recordLifecycle(page);
            page.navigate(server.baseUri().resolve("monitor.html").toString());
            say(other, "porch", 10, 20);
            // Playwright's goBack waits for the load of a page, and this one is not loaded again.
            page.evaluate("history.back()");

            assertThat(page.locator("#messages .content")).hasText(said(20).toArray(String[]::new));
            PagesTest.awaitOpen(page);
            assertThat(page.evaluate("lifecycle")).asInstanceOf(LIST).contains("freeze", "pageshow true");
        }
    }

    /** As one does whose browser has the page in its cache, or gets it from another node. */
    @Test
    void pageThatIsReloadedWhileTheServerIsAwayCountsDownAndComesBackAtOnceWhenAsked() {
        Page page = chromium.newPage();
        keepFiles(page);
        // The longest pauses that there may be between two attempts.
        page.addInitScript("Math.random = () => 0.999");
        page.clock().install();
        signedIn(page, "keeper");
        server.kill();
        page.reload();
        assertThat(page.locator("#connection")).hasAttribute("data-state", "WAITING");
        PagesTest.write(page, "y".repeat(20_000));
        PagesTest.write(page, "still here");
        assertThat(page.locator("#outgoing .pending")).hasCount(2);

        page.clock().pauseAt(System.currentTimeMillis() + 3_600_000);
        Locator countdown = page.locator("#connection .countdown");
        Locator longest = page.locator("#connection .countdown", PagesTest.having("Next try in 30 s."));
        page.waitForCondition(() -> {
            if (longest.count() == 1) {
                return true;
            }
            // The next attempt, or the end of one that is under way.
            page.clock().fastForward(31_000);
            return false;
        });
        page.clock().runFor(10_000);
        assertThat(countdown).hasText("Next try in 20 s.");
        assertThat(page.locator("#connection [role=status]")).containsText("Offline.");
        assertThat(page.locator("#connection [role=status]")).not().containsText("Next try");
        assertThat(countdown).hasAttribute("aria-hidden", "true");

        server = configuration.start();
        server.awaitReady(OwnServer.READY);
        // The clock of the page stands still.
        assertThat(page.locator("#connection")).hasAttribute("data-state", "WAITING");
        page.click("#reconnect");
        PagesTest.awaitOpen(page);
        assertThat(PagesTest.message(page, "still here")).hasCount(1);
        Locator failed = page.locator("#outgoing .failed");
        assertThat(failed.locator(".delivery")).containsText("20000 bytes; the server takes 10240");
        assertThat(failed.locator(".retry")).hasCount(0);
        failed.locator(".edit").click();
        assertThat(failed).hasCount(0);
        assertThat(page.locator("#content")).hasValue("y".repeat(20_000));
        page.context().close();
    }

    /** Gives a page its files when its server is away. */
    private static void keepFiles(Page page) {
        // Files that a test gives come from no network, and what comes from none must not connect to this machine.
        page.context().grantPermissions(List.of("local-network-access"));
        Map<String, APIResponse> files = new HashMap<>();
        page.route("**", route -> {
            String url = route.request().url();
            if (route.request().resourceType().equals("fetch")) {
                route.resume();
                return;
            }
            if (!files.containsKey(url)) {
                files.put(url, route.fetch());
            }
            route.fulfill(new Route.FulfillOptions().setResponse(files.get(url)));
        });
    }

    /** Lets the page remember what the browser does with it. A page that is loaded again knows nothing of it. */
    private static void recordLifecycle(Page page) {
        page.evaluate("""
                () => {
                  window.lifecycle = [];
                  addEventListener('pageshow', ({ persisted }) => lifecycle.push(`pageshow ${persisted}`));
                  for (const type of ['freeze', 'resume']) document.addEventListener(type, () => lifecycle.push(type));
                }""");
    }

    private static JsonObject lifecycle(String state) {
        JsonObject arguments = new JsonObject();
        arguments.addProperty("state", state);
        return arguments;
    }

    private static void say(Page ana, Page ben, int from, int to) {
        for (int i = from; i < to; i++) {
            PagesTest.write(ana, "ana " + i);
            PagesTest.write(ben, "ben " + i);
        }
    }

    private static void say(WireClient other, String room, int from, int to) {
        for (int i = from; i < to; i++) {
            other.send("{'type':'chat','id':'said" + i + "','room':'" + room + "','content':'said " + i + "'}");
            other.answer("said" + i);
        }
    }

    private static Stream<String> said(int count) {
        return IntStream.range(0, count).mapToObj(i -> "said " + i);
    }

    private Page signedIn(String name) {
        return signedIn(chromium.newPage(), name);
    }

    private Page signedIn(Page page, String name) {
        page.navigate(server.baseUri().toString());
        PagesTest.signInAsGuest(page, name);
        return page;
    }

    private Page signedInWithToken(Page page, String name) {
        page.navigate(server.baseUri().toString());
        PagesTest.signInWithToken(page, Tokens.of(name));
        return page;
    }

    private static void assertInOrder(Page page) {
        List<String> contents = contents(page);
        for (String name : List.of("ana", "ben")) {
            assertThat(contents.stream().filter(content -> content.startsWith(name)))
                    .as("what %s said", name)
                    .containsExactlyElementsOf(
                            IntStream.range(0, 15).mapToObj(i -> name + " " + i).toList());
        }
    }

    private static List<String> contents(Page page) {
        return page.locator("#messages .content").allTextContents().stream()
                .map(String::strip)
                .toList();
    }
}
