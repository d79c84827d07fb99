package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.FilePayload;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The chat page: what people write reaches the others, once and as it was meant. */
class ChatPagesIT extends PagesTest {
    private static final String HOSTILE = "<img src=x onerror=\"document.title='hacked'\">";
    /** One pixel. */
    private static final byte[] PICTURE = Base64.getDecoder()
            .decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");

    @Test
    void twoPeopleChatInTwoWindows() {
        Page mei = signedIn("meihua");
        Page tom = signedIn("tom");
        mei.click("#show-people");

        write(mei, "你好 tom");
        assertThat(message(tom, "你好 tom").locator(".sender")).hasText("meihua");
        tom.fill("#content", "hello mei,\nhow are you?");
        assertThat(mei.locator("#typing")).containsText("tom");
        tom.press("#content", "Enter");
        assertThat(message(mei, "hello mei").locator(".content")).hasText("hello mei,\nhow are you?");
        assertThat(message(mei, "你好 tom")).hasCount(1);
        assertThat(message(mei, "你好 tom").locator(".mark")).hasAttribute("title", "Stored");
        // What is one's own looks like it, on the page of its sender alone.
        assertThat(message(mei, "你好 tom")).containsClass("own");
        assertThat(message(tom, "hello mei")).containsClass("own");
        for (Locator ofTheOther : List.of(message(tom, "你好 tom"), message(mei, "hello mei"))) {
            assertThat(ofTheOther).not().containsClass("own");
            assertThat(ofTheOther.locator(".mark")).hasCount(0);
        }
        assertThat(mei.locator("#members [data-name=tom]")).isVisible();

        tom.context().close();
        assertThat(mei.locator("#members [data-name=tom]")).hasCount(0);
    }

    @Test
    void formattingIsShownAndLinksAreSafe() {
        Page page = signedIn("writer");
        enterRoom(page, "formats");
        write(page, "**bold** _italic_ `code` https://example.org/a [b](javascript:alert(1)) @writer");

        Locator content = message(page, "bold").locator(".content");
        assertThat(content.locator("strong")).hasText("bold");
        assertThat(content.locator("em")).hasText("italic");
        assertThat(content.locator("code")).hasText("code");
        assertThat(content.locator("a")).hasCount(1);
        assertThat(content.locator("a")).hasAttribute("href", "https://example.org/a");
        assertThat(content.locator("a")).hasAttribute("rel", Pattern.compile("noopener"));
        assertThat(content.locator(".mention.me")).hasText("@writer");
        assertThat(content).containsText("[b](javascript:alert(1))");

        write(page, "- apples\n- pears\n\n> quoted\n\n~~struck~~");
        Locator blocks = message(page, "apples").locator(".content");
        assertThat(blocks.locator("ul li")).hasText(new String[] {"apples", "pears"});
        assertThat(blocks.locator("blockquote")).hasText("quoted");
        assertThat(blocks.locator("del")).hasText("struck");
    }

    @Test
    void textIsNeverHtml() {
        Page page = signedIn("bookworm");
        page.click("#show-people");
        try (WireClient stranger = WireClient.guest(ws("/chat"), "<img src=x>");
                WireClient service = WireClient.user(ws("/chat"), "service", "notify")) {
            String escaped = HOSTILE.replace("\"", "\\\"");
            stranger.sendText("{\"type\":\"chat\",\"content\":\"" + escaped + "\"}");
            service.sendText("{\"type\":\"notification\",\"level\":\"warning\",\"title\":\"" + escaped
                    + "\",\"content\":\"" + escaped + "\"}");

            assertThat(message(page, HOSTILE).locator(".content")).hasText(HOSTILE);
            assertThat(page.locator("#notifications .warning .content")).hasText(HOSTILE);
            page.click("#show-notifications");
            assertThat(page.locator("#past-notifications .content").first()).hasText(HOSTILE);
            assertThat(page.locator("#messages img, #notifications img, #past-notifications img, #members img"))
                    .hasCount(0);
            assertThat(page).hasTitle(Pattern.compile("# lobby · Parley"));
        }
    }

