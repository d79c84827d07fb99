package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
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
    /** Longer than the longest pause between two attempts. */
    private static final LocatorAssertions.HasAttributeOptions COMES_BACK =
            new LocatorAssertions.HasAttributeOptions().setTimeout(60_000);

    private final ServerConfiguration configuration =
            OwnServer.named("reconnect-pages", Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET));
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
        for (Page page : List.of(ana, ben)) {
            PagesTest.enterRoom(page, "duel");
        }
        say(ana, ben, 0, 5);
        server.kill();
        say(ana, ben, 5, 10);

        for (Page page : List.of(ana, ben)) {
            assertThat(page.locator("#connection")).hasAttribute("data-state", "WAITING");
            assertThat(page.locator("#connection [role=status]")).containsText("Offline.");
            assertThat(page.locator("#reconnect")).isVisible();
            assertThat(page.locator("#outgoing .pending").last()).containsText("Will be sent");
        }
        PagesTest.screenshot(ana, "chat-waiting");
        server = configuration.start();
        server.awaitReady(OwnServer.READY);
        say(ana, ben, 10, 15);

        for (Page page : List.of(ana, ben)) {
            assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN", COMES_BACK);
            assertThat(page.locator("#outgoing .message")).hasCount(0);
            assertThat(page.locator("#messages .message")).hasCount(30);
            List<String> contents = page.locator("#messages .content").allTextContents().stream()
                    .map(String::strip)
                    .toList();
            for (String name : List.of("ana", "ben")) {
                assertThat(contents.stream().filter(content -> content.startsWith(name)))
                        .as("what %s said", name)
                        .containsExactlyElementsOf(IntStream.range(0, 15)
                                .mapToObj(i -> name + " " + i)
                                .toList());
            }
        }
        assertThat(ana.locator("#messages .content").allTextContents())
                .isEqualTo(ben.locator("#messages .content").allTextContents());
        Stream.of(ana, ben).forEach(page -> page.context().close());
    }

    @Test
    void pageThatWasFrozenWithoutANetworkCatchesUp() {
        Page page = signedIn("sleeper");
        CDPSession browser = page.context().newCDPSession(page);
        try (WireClient other = WireClient.guest(OwnServer.ws(server.baseUri(), "/chat"), "other")) {
            page.context().setOffline(true);
            browser.send("Page.setWebLifecycleState", lifecycle("frozen"));
            for (int i = 0; i < 10; i++) {
                other.send("{'type':'chat','id':'lid" + i + "','content':'while asleep " + i + "'}");
                other.answer("lid" + i);
            }
            page.context().setOffline(false);
            browser.send("Page.setWebLifecycleState", lifecycle("active"));
            assertThat(page.locator("#messages .message", PagesTest.having("while asleep")))
                    .hasCount(10);
            PagesTest.awaitOpen(page);
        }
        page.context().close();
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

    private Page signedIn(String name) {
        Page page = chromium.newPage();
        page.navigate(server.baseUri().toString());
        page.fill("#username", name);
        page.click("#sign-in .primary");
        PagesTest.awaitOpen(page);
        return page;
    }

    /** The connection is lost and opened in the worker; the tabs send again what got no ack. */
    @Test
    void tabsOfOneConnectionLoseNothingWhenTheServerIsKilled() {
        List<Page> tabs = tabs("tandem");
        for (Page page : tabs) {
            PagesTest.enterRoom(page, "tandem");
        }
        say(tabs.get(0), tabs.get(1), 0, 5);
        server.kill();
        say(tabs.get(0), tabs.get(1), 5, 10);
        for (Page page : tabs) {
            assertThat(page.locator("#connection")).hasAttribute("data-state", "WAITING");
        }
        server = configuration.start();
        server.awaitReady(OwnServer.READY);
        say(tabs.get(0), tabs.get(1), 10, 15);

        for (Page page : tabs) {
            assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN", COMES_BACK);
            assertThat(page.locator("#outgoing .message")).hasCount(0);
            assertThat(page.locator("#messages .message")).hasCount(30);
            for (String name : List.of("ana", "ben")) {
                assertThat(contents(page).filter(content -> content.startsWith(name)))
                        .containsExactlyElementsOf(IntStream.range(0, 15)
                                .mapToObj(i -> name + " " + i)
                                .toList());
            }
        }
        assertThat(contents(tabs.get(0)))
                .containsExactlyElementsOf(contents(tabs.get(1)).toList());
        tabs.get(0).context().close();
    }

    private static Stream<String> contents(Page page) {
        return page.locator("#messages .content").allTextContents().stream().map(String::strip);
    }

    /** Two tabs of one browser and one user. */
    private List<Page> tabs(String user) {
        Page first = chromium.newPage();
        List<Page> tabs = List.of(first, first.context().newPage());
        for (Page page : tabs) {
            page.navigate(server.baseUri().toString());
            PagesTest.signInWithToken(page, Tokens.of(user));
        }
        return tabs;
    }
}
