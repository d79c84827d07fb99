package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pages in each theme, language and size, with the keyboard, and as axe-core judges them. */
class AccessiblePagesIT extends PagesTest {
    private static final String AXE = readAxe();

    /** What axe-core finds serious or worse: a rule, and the elements that break it. */
    private static final String FINDINGS = """
            async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
              .filter(({ impact }) => impact === 'serious' || impact === 'critical')
              .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) =>
                `${target.flat().join(' ')} (${failureSummary})`).join('; ')}`)""";

    @ParameterizedTest
    @CsvSource({"LIGHT, 1280, 800", "DARK, 1280, 800", "LIGHT, 360, 740", "DARK, 360, 740"})
    void pagesFitTheirScreenAndAreAccessible(ColorScheme theme, int width, int height) {
        Browser.NewContextOptions screen =
                new Browser.NewContextOptions().setColorScheme(theme).setViewportSize(width, height);
        Map<String, Page> shown = new LinkedHashMap<>();
        shown.put("sign-in", open("", screen));
        shown.put("chat", busyChat(screen));
        Page monitor = open("monitor.html", screen);
        assertThat(monitor.locator("metric-card")).hasCount(6);
        shown.put("monitor", monitor);
        Page admin = open("admin.html", screen);
        admin.click("main .primary");
        admin.fill("#token", Tokens.of("root", "admin"));
        admin.click("#sign-in .primary");
        assertThat(admin.locator("#sessions")).isVisible();
        shown.put("admin", admin);

        shown.forEach((name, page) -> {
            String picture = "%s-%s-%d".formatted(name, theme, width).toLowerCase(Locale.ROOT);
            screenshot(page, picture);
            ChatPagesIT.assertNoSidewaysScrolling(page);
            assertAccessible(page, picture);
        });
        Page chat = shown.get("chat");
        for (String panel : new String[] {"people", "search", "notifications"}) {
            chat.click("#show-" + panel);
            assertThat(chat.locator(".panel")).isVisible();
            screenshot(chat, "chat-%s-%s-%d".formatted(panel, theme, width).toLowerCase(Locale.ROOT));
            ChatPagesIT.assertNoSidewaysScrolling(chat);
            assertAccessible(chat, panel);
            chat.keyboard().press("Escape");
            assertThat(chat.locator("#show-" + panel)).isFocused();
        }
        showSidebar(chat);
        chat.click("#choose-room");
        assertThat(chat.locator("#enter-room")).isVisible();
        screenshot(chat, "chat-rooms-%s-%d".formatted(theme, width).toLowerCase(Locale.ROOT));
        assertAccessible(chat, "rooms");
    }

    @Test
    void disconnectedPageIsAccessibleAndItsTitleIsReadable() {
        Page page = signedIn("narrow", new Browser.NewContextOptions().setViewportSize(360, 740));
        page.click("#toggle-sidebar");
        page.click("#account");
        page.click("#disconnect");
        page.keyboard().press("Escape");
        assertThat(page.locator("#sidebar")).not().hasClass("shown");
        assertThat(page.locator("#connection")).hasAttribute("data-state", "CLOSED");
        write(page, "waits for the connection");

        assertThat(page.locator("#title")).isInViewport();
        assertThat(page.locator("#reconnect")).isInViewport();
        assertThat(page.locator("#outgoing .pending")).isInViewport();
        screenshot(page, "chat-closed-360");
        assertAccessible(page, "closed");
    }

    @ParameterizedTest
    @CsvSource({"en-GB, en, Your name", "zh-CN, zh-Hans, 你的名字", "zh-TW, zh-Hant, 你的名字", "de-DE, en, Your name"})
    void languageIsThatOfTheBrowser(String browser, String language, String name) {
        Page page = open("", new Browser.NewContextOptions().setLocale(browser));
        assertThat(page.locator("html")).hasAttribute("lang", language);
        assertThat(page.locator("label[for=username]")).hasText(name);
    }

    @Test
    void languageIsSwitchedAndRememberedAndErrorsAreTranslated() {
        Page page = signedIn("多语");
        page.click("#account");
        page.selectOption("#language", "zh-Hant");
        assertThat(page.locator("#rooms-title")).hasText("聊天室");
        assertThat(page.locator("#content")).hasAttribute("placeholder", Pattern.compile("傳訊息到"));
        page.reload();
        assertThat(page.locator("#rooms-title")).hasText("聊天室");

        page.click("#choose-room");
        page.fill("#room-name", "not a name");
        page.click("#enter-room");
        assertThat(page.locator("#join-problem")).hasText("伺服器不接受此內容。");
        screenshot(page, "chat-zh-hant");
        page.keyboard().press("Escape");
        page.click("#account");
        page.selectOption("#language", "en");
        assertThat(page.locator("#rooms-title")).hasText("Rooms");
    }