    @Test
    void hostileContentBreaksNoLayout() {
        Page page = signedIn("tolerant");
        enterRoom(page, "hostile");
        write(page, "x".repeat(64 * 1024));
        assertThat(page.locator("#messages .message")).hasCount(1);
        try (WireClient stranger = WireClient.guest(ws("/chat"), "stranger")) {
            for (String content : List.of(
                    "<script>document.title='hacked'</script> [press](javascript:document.title='hacked')",
                    "```\\n" + "y".repeat(10_000) + "\\n```",
                    "\\u202Eright to left \\u202Dand back @tolerant https://example.org/a",
                    "עברית with https://example.org/" + "z".repeat(2_000),
                    "> ".repeat(1_000),
                    "\\n".repeat(500) + "the end")) {
                String id = "hostile" + content.length();
                stranger.sendText("{\"type\":\"chat\",\"id\":\"" + id + "\",\"room\":\"hostile\",\"content\":\""
                        + content + "\"}");
                // One who leaves before the answers may leave before the last are stored.
                stranger.answer(id);
            }
        }

        assertThat(page.locator("#messages .message")).hasCount(7);
        assertThat(page.locator("long-content").first()).isVisible();
        assertThat(page.locator("#messages .message").nth(1).locator(".content"))
                .hasText("<script>document.title='hacked'</script> [press](javascript:document.title='hacked')");
        assertThat(page.locator("#messages .content script, #messages a[href^=javascript]"))
                .hasCount(0);
        Locator turned = page.locator("#messages .message").nth(3).locator(".content");
        assertThat(turned).hasText("\u202Eright to left \u202Dand back @tolerant https://example.org/a");
        for (String part : List.of(".mention", "a")) {
            assertThat(turned.locator(part)).hasCSS("unicode-bidi", "isolate");
        }
        // What turns a paragraph round ends with it.
        assertThat(turned.locator("p")).hasCSS("unicode-bidi", "plaintext");
        assertThat(page).hasTitle(Pattern.compile("# hostile · Parley"));
        for (int width : List.of(1280, 360)) {
            page.setViewportSize(width, 740);
            assertNoSidewaysScrolling(page);
            // What is cut off at its edge makes no page scroll.
            assertThat(page.locator("#scroller").evaluate("list => list.scrollWidth <= list.clientWidth"))
                    .isEqualTo(true);
        }
        assertThat(page.locator("#content")).isVisible();
    }

    /** A browser needs a minute to lay out all of it. */
    @Test
    void longTextIsShownByItsBeginningAndMoreIsShownOnDemand() {
        Page page = signedIn("bookworm");
        enterRoom(page, "emoji");
        signedIn("author").evaluate("""
                async () => {
                  const { connect } = await import('./parley/parley-client.js');
                  const client = connect({ url: new URL('chat', location.href), username: 'essayist' });
                  await client.join('emoji').chat('<你 😀>'.repeat(80_000));
                  client.destroy();
                }""");

        Locator message = page.locator("#messages .message long-content");
        assertThat(message.locator(".content")).hasText(Pattern.compile("^(<你 😀>){660,680}"));
        message.locator("#more").click();
        assertThat(message.locator(".content")).hasText(Pattern.compile("^(<你 😀>){3300}"));
        assertThat(message.locator("#more")).hasText("Show more");
        message.getByText("Show less").click();
        assertThat(message.locator("#more")).isFocused();
        assertThat(message.locator(".content")).hasText(Pattern.compile("^(<你 😀>){660,680}[^>]*$"));
    }

    @Test
    void injectedScriptsDoNotRun() {
        Page page = signedIn("careful");
        page.evaluate("""
                () => {
                  const script = document.createElement('script');
                  script.textContent = "document.title = 'hacked'";
                  document.body.append(script);
                  const map = document.createElement('script');
                  map.type = 'importmap';
                  map.textContent = '{"imports": {"marked": "./evil.js"}}';
                  document.body.append(map);
                  const elsewhere = document.createElement('script');
                  elsewhere.src = 'http://127.0.0.1:9/evil.js';
                  document.body.append(elsewhere);
                  document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.title = 1">');
                }""");

        page.waitForCondition(() -> complaints.stream()
                        .filter(complaint -> complaint.contains("Content Security Policy"))
                        .count()
                >= 4);
        assertThat(page).hasTitle(Pattern.compile("# lobby · Parley"));
        complaints.clear();
    }

    @Test
    void messagesWrittenWhileDisconnectedArriveOnceAfterwards() {
        Page away = signedIn("away");
        Page other = signedIn("other");

        away.click("#account");
        away.click("#disconnect");
        assertThat(away.locator("#connection")).hasAttribute("data-state", "CLOSED");
        write(away, "written without a line");
        assertThat(away.locator("#outgoing .message.pending")).hasCount(1);
        write(other, "said meanwhile");
        away.click("#reconnect");

        assertThat(message(other, "written without a line").locator(".sender")).hasText("away");
        assertThat(message(away, "said meanwhile")).hasCount(1);
        assertThat(away.locator("#outgoing .message")).hasCount(0);
        assertThat(message(away, "written without a line")).hasCount(1);
    }

