package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.WebSocketRoute;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import com.microsoft.playwright.options.ReducedMotion;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

    /** The contrast between an element's own text and what is behind it. */
    private static final String CONTRAST = """
            (element) => {
              const { getBackgroundColor, getContrast, getForegroundColor } = axe.commons.color;
              axe.setup(document);
              try {
                return getContrast(getBackgroundColor(element), getForegroundColor(element));
              } finally {
                axe.teardown();
              }
            }""";

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
        shown.put("admin", administration(screen));

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

    @ParameterizedTest
    @CsvSource({"LIGHT", "DARK"})
    void whatComesUpInTheChatIsAccessible(ColorScheme theme) {
        // The server is the same for both.
        String name = theme.name().toLowerCase(Locale.ROOT);
        String room = "states-" + name;
        Page page = blank(new Browser.NewContextOptions().setColorScheme(theme));
        page.clock().install();
        holdBack(page, "chat", "upload");
        signIn(page, "ines");
        enterRoom(page, room);
        page.click("#account");
        page.click("#disconnect");
        write(page, "too late");
        assertThat(page.locator("#outgoing .pending")).hasCount(1);
        page.clock().fastForward("12:00:01");
        Locator failed = page.locator("#outgoing .failed");
        assertThat(failed).hasCount(1);
        page.click("#reconnect");
        awaitOpen(page);
        write(page, "on its way");
        page.setInputFiles("#files", new FilePayload("slow.txt", "text/plain", new byte[] {'x'}));
        Locator pending = page.locator("#outgoing .pending");
        assertThat(pending).hasCount(2);
        assertThat(pending.last().locator("progress")).isVisible();
        screenshot(page, "chat-outgoing-" + name);
        assertAccessible(page, "outgoing messages");
        assertReadable(failed.locator(".delivery span"));
        assertReadable(pending.first().locator(".delivery"));
        assertReadable(pending.last().locator("p"));

        try (WireClient other = WireClient.guest(ws("/chat"), "otis");
                WireClient service = WireClient.user(ws("/chat"), "clockwork", "notify")) {
            other.send("{'type':'join','room':'" + room + "'}");
            other.next("joined");
            other.send("{'type':'chat','room':'" + room + "','content':'a needle'}");
            other.send("{'type':'chat','content':'over to you, @Ines'}");
            service.send("{'type':'notification','title':'Disk','content':'almost full','level':'warning'}");
            Locator badge = page.locator("#rooms [data-key='room:lobby'] .badge.mention");
            Locator notice = page.locator("#notifications .warning");
            assertThat(message(page, "a needle")).isVisible();
            assertThat(badge).isVisible();
            assertThat(notice).isVisible();
            other.send("{'type':'typing','room':'" + room + "'}");
            assertThat(page.locator("#typing")).containsText("otis");
            // Soon: it goes after five seconds, and axe-core may take longer for the page.
            assertReadable(page.locator("#typing"));
            assertAccessible(page, "news");
            assertReadable(badge.locator("span").first());
            assertReadable(notice.locator(".title"));
            assertReadable(notice.locator(".content p"));
            notice.locator("button").click();
        }
        page.click("#show-search");
        page.fill("#query", "needle");
        page.press("#query", "Enter");
        assertThat(page.locator("#found mark")).hasText("needle");
        assertAccessible(page, "search");
        assertReadable(page.locator("#found mark"));
        page.keyboard().press("Escape");

        page.click("#account");
        assertThat(page.locator("#theme")).isVisible();
        assertAccessible(page, "account");
        page.keyboard().press("Escape");
        page.click("#choose-emoji");
        assertThat(page.locator("#emoji")).isVisible();
        assertAccessible(page, "emoji");
    }

    @ParameterizedTest
    @CsvSource({"LIGHT", "DARK"})
    void whatTellsOfTroubleIsAccessible(ColorScheme theme) {
        Browser.NewContextOptions screen = new Browser.NewContextOptions().setColorScheme(theme);
        Page chat = blank(screen);
        List<WebSocketRoute> sockets = new ArrayList<>();
        chat.routeWebSocket("**/chat", socket -> {
            socket.connectToServer();
            sockets.add(socket);
        });
        signIn(chat, "exile");
        sockets.get(0).send("{\"type\":\"goodbye\",\"reason\":\"restart\",\"reconnectAfter\":3600000}");
        sockets.get(0).close(new WebSocketRoute.CloseOptions().setCode(4002));
        assertThat(chat.locator("#connection")).hasAttribute("data-state", "WAITING");
        assertThat(chat.locator("#connection .countdown")).isVisible();
        assertAccessible(chat, "waiting");
        assertReadable(chat.locator("#connection [role=status]"));
        assertReadable(chat.locator("#connection .countdown"));

        Page monitor = blank(screen);
        monitor.clock().install();
        open(monitor, "monitor.html");
        // The server is the same for both, and shows the last value of a metric at once.
        String metric = "icehouse-" + theme.name().toLowerCase(Locale.ROOT);
        MonitorPagesIT.watch(monitor, metric);
        Locator card = monitor.locator("metric-card[data-metric-id='" + metric + "']");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'" + metric + "','value':-4}");
            assertThat(card.locator(".value")).hasText("-4");
        }
        monitor.clock().fastForward(31_000);
        assertThat(card).hasAttribute("data-stale", "");
        assertAccessible(monitor, "old value");
        assertReadable(card.locator(".value"));
        assertReadable(card.locator(".age"));

        try (WireClient user = WireClient.user(ws("/chat"), "asked-about")) {
            Page administration = administration(screen);
            administration
                    .locator("#sessions tr", having("asked-about"))
                    .locator("button")
                    .click();
            assertThat(administration.locator("#confirm")).isVisible();
            assertAccessible(administration, "question");
            assertReadable(administration.locator("#confirm"));
            assertThat(user.isOpen()).isTrue();
        }
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

    @ParameterizedTest
    @CsvSource({"monitor.html, Monitor, 監控", "admin.html, Administration, 管理"})
    void headOfAPageSwitchesTheLanguageAndSignsOut(String path, String title, String chineseTitle) {
        Page page = withToken(path, Tokens.of("root", "admin"));
        Locator heading = page.locator("h1");
        assertThat(heading).hasText(title);
        page.click("#preferences");
        page.selectOption("#language", "zh-Hant");
        assertThat(heading).hasText(chineseTitle);
        assertThat(page.locator("html")).hasAttribute("lang", "zh-Hant");
        page.keyboard().press("Escape");

        page.click("#sign-out");
        assertThat(page.locator("#open-sign-in")).isVisible();
        assertThat(page.evaluate("sessionStorage.getItem('parley.session')")).isNull();
        // A choice of the person at this browser, and none of the one with the token.
        assertThat(heading).hasText(chineseTitle);
        page.reload();
        assertThat(page.locator("#open-sign-in")).isVisible();
        assertThat(page.locator("#sessions")).hasCount(0);
    }

    @ParameterizedTest
    @CsvSource({"zh-CN, zh-Hans, 发送, 监控, 管理", "zh-TW, zh-Hant, 傳送, 監控, 管理"})
    void pagesFitAPhoneInChinese(
            String browser, String language, String send, String monitorTitle, String administrationTitle) {
        Browser.NewContextOptions phone =
                new Browser.NewContextOptions().setLocale(browser).setViewportSize(360, 740);
        Page chat = busyChat(phone);
        assertThat(chat.locator("#send")).hasAttribute("aria-label", send);
        assertWithinTheScreen(chat.locator("chat-header button, #title, #title .cut"));
        assertWithinTheScreen(chat.locator("#composer, #content, #attach, #choose-emoji, #send"));
        LocatorAssertions.IsInViewportOptions wholly = new LocatorAssertions.IsInViewportOptions().setRatio(0.99);
        assertThat(chat.locator("chat-header")).isInViewport(wholly);
        assertThat(chat.locator("#composer")).isInViewport(wholly);
        Page monitor = open("monitor.html", phone);
        assertThat(monitor.locator("metric-card")).hasCount(6);
        assertThat(monitor.locator("h1")).hasText(monitorTitle);
        assertWithinTheScreen(monitor.locator("#open-sign-in, #subscribe button, #minutes, #filter, #pause"));
        assertWithinTheScreen(monitor.locator("metric-card #set, .chips button"));
        Page administration = administration(phone);
        assertThat(administration.locator("h1")).hasText(administrationTitle);
        assertWithinTheScreen(administration.locator("#sign-out, #announce button, #revoke button, #username, .node"));
        for (Page page : List.of(monitor, administration)) {
            assertWithinTheScreen(page.locator("page-header nav a, #preferences"));
        }

        Map<String, Page> shown = Map.of("chat", chat, "monitor", monitor, "admin", administration);
        shown.forEach((name, page) -> {
            String picture = "%s-%s-360".formatted(name, language).toLowerCase(Locale.ROOT);
            screenshot(page, picture);
            assertThat(page.locator("html")).hasAttribute("lang", language);
            ChatPagesIT.assertNoSidewaysScrolling(page);
            assertAccessible(page, picture);
        });
    }

    @Test
    void namesFromRightToLeftStayInTheirPlace() {
        String room = "אולם.1";
        Page page = signedInWithToken(Tokens.of("from-the-left"));
        enterRoom(page, room);
        page.setInputFiles("#files", new FilePayload("\u202Egpj.exe", "text/plain", new byte[] {'x'}));
        Locator refused = page.locator("#outgoing .failed");
        assertThat(refused).containsText("\u202Egpj.exe");
        assertThat(refused.locator(".delivery")).containsText("Not sent.");

        try (WireClient dana = WireClient.user(ws("/chat"), "דנה 7", "notify")) {
            dana.send("{'type':'join','room':'" + room + "'}");
            dana.next("joined");
            dana.send("{'type':'chat','room':'" + room + "','content':'שלום 12'}");
            String file = dana.upload(room, "תמונה 3.txt", "text/plain", new byte[] {'x'})
                    .getString("id");
            dana.send("{'type':'chat','room':'" + room + "','content':'קובץ','attachment':{'id':'" + file + "'}}");
            dana.send("{'type':'notification','room':'" + room + "','title':'\u202Eeltit','content':'news'}");

            Locator said = message(page, "שלום 12");
            for (Locator name : List.of(
                    said.locator(".sender"),
                    said.locator(".content"),
                    page.locator("#messages .file bdi"),
                    page.locator("#title .cut"),
                    page.locator("#rooms [data-key='room:" + room + "'] .cut"))) {
                assertThat(name).hasCSS("direction", "rtl");
            }
            assertBefore(said.locator(".sender"), said.locator("time"));
            assertBefore(page.locator("#messages .file bdi"), page.locator("#messages .file .quiet"));
            Locator notice = message(page, "eltit");
            assertThat(notice.locator(".title")).hasText("\u202Eeltit");
            assertBefore(notice.locator(".sender"), notice.locator("time"));

            page.click("#show-people");
            assertThat(page.locator("#members [data-name='דנה 7'] .cut")).hasCSS("direction", "rtl");
            page.click("#show-notifications");
            Locator past = page.locator("#past-notifications li", having("eltit"));
            assertThat(past.locator("h3")).hasText("\u202Eeltit");
            assertBefore(past.locator("p.quiet bdi"), past.locator("time"));
            page.click("#show-search");
            page.fill("#query", "שלום");
            page.press("#query", "Enter");
            assertThat(page.locator("#found li")).hasCount(1);
            assertBefore(page.locator("#found strong bdi"), page.locator("#found time"));
            screenshot(page, "chat-right-to-left");
        }
    }

    @Test
    void longNamesBreakNoLayoutOnAPhone() {
        String wide = "W".repeat(64);
        String room = "w".repeat(64);
        Browser.NewContextOptions phone = new Browser.NewContextOptions()
                .setViewportSize(360, 740)
                // Or a part of the page would still be on its way in.
                .setReducedMotion(ReducedMotion.REDUCE);
        Page page = signedIn("M".repeat(64), phone);
        try (WireClient other = WireClient.user(ws("/chat"), wide, "notify")) {
            other.send("{'type':'join','room':'" + room + "'}");
            other.next("joined");
            showSidebar(page);
            assertWithinTheScreen(page.locator("#account, #me, #account .tag"));
            page.click("#choose-room");
            Locator entry = page.locator("#found-rooms li", having(room));
            assertThat(entry).isVisible();
            assertWithinTheScreen(entry.locator("button, .cut"));
            screenshot(page, "chat-names-dialog-360");
            entry.locator("button").click();
            assertThat(page.locator("#title")).containsText(room);
            assertWithinTheScreen(page.locator("#title, #title .cut, chat-header button"));

            other.send("{'type':'chat','room':'" + room + "','content':'hello'}");
            other.send("{'type':'notification','room':'" + room + "','title':'" + "T".repeat(200)
                    + "','content':'to everybody here'}");
            assertThat(message(page, "to everybody here")).hasCount(1);
            assertWithinTheScreen(page.locator("#messages .sender, #messages time, #messages .title"));

            page.click("#show-people");
            Locator person = page.locator("#members [data-name='" + wide + "'] button");
            assertThat(person).isVisible();
            assertWithinTheScreen(page.locator("#members .person, #members .cut, #members .tag, .panel .top .icon"));
            page.keyboard().press("Escape");
            page.click("#show-notifications");
            assertThat(page.locator("#past-notifications li", having("to everybody here")))
                    .isVisible();
            assertWithinTheScreen(page.locator("#past-notifications h3, #past-notifications bdi"));
            page.keyboard().press("Escape");
            page.click("#show-search");
            page.fill("#query", "hello");
            page.press("#query", "Enter");
            assertThat(page.locator("#found li")).hasCount(1);
            assertWithinTheScreen(page.locator("#found bdi, #found time"));
            screenshot(page, "chat-names-panel-360");
            page.keyboard().press("Escape");

            page.click("#show-people");
            person.click();
            assertThat(page.locator("message-list .empty p")).containsText(wide);
            assertWithinTheScreen(page.locator("#title, #title .cut, message-list .empty p"));
            ChatPagesIT.assertNoSidewaysScrolling(page);
            assertThat(page.locator("#scroller").evaluate("list => list.scrollWidth <= list.clientWidth"))
                    .isEqualTo(true);
        }
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

        // From the beginning of the page past all conversations.
        page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }");
        Locator skip = page.locator(".skip");
        assertThat(skip).not().isInViewport();
        page.keyboard().press("Tab");
        assertThat(skip).isFocused();
        assertThat(skip).isInViewport();
        page.keyboard().press("Enter");
        assertThat(page.locator("#content")).isFocused();
        assertThat(skip).not().isInViewport();
    }

    @Test
    void emojiAndFilesAreChosenWithTheKeyboard() {
        Page page = signedInWithToken(Tokens.of("typist"));
        // From the beginning: what opens while Playwright begins to listen is lost.
        page.onFileChooser(chooser ->
                chooser.setFiles(new FilePayload("notes.txt", "text/plain", "notes".getBytes(StandardCharsets.UTF_8))));
        enterRoom(page, "keyboard-only");
        page.locator("#choose-emoji").focus();
        page.keyboard().press("Enter");
        page.keyboard().press("Tab");
        assertThat(page.locator("#emoji button").first()).isFocused();
        page.keyboard().press("Escape");
        assertThat(page.locator("#emoji")).isHidden();
        assertThat(page.locator("#choose-emoji")).isFocused();
        page.keyboard().press("Enter");
        page.keyboard().press("Tab");
        page.keyboard().press("Enter");
        assertThat(page.locator("#content")).hasValue("😀");
        assertThat(page.locator("#content")).isFocused();
        page.keyboard().press("Enter");
        assertThat(message(page, "😀")).hasCount(1);

        page.locator("#attach").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("#messages .file")).containsText("notes.txt");
        assertThat(page.locator("#content")).isFocused();
    }

    @Test
    void notificationsAreReadAndClosedWithTheKeyboard() {
        Page page = signedInWithToken(Tokens.of("alerted"));
        try (WireClient service = WireClient.user(ws("/chat"), "thermometer", "notify")) {
            service.send("{'type':'notification','id':'n','to':'alerted','content':'too hot','level':'critical'}");
            service.answer("n");
        }
        Locator alert = page.locator("#notifications .critical");
        assertThat(alert).containsText("too hot");
        alert.locator("button").focus();
        page.keyboard().press("Enter");
        assertThat(alert).hasCount(0);
        assertThat(page.locator("#content")).isFocused();

        page.locator("#show-notifications").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("#past-notifications li").first()).containsText("too hot");
        assertThat(page.locator("notifications-panel button").first()).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("notifications-panel")).hasCount(0);
        assertThat(page.locator("#show-notifications")).isFocused();
    }

    @Test
    void dialogsGiveTheFocusBack() {
        Page page = signedIn("opener");
        page.locator("#choose-room").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("#room-name")).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.locator("#room-name")).hasCount(0);
        assertThat(page.locator("#choose-room")).isFocused();

        page.locator("#account").focus();
        page.keyboard().press("Enter");
        page.keyboard().press("Tab");
        assertThat(page.locator("#theme")).isFocused();
        page.keyboard().press("Escape");
        assertThat(page.locator("#theme")).isHidden();
        assertThat(page.locator("#account")).isFocused();
    }

    /** Chinese is typed so: Enter takes what the input method has composed. */
    @Test
    void enterWhileAnInputMethodComposesSendsNothing() {
        Page page = signedIn("pinyin");
        enterRoom(page, "composed");
        page.fill("#content", "ni hao");
        page.dispatchEvent("#content", "keydown", Map.of("key", "Enter", "isComposing", true));
        assertThat(page.locator("#content")).hasValue("ni hao");
        page.fill("#content", "你好");
        page.press("#content", "Enter");
        assertThat(page.locator("#messages .content")).hasText(new String[] {"你好"});
    }

    @Test
    void focusStaysWhenSomebodyComesOrWrites() {
        Page page = signedIn("steady");
        page.click("#show-people");
        try (WireClient zoe = WireClient.guest(ws("/chat"), "zoe")) {
            for (String focused : List.of("#rooms [data-key='room:lobby']", "#members [data-name=zoe] button")) {
                page.locator(focused).focus();
                // In the list of people before the one that has the focus.
                try (WireClient other = WireClient.guest(ws("/chat"), "newcomer")) {
                    assertThat(page.locator("#members [data-name=newcomer]")).isVisible();
                    assertThat(page.locator(focused)).isFocused();
                    other.send("{'type':'chat','content':'good morning'}");
                    assertThat(message(page, "good morning").first()).isVisible();
                }
                assertThat(page.locator("#members [data-name=newcomer]")).hasCount(0);
                assertThat(page.locator(focused)).isFocused();
            }
            assertThat(zoe.isOpen()).isTrue();
        }
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

    private Page administration(Browser.NewContextOptions screen) {
        Page page = open("admin.html", screen);
        page.click("main .primary");
        page.fill("#token", Tokens.of("root", "admin"));
        page.click("#sign-in .primary");
        assertThat(page.locator("#sessions")).isVisible();
        return page;
    }

    /** The one ends where the other begins, or before. */
    private static void assertBefore(Locator one, Locator other) {
        BoundingBox box = one.boundingBox();
        assertThat(box.x + box.width).as("%s", one).isLessThan(other.boundingBox().x + 1);
    }

    private static String ground(Page page) {
        return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
    }

    static void assertAccessible(Page page, String name) {
        bringAxe(page);
        assertThat((Iterable<?>) page.evaluate(FINDINGS)).as(name).isEmpty();
    }

    /** Whether its text stands out from its ground, also where axe-core is not sure, or only eyes are to see it. */
    private static void assertReadable(Locator locator) {
        bringAxe(locator.page());
        double contrast = ((Number) locator.evaluate(CONTRAST)).doubleValue();
        assertThat(contrast).as("contrast of %s", locator).isGreaterThanOrEqualTo(4.5);
    }

    private static void bringAxe(Page page) {
        // It cannot read the colour that a message has under the pointer.
        page.mouse().move(0, 0);
        page.evaluate(AXE);
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