    @Test
    void themeIsSwitchedAndRemembered() {
        Page page = open("", new Browser.NewContextOptions().setColorScheme(ColorScheme.LIGHT));
        String light = ground(page);
        page.selectOption("#theme", "dark");
        String dark = ground(page);
        assertThat(dark).isNotEqualTo(light);
        page.reload();
        assertThat(page.locator("#theme")).hasValue("dark");
        assertThat(ground(page)).isEqualTo(dark);
        page.selectOption("#theme", "system");
        assertThat(ground(page)).isEqualTo(light);
    }

    @Test
    void everythingIsReachedWithTheKeyboard() {
        Page page = signedIn("keys");
        assertThat(page.locator("#content")).isFocused();
        page.keyboard().type("typed");
        page.keyboard().press("Enter");
        assertThat(message(page, "typed")).hasCount(1);
        assertThat(page.locator("#content")).isFocused();

        page.locator("#choose-room").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("#room-name")).isVisible();
        page.locator("#room-name").focus();
        page.keyboard().type("keyboards");
        page.keyboard().press("Enter");
        assertThat(page.locator("#title")).containsText("keyboards");
        assertThat(page.locator("#content")).isFocused();

        page.locator("#show-people").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("people-panel")).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.locator("people-panel")).hasCount(0);
        assertThat(page.locator("#show-people")).isFocused();
    }

    @Test
    void focusStaysWhenSomebodyComesOrWrites() {
        Page page = signedIn("steady");
        page.click("#show-people");
        page.locator("#rooms [data-key='room:lobby']").focus();
        try (WireClient other = WireClient.guest(ws("/chat"), "newcomer")) {
            assertThat(page.locator("#members [data-name=newcomer]")).isVisible();
            other.send("{'type':'chat','content':'good morning'}");
            assertThat(message(page, "good morning").first()).isVisible();
        }
        assertThat(page.locator("#members [data-name=newcomer]")).hasCount(0);
        assertThat(page.locator("#rooms [data-key='room:lobby']")).isFocused();
    }

    @Test
    void whoReadsAtTheEndStaysThereWhenTheWindowChanges() {
        Page page = signedIn("resized");
        enterRoom(page, "sizes");
        for (int i = 0; i < 30; i++) {
            write(page, "line " + i);
        }
        assertThat(message(page, "line 29")).isInViewport();
        page.setViewportSize(700, 300);
        assertThat(message(page, "line 29")).isInViewport();
        page.setViewportSize(360, 500);
        assertThat(message(page, "line 29")).isInViewport();
    }

    @Test
    void mentionIsCompletedWithTheKeyboard() {
        Page page = signedIn("writer2");
        try (WireClient other = WireClient.guest(ws("/chat"), "margarete")) {
            page.click("#show-people");
            assertThat(page.locator("#members [data-name=margarete]")).isVisible();
            page.click("#content");
            page.keyboard().type("hi @marg");
            assertThat(page.locator("#suggestions li")).containsText("margarete");
            page.keyboard().press("Enter");
            assertThat(page.locator("#content")).hasValue("hi @margarete ");
            assertThat(other.isOpen()).isTrue();
        }
    }

    private Page busyChat(Browser.NewContextOptions screen) {
        Page page = signedIn("Mei Lin", screen);
        try (WireClient service = WireClient.user(ws("/chat"), "deploy-bot", "notify");
                WireClient tom = WireClient.guest(ws("/chat"), "Tom")) {
            enterRoom(page, "design");
            tom.send("{'type':'chat','room':'design',"
                    + "'content':'Morning! The **new palette** is up, see https://example.org/palette'}");
            write(page, "Looks calm. Two things:\n\n- more contrast on the *timestamps*\n- `--quiet` is too light");
            tom.send("{'type':'chat','room':'design','content':'@Mei good points 👍'}");
            tom.send("{'type':'chat','room':'design','content':'🎉'}");
            service.send("{'type':'notification','room':'design','title':'Preview ready',"
                    + "'content':'build 482 is on staging','level':'info'}");
            write(page, "A long word: " + "x".repeat(200));
            assertThat(message(page, "A long word").first()).isVisible();
            assertThat(message(page, "build 482").first()).isVisible();
        }
        return page;
    }

    private static String ground(Page page) {
        return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
    }

    private static void assertAccessible(Page page, String name) {
        page.evaluate(AXE);
        assertThat((Iterable<?>) page.evaluate(FINDINGS)).as(name).isEmpty();
    }

    /** The script that axe-core is, from its WebJar. */
    private static String readAxe() {
        ClassLoader loader = AccessiblePagesIT.class.getClassLoader();
        try (InputStream pom = loader.getResourceAsStream("META-INF/maven/org.webjars.npm/axe-core/pom.properties")) {
            Properties properties = new Properties();
            properties.load(pom);
            String path = "META-INF/resources/webjars/axe-core/" + properties.getProperty("version") + "/axe.min.js";
            try (InputStream script = loader.getResourceAsStream(path)) {
                return new String(script.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new IllegalStateException("axe-core is not on the class path.", e);
        }
    }
}