    @Test
    void tooLongMessageComesBackToTheFieldAndTheOthersArrive() {
        Page page = signedIn("novelist");
        enterRoom(page, "novels");
        write(page, "x".repeat(1_100_000));
        assertThat(page.locator("#notifications .warning")).containsText("Not sent.");
        assertThat(page.locator("#content")).hasValue(Pattern.compile("x{1000}"));
        write(page, "in short: x");
        assertThat(message(page, "in short: x")).hasCount(1);
        awaitOpen(page);
    }

    @Test
    void roomsAreJoinedAndUnreadMessagesAreCounted() {
        Page ann = signedIn("annika");
        Page ben = signedIn("benno");
        for (Page page : List.of(ann, ben)) {
            enterRoom(page, "Garden");
        }
        ben.click("#rooms [data-key='room:lobby']");
        write(ann, "roses");
        assertThat(ben.locator("#rooms [data-key='room:garden'] .badge")).containsText("1 unread");
        assertThat(ben).hasTitle(Pattern.compile("\\(\\d+\\) # lobby · Parley"));
        ben.click("#rooms [data-key='room:garden']");
        assertThat(message(ben, "roses")).hasCount(1);
        assertThat(ben.locator("#messages .line.new")).hasText("New messages");
        assertThat(ben.locator("#rooms [data-key='room:garden'] .badge")).hasCount(0);
        assertThat(ben).hasTitle(Pattern.compile("# garden · Parley"));
    }

    @Test
    void roomInAnyScriptIsFoundInTheListOfRooms() {
        Page lee = signedIn("lee");
        enterRoom(lee, "花园");
        Page mira = signedIn("mira");
        mira.click("#choose-room");
        mira.locator("#found-rooms li", having("花园")).locator("button").click();
        assertThat(mira.locator("#title")).containsText("花园");
        write(mira, "茶");
        assertThat(message(lee, "茶").locator(".sender")).hasText("mira");
        lee.click("#show-people");
        lee.click("#leave-room");
        assertThat(lee.locator("#title")).containsText("lobby");
        assertThat(lee.locator("#rooms [data-key='room:花园']")).hasCount(0);
    }

    @Test
    void privateRoomIsForThoseWhoAreInvited() {
        Page owner = signedInWithToken(Tokens.of("olga"));
        Page guest = signedInWithToken(Tokens.of("igor"));
        owner.click("#choose-room");
        owner.fill("#room-name", "plans");
        owner.check("#private");
        owner.click("#enter-room");
        assertThat(owner.locator("#title")).hasText("plans");
        owner.click("#show-people");
        owner.fill("#invited", "igor");
        owner.click("people-panel button[name=invite]");
        guest.locator("#rooms button", having("plans")).click();
        write(owner, "between us");
        assertThat(message(guest, "between us")).hasCount(1);
        guest.click("#show-people");
        assertThat(guest.locator("#members [data-name=olga]")).containsText("owner");
        assertThat(guest.locator("#members .remove, #invited")).hasCount(0);

        Locator igor = owner.locator("#members [data-name=igor]");
        assertThat(igor.locator(".here")).hasCount(1);
        igor.locator(".remove").click();
        assertThat(guest.locator("#rooms button", having("plans"))).hasCount(0);
        assertThat(guest.locator("#title")).containsText("lobby");
    }

    @Test
    void absentMemberIsListedAndRemoved() throws Exception {
        Page owner = signedInWithToken(Tokens.of("olive"));
        Page member = signedInWithToken(Tokens.of("igor-2"));
        owner.click("#choose-room");
        owner.fill("#room-name", "plans");
        owner.check("#private");
        owner.fill("#room-members", "igor-2");
        owner.click("#enter-room");
        member.locator("#rooms button", having("plans")).click();
        owner.click("#show-people");
        Locator igor = owner.locator("#members [data-name=igor-2]");
        assertThat(igor.locator(".here")).hasCount(1);

        member.close();
        assertThat(igor.locator(".here")).hasCount(0);
        assertThat(owner.locator("people-panel h2")).hasText("2 members");
        screenshot(owner, "chat-members");
        AccessiblePagesIT.assertAccessible(owner, "members");
        igor.locator(".remove").focus();
        owner.keyboard().press("Enter");
        assertThat(igor).hasCount(0);
        assertThat(owner.locator("people-panel h2")).hasText("1 member");
        assertThat(owner.locator("people-panel .top button")).isFocused();
        assertThat(HttpUser.of(http(), "igor-2").get("api/rooms").body()).doesNotContain("plans");
    }

