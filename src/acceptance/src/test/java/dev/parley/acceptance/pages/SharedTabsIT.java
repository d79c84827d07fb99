package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The tabs of one browser: a user has one connection in all of them. */
class SharedTabsIT extends PagesTest {
    @Test
    void fiveTabsHaveOneConnectionAndEachGetsAMessageOnce() {
        List<Page> tabs = tabs("tabea", 5);
        assertThat(sessions("tabea")).hasSize(1);

        try (WireClient other = WireClient.guest(ws("/chat"), "other")) {
            other.send("{'type':'chat','id':'c','content':'for five tabs'}");
            other.answer("c");
            write(tabs.get(2), "out of one tab");
            assertThat(other.next("chat", chat -> "tabea".equals(chat.getString("sender")))
                            .getString("content"))
                    .isEqualTo("out of one tab");
            write(tabs.get(4), "the last one");
            for (Page tab : tabs) {
                assertThat(message(tab, "the last one")).hasCount(1);
                assertThat(message(tab, "for five tabs")).hasCount(1);
                assertThat(message(tab, "out of one tab")).hasCount(1);
            }
            other.next("chat", chat -> "the last one".equals(chat.getString("content")));
            assertThat(other.waiting("chat")).noneMatch(chat -> "tabea".equals(chat.getString("sender")));
        }
        assertThat(sessions("tabea")).hasSize(1);
    }

    @Test
    void oneTabEndsNoOtherAndTheLastEndsTheConnection() {
        List<Page> tabs = tabs("tobias", 5);
        List<String> session = sessions("tobias");

        // The one that has started the worker.
        tabs.get(0).close();
        Page away = tabs.get(1);
        away.click("#account");
        away.click("#disconnect");
        assertThat(away.locator("#connection")).hasAttribute("data-state", "CLOSED");
        write(tabs.get(2), "still here");
        for (Page tab : tabs.subList(2, 5)) {
            assertThat(message(tab, "still here")).hasCount(1);
            awaitOpen(tab);
        }
        away.click("#reconnect");
        assertThat(message(away, "still here")).hasCount(1);
        assertThat(sessions("tobias")).as("all the time").isEqualTo(session);

        tabs.subList(1, 5).forEach(Page::close);
        Awaitility.await().until(() -> sessions("tobias").isEmpty());
    }

    @Test
    void tabIsReloadedAndSignedOutForItself() {
        List<Page> tabs = tabs("rosa", 2);
        List<String> session = sessions("rosa");
        Page reloaded = tabs.get(0);

        reloaded.reload();
        awaitOpen(reloaded);
        assertThat(sessions("rosa")).isEqualTo(session);
        reloaded.click("#account");
        reloaded.click("#sign-out");
        assertThat(reloaded.locator("#username")).isVisible();
        write(tabs.get(1), "not signed out");
        assertThat(message(tabs.get(1), "not signed out")).hasCount(1);
        assertThat(sessions("rosa")).isEqualTo(session);
    }

    @Test
    void onlyTabComesBackAfterAReload() {
        Page page = signedInWithToken(Tokens.of("rene"));
        for (int i = 0; i < 3; i++) {
            page.reload();
            awaitOpen(page);
            write(page, "reload " + i);
            assertThat(message(page, "reload " + i)).hasCount(1);
        }
        Awaitility.await().until(() -> sessions("rene").size() == 1);
    }

    @Test
    void anotherUserOrRoleInAnotherTabHasAnotherConnection() {
        Page first = signedInWithToken(Tokens.of("uma"));
        Page other = anotherTab(first, Tokens.of("udo"));
        Page admin = anotherTab(first, Tokens.of("uma", "admin"));

        assertThat(other.locator("#me")).hasText("udo");
        assertThat(sessions("udo")).hasSize(1);
        assertThat(sessions("uma")).hasSize(2);
        admin.click("#account");
        assertThat(admin.locator("a[href='admin.html']")).isVisible();
        first.click("#account");
        assertThat(first.locator("#sign-out")).isVisible();
        assertThat(first.locator("a[href='admin.html']")).hasCount(0);
    }

    @Test
    void whatIsReadInOneTabIsReadInTheOthers() {
        List<Page> tabs = tabs("lena", 2);
        for (Page tab : tabs) {
            enterRoom(tab, "library");
        }
        // One looks elsewhere.
        tabs.get(1).click("#rooms [data-key='room:lobby']");
        try (WireClient other = WireClient.guest(ws("/chat"), "other")) {
            other.send("{'type':'chat','room':'library','content':'a book'}");
            assertThat(message(tabs.get(0), "a book")).hasCount(1);
            write(tabs.get(0), "it is read");
            assertThat(tabs.get(1).locator("#rooms [data-key='room:library'] .badge"))
                    .hasCount(0);
        }
    }

    @Test
    void monitorsHaveOneConnectionToo() {
        List<Page> tabs = tabs("moni", 2);
        for (Page tab : tabs) {
            tab.navigate(http().resolve("monitor.html").toString());
            awaitOpen(tab);
        }
        assertThat(sessions("moni")).hasSize(1);
        for (Page tab : tabs) {
            assertThat(tab.locator("[data-metric-id^='parley.'][data-metric-id$='.sessions'] .value"))
                    .isVisible();
        }
    }

    /** Other browsers keep no page there that has a worker of this kind; then it is loaded again. */
    @Test
    void pageOutOfTheBackForwardCacheCatchesUp() {
        Page page = signedInWithToken(Tokens.of("returner"));
        page.evaluate("addEventListener('pageshow', ({ persisted }) => (window.isOutOfCache = persisted))");
        page.navigate(http().resolve("favicon.svg").toString());
        try (WireClient other = WireClient.guest(ws("/chat"), "other")) {
            other.send("{'type':'chat','id':'b','content':'said behind'}");
            other.answer("b");
        }
        // Playwright's own goBack() waits for a page that loads.
        page.evaluate("void setTimeout(() => history.back(), 0)");

        page.waitForFunction("() => window.isOutOfCache");
        awaitOpen(page);
        assertThat(message(page, "said behind")).hasCount(1);
    }

    /** A browser gives a page no worker of another origin. */
    @Test
    void pageOfAnotherOriginHasAConnectionOfItsOwn() {
        Page page = blank();
        Object state = page.evaluate("""
                async ([url, token]) => {
                  const { connect } = await import(`${url}parley/parley-client.js`);
                  const client = connect({ url: `${url}chat`, token, shared: true });
                  await new Promise((resolve) => client.on('welcome', resolve));
                  client.destroy();
                  return client.me.username;
                }""", List.of(http().toString(), Tokens.of("foreigner")));
        assertThat(state).isEqualTo("foreigner");
    }

    private List<Page> tabs(String user, int count) {
        String token = Tokens.of(user);
        List<Page> tabs = new ArrayList<>(List.of(signedInWithToken(token)));
        while (tabs.size() < count) {
            tabs.add(anotherTab(tabs.get(0), token));
        }
        return tabs;
    }
}