    @Test
    void directMessageReachesOnlyItsRecipient() {
        Page ida = signedIn("ida");
        Page ole = signedIn("ole");
        ida.click("#show-people");
        ida.click("#members [data-name=ole] button");
        write(ida, "just you");

        Locator fromIda = ole.locator("#directs [data-key^='guest:']", having("ida"));
        assertThat(fromIda.locator(".badge")).containsText("1 unread");
        fromIda.click();

        assertThat(message(ole, "just you").locator(".sender")).hasText("ida");
        assertThat(fromIda.locator(".badge")).hasCount(0);
    }

    @Test
    void pictureIsShownAndFileIsOfferedToBeSaved() {
        Page ada = signedInWithToken(Tokens.of("ada"));
        Page eve = signedIn("evelyn");
        for (Page page : List.of(ada, eve)) {
            enterRoom(page, "files");
        }
        ada.setInputFiles("#files", new FilePayload[] {
            new FilePayload("dot.png", "image/png", PICTURE),
            new FilePayload("notes.txt", "text/plain", "notes".getBytes(StandardCharsets.UTF_8)),
            new FilePayload("torn.png", "image/png", "no picture".getBytes(StandardCharsets.UTF_8)),
        });

        for (Page page : List.of(ada, eve)) {
            page.waitForFunction(
                    "image => image.complete && image.naturalWidth === 1",
                    page.locator("#messages img[alt='dot.png']").elementHandle());
            assertThat(page.locator("#messages .file")).containsText("notes.txt");
            assertThat(page.locator("#messages chat-attachment .problem")).hasText("The picture could not be loaded.");
        }
        Page picture = eve.context()
                .waitForPage(() -> eve.locator("#messages .picture").first().click());
        picture.waitForURL(Pattern.compile("/attachments/"));
        assertThat(new String(read(eve.waitForDownload(() -> eve.click("#messages .file"))), StandardCharsets.UTF_8))
                .isEqualTo("notes");
    }

    @Test
    void notificationsOfTheTimeAwayAreInTheList() {
        try (WireClient service = WireClient.user(ws("/chat"), "backup", "notify")) {
            service.send("{'type':'notification','id':'n1','title':'Backup','content':'done at 3','level':'info'}");
            service.answer("n1");
            Page page = signedIn("latecomer");
            page.click("#show-notifications");
            assertThat(page.locator("#past-notifications li", having("done at 3")))
                    .isVisible();

            page.keyboard().press("Escape");
            service.send("{'type':'notification','id':'n2','title':'Disk','content':'is full','level':'critical'}");
            assertThat(page.locator("#notifications .critical")).containsText("is full");
            assertThat(page.locator("#show-notifications .badge")).hasText("1");
            page.click("#show-notifications");
            assertThat(page.locator("#past-notifications li").first()).containsText("is full");
            assertThat(page.locator("#show-notifications .badge")).hasCount(0);
        }
    }

    @Test
    void screenReadersAreToldOfNewsAndNotOfAPageOfTheLog() {
        try (WireClient early = WireClient.guest(ws("/chat"), "early")) {
            early.send("{'type':'chat','id':'e','room':'study','content':'said before'}");
            early.answer("e");
        }
        Page page = withStoppedClock(blank());
        List<Runnable> held = holdBack(page, "history");
        signIn(page, "listener");
        enterRoom(page, "study");
        Locator list = page.locator("#scroller");
        assertThat(list).hasAttribute("role", "log");
        assertThat(list).hasAttribute("aria-live", "off");
        assertThat(message(page, "said before")).hasCount(0);

        page.waitForCondition(() -> {
            while (!held.isEmpty()) {
                held.remove(0).run();
            }
            return message(page, "said before").count() == 1;
        });
        // As long as a screen reader might take the page for news.
        page.clock().runFor(499);
        assertThat(list).hasAttribute("aria-live", "off");
        page.clock().runFor(1);
        assertThat(list).hasAttribute("aria-live", "polite");
        // Before there is one: a region that comes with its text is not read out.
        assertThat(page.locator("#notifications li")).hasCount(0);
        assertThat(page.locator("#notifications")).hasAttribute("aria-live", "polite");
    }

    /** Ten thousand messages, as many as a room keeps. */
    @Test
    void historyLoadsAsSomebodyScrollsUpAndStaysLight() {
        // One user may say no more than so much at once.
        for (int first = 1; first <= 10_000; first += 50) {
            try (WireClient talker = WireClient.user(ws("/chat"), "talker" + first)) {
                for (int i = first; i < first + 50; i++) {
                    talker.send("{'type':'chat','id':'h" + i + "','room':'annals','content':'entry " + i + "'}");
                }
                talker.answer("h" + (first + 49));
            }
        }
        Page page = signedIn("chronicler");
        enterRoom(page, "annals");
        assertThat(message(page, "entry 10000")).isVisible();
        assertThat(message(page, "entry 9950")).hasCount(0);

        List<Integer> first = MainThread.tasks(page, () -> scrollUpTo(page, 9_700));
        int elements = page.locator("*").count();
        List<Integer> tasks = MainThread.tasks(page, () -> scrollUpTo(page, 1));
        int firstTime = MainThread.sum(first);
        assertThat(firstTime).isPositive();
        assertThat(tasks.get(0)).as("longest task, in µs").isLessThan(Math.max(MainThread.LONG, firstTime));
        assertThat(MainThread.sum(tasks) / 9_700.0)
                .as("µs for an entry, where the first ones took %d for 250", firstTime)
                .isLessThan(3 * firstTime / 250.0);
        assertThat(page.locator("#messages .message").count()).isLessThanOrEqualTo(300);
        assertThat(page.locator("*").count()).isLessThanOrEqualTo(elements * 11 / 10);
        page.click("#jump");
        assertThat(page.locator("#messages [data-seq='10000']")).isVisible();
    }

    private static void scrollUpTo(Page page, int oldest) {
        Locator row = page.locator("#messages [data-seq='" + oldest + "']");
        page.waitForCondition(
                () -> {
                    page.evaluate("() => document.querySelector('chat-app').renderRoot.querySelector('message-list')"
                            + ".renderRoot.querySelector('#scroller').scrollTo(0, 0)");
                    return row.count() == 1;
                },
                new Page.WaitForConditionOptions().setTimeout(240_000));
    }

    @Test
    void tabStaysSignedInOverAReload() {
        Page page = signedIn("ritchie");
        enterRoom(page, "attic");
        try (WireClient other = WireClient.guest(ws("/chat"), "other")) {
            other.send("{'type':'join','room':'attic'}");
            other.next("joined");
            write(page, "before the reload");
            String tag = other.next("chat").getString("guest");
            page.reload();
            awaitOpen(page);
            page.click("#rooms [data-key='room:attic']");
            write(page, "after the reload");
            assertThat(other.next("chat").getString("guest")).isEqualTo(tag);
            assertThat(message(page, "before the reload").locator(".tag")).hasText(Pattern.compile("guest .*" + tag));

            page.click("#account");
            page.click("#sign-out");
            assertThat(page.locator("#username")).isVisible();
            // A new ritchie is another one: nothing of the first is left.
            assertThat(page.evaluate("() => [...Object.keys(sessionStorage), ...Object.keys(localStorage)]"))
                    .isEqualTo(List.of());
            page.reload();
            assertThat(page.locator("#username")).hasValue("");
            page.fill("#username", "ritchie");
            page.click("#sign-in .primary");
            awaitOpen(page);
            enterRoom(page, "attic");
            write(page, "from another");
            assertThat(other.next("chat").getString("guest")).isNotEqualTo(tag);
        }
    }

    @Test
    void refusedNameIsReportedInTheForm() {
        try (WireClient owner = WireClient.user(ws("/chat"), "owner")) {
            Page page = open("");
            page.fill("#username", "owner");
            page.click("#sign-in .primary");
            assertThat(page.locator("#sign-in-problem")).containsText("'owner' belongs to a user with a token");
            assertThat(page.locator("#username")).hasValue("owner");
            assertThat(owner.isOpen()).isTrue();
        }
    }

    @Test
    void endOfASessionIsExplainedWhereEverybodySeesIt() {
        Page page = signedInWithToken(Tokens.of("vera"));
        Page admin = withToken("admin.html", Tokens.of("root", "admin"));
        admin.locator("#sessions tr", having("vera")).locator("button").click();
        admin.click("#confirm");

        assertThat(page.locator("#connection")).hasAttribute("data-state", "CLOSED");
        assertThat(page.locator("#connection [role=status]")).containsText("You are not allowed to connect.");
        assertThat(page.locator("#reconnect")).isVisible();
    }

    static void assertNoSidewaysScrolling(Page page) {
        assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as("no sideways scrolling at %d px", page.viewportSize().width)
                .isEqualTo(true);
    }

    private static byte[] read(Download download) {
        try (InputStream content = download.createReadStream()) {
            return content.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
