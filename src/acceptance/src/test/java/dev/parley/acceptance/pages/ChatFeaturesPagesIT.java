package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.JSHandle;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.WebSocketRoute;
import com.microsoft.playwright.options.FilePayload;
import dev.parley.acceptance.support.HttpUser;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Tests of the chat page: search, files, emoji, notifications, mentions, retries and error messages. */
class ChatFeaturesPagesIT extends PagesTest {
    private static final int FILE_MAX = 8 * 1024 * 1024;

    /** A function from the name of a file to what is dragged or copied with it. */
    private static final String WITH_FILE = """
            (name) => {
              const data = new DataTransfer();
              data.items.add(new File(['content'], name, { type: 'text/plain' }));
              return data;
            }""";

    @Test
    void searchGoesFurtherBackAndLeadsToWhatItHasFound() {
        try (WireClient early = WireClient.guest(ws("/chat"), "early");
                WireClient latecomer = WireClient.guest(ws("/chat"), "latecomer")) {
            say(early, "haystack", "Needle");
            say(latecomer, "haystack", "hay");
        }
        Page page = signedIn("seeker");
        enterRoom(page, "haystack");
        assertThat(message(page, "hay 55.")).isVisible();
        assertThat(message(page, "Needle 1.")).hasCount(0);

        page.click("#show-search");
        page.fill("#query", "needle");
        page.press("#query", "Enter");
        Locator status = page.locator("search-panel [role=status]");
        Locator found = page.locator("#found button");
        assertThat(status).hasText("50 messages found");
        assertThat(found.first()).containsText("Needle 55.");
        assertThat(found.first().locator("mark")).hasText("Needle");
        page.click("#search-on");
        assertThat(status).hasText("55 messages found");
        assertThat(page.locator("#search-on")).hasCount(0);
        found.last().click();
        assertThat(message(page, "Needle 1.")).isInViewport();

        page.click("#rooms [data-key='room:lobby']");
        assertThat(found).hasCount(0);
        assertThat(status).hasText("");
        assertThat(page.locator("#query")).isVisible();
    }

    @Test
    void messageThatFailedIsSentAgainOrDiscarded() {
        Page page = stopped(blank(), "ferry");
        enterRoom(page, "harbour");
        page.click("#account");
        page.click("#disconnect");
        write(page, "too late");
        write(page, "not wanted");
        assertThat(page.locator("#outgoing .pending")).hasCount(2);
        page.clock().fastForward("12:00:01");

        Locator failed = page.locator("#outgoing .failed");
        assertThat(failed).hasCount(2);
        assertThat(failed.first()).containsText("Not sent. This message could not be sent in time.");
        failed.last().getByText("Discard").click();
        assertThat(failed).hasCount(1);
        page.click("#reconnect");
        awaitOpen(page);
        failed.getByText("Send again").click();
        assertThat(message(page, "too late")).hasCount(1);
        assertThat(page.locator("#outgoing .message")).hasCount(0);
        assertThat(message(page, "not wanted")).hasCount(0);
    }

    @Test
    void messageIsBeingSentUntilTheServerHasStoredIt() {
        Page page = blank();
        List<Runnable> held = holdBack(page, "chat");
        signIn(page, "postilion");
        write(page, "in the coach");
        page.waitForCondition(() -> !held.isEmpty());
        assertThat(page.locator("#outgoing .pending .delivery")).hasText("Sending…");
        assertThat(message(page, "in the coach")).hasCount(0);

        held.forEach(Runnable::run);
        assertThat(message(page, "in the coach").locator(".mark")).hasAttribute("title", "Stored");
        assertThat(page.locator("#outgoing .message")).hasCount(0);
    }

    @Test
    void fileShowsHowFarItIsAndIsSentAgainOrCancelled() {
        Page page = stopped(blank(), "porter");
        enterRoom(page, "parcels");
        Locator row = page.locator("#outgoing .message");
        page.setInputFiles("#files", file("huge.bin", FILE_MAX + 1));
        assertThat(row).containsText("Not sent. A file may have " + FILE_MAX + " bytes");
        assertThat(row.locator(".retry")).hasCount(0);
        row.getByText("Discard").click();
        assertThat(row).hasCount(0);

        // The server does not hear of this one.
        page.evaluate("""
                () => {
                  const { send } = WebSocket.prototype;
                  WebSocket.prototype.send = () => {};
                  window.mend = () => void (WebSocket.prototype.send = send);
                }""");
        page.setInputFiles("#files", file("lost.bin", 5));
        page.clock().fastForward(31_000);
        assertThat(row).containsText("Not sent. The server did not answer to the upload in time.");
        page.evaluate("mend()");
        row.getByText("Send again").click();
        assertThat(page.locator("#messages .file")).containsText("lost.bin");
        assertThat(row).hasCount(0);

        // While its clock stands still the page sends no more of a file than fits into the browser's buffer.
        page.setInputFiles("#files", file("album.bin", FILE_MAX));
        Locator progress = row.locator("progress");
        assertThat(progress).hasJSProperty("max", FILE_MAX);
        page.waitForCondition(() -> {
            page.clock().runFor(20);
            return sent(progress) > 0;
        });
        assertThat(sent(progress)).isLessThan(FILE_MAX);
        row.getByText("Cancel").click();
        assertThat(row).hasCount(0);
        assertThat(page.locator("#messages .file")).hasCount(1);
    }

    @Test
    void filesAreDroppedAndPasted() {
        Page page = signedIn("courier");
        enterRoom(page, "letters");
        JSHandle dragged = page.evaluateHandle(WITH_FILE, "dropped.txt");
        Locator main = page.locator("chat-app main");
        main.dispatchEvent("dragover", Map.of("dataTransfer", dragged));
        assertThat(main).containsClass("dropping");
        main.dispatchEvent("drop", Map.of("dataTransfer", dragged));
        assertThat(main).not().containsClass("dropping");
        page.locator("#content")
                .evaluate(
                        "(field, clipboardData) => void field.dispatchEvent("
                                + "new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))",
                        page.evaluateHandle(WITH_FILE, "pasted.txt"));
        assertThat(page.locator("#messages .file bdi")).hasText(new String[] {"dropped.txt", "pasted.txt"});
    }

    @Test
    void emojiAndMarksAreInsertedByButtonsAndKeys() {
        Page page = signedIn("poet");
        enterRoom(page, "verses");
        Locator field = page.locator("#content");
        page.click("#choose-emoji");
        page.locator("#emoji").getByText("🎉").click();
        assertThat(page.locator("#emoji")).isHidden();
        assertThat(field).hasValue("🎉");
        assertThat(field).isFocused();

        field.fill("rose");
        field.selectText();
        for (String tool : List.of("Bold", "Italic", "Code")) {
            page.click("#composer button[aria-label=" + tool + "]");
        }
        assertThat(field).hasValue("**_`rose`_**");
        field.fill("tulip");
        field.selectText();
        for (String key : List.of("b", "i", "e")) {
            page.keyboard().press("Control+" + key);
        }
        assertThat(field).hasValue("**_`tulip`_**");
        page.keyboard().press("Enter");
        assertThat(message(page, "tulip").locator("strong em code")).hasText("tulip");
    }

    @Test
    void daysAndPeopleAreToldApart() {
        // Five and a half hours from UTC: the minutes differ too.
        Browser.NewContextOptions india =
                new Browser.NewContextOptions().setLocale("en-IN").setTimezoneId("Asia/Kolkata");
        Page page = signedIn("chronicler", india);
        enterRoom(page, "diary");
        assertThat(page.locator("#scroller .empty")).isVisible();
        // A server has no messages of yesterday that was started today.
        page.evaluate("""
                () => {
                  const { parse } = JSON;
                  const yesterday = new Date();
                  yesterday.setDate(yesterday.getDate() - 1);
                  yesterday.setHours(21, 5, 7, 0);
                  const sentAt = yesterday.toISOString();
                  const dated = (key, value) => (value?.content === 'old' ? { ...value, sentAt } : value);
                  JSON.parse = (text) => parse(text, dated);
                }""");
        try (WireClient gus = WireClient.guest(ws("/chat"), "gus")) {
            for (String content : List.of("old", "first", "second")) {
                gus.send("{'type':'chat','room':'diary','content':'" + content + "'}");
            }
            assertThat(message(page, "second")).hasCount(1);
            write(page, "mine");
        }
        assertThat(page.locator("#messages .line")).hasText(new String[] {"Yesterday", "Today"});
        assertThat(page.locator("#messages .begins .content")).hasText(new String[] {"old", "first", "mine"});
        assertThat(message(page, "second").locator(".head")).hasCount(0);
        // By the clock of who reads it; the day and the second are a hint.
        Locator time = message(page, "old").locator("time");
        assertThat(time).hasText(Pattern.compile("^09:05\\s[Pp][Mm]$"));
        assertThat(time).hasAttribute("datetime", Pattern.compile("^\\d{4}-\\d\\d-\\d\\dT15:35:07\\.000Z$"));
        assertThat(time).hasAttribute("title", Pattern.compile("^\\w+day, \\w+ \\d+, \\d{4}\\D+9:05:07\\s[Pp][Mm]$"));
    }

    @Test
    void whoReadsFurtherUpStaysThereAndFindsALineBeforeWhatIsNew() {
        Page page = signedIn("viewer");
        enterRoom(page, "gallery");
        for (int i = 0; i < 40; i++) {
            write(page, "line " + i);
        }
        assertThat(message(page, "line 39")).isInViewport();
        page.locator("#scroller").evaluate("list => list.scrollTo(0, 0)");
        Locator jump = page.locator("#jump");
        assertThat(jump).hasText("Jump to the latest");
        try (WireClient other = WireClient.guest(ws("/chat"), "otis")) {
            other.send("{'type':'chat','room':'gallery','content':'news one'}");
            other.send("{'type':'chat','room':'gallery','content':'news two'}");
            assertThat(jump).hasText("2 unread");
        }
        assertThat(message(page, "line 0")).isInViewport();
        assertThat(page.locator("#messages .line.new + .message")).containsText("news one");

        jump.click();
        assertThat(message(page, "news two")).isInViewport();
        assertThat(page.locator("#messages .line.new")).hasText("New messages");
        assertThat(page.locator("#rooms [data-key='room:gallery'] .badge")).hasCount(0);
    }

    @Test
    void whoWritesIsShownUntilTheMessageComesOrForAWhile() {
        Page page = stopped(blank(), "attentive");
        enterRoom(page, "whispers");
        Locator typing = page.locator("#typing");
        // A name may be from right to left: it is isolated.
        String otis = "\u2068otis\u2069 is typing…";
        try (WireClient other = WireClient.guest(ws("/chat"), "otis")) {
            other.send("{'type':'join','room':'whispers'}");
            other.next("joined");
            other.send("{'type':'typing','room':'whispers'}");
            assertThat(typing).hasText(otis);
            other.send("{'type':'chat','room':'whispers','content':'done'}");
            assertThat(message(page, "done")).hasCount(1);
            assertThat(typing).hasText("");

            other.send("{'type':'typing','room':'whispers'}");
            assertThat(typing).hasText(otis);
            page.clock().runFor(4_999);
            assertThat(typing).hasText(otis);
            page.clock().runFor(1);
            assertThat(typing).hasText("");
        }
    }

    @Test
    void roomUnderThePointerLooksNeitherChosenNorLikeTheOthers() {
        Page page = signedIn("pointer");
        enterRoom(page, "shelf");
        Locator lobby = page.locator("#rooms [data-key='room:lobby']");
        Locator shelf = page.locator("#rooms [data-key='room:shelf']");
        page.mouse().move(0, 0);
        String plain = ground(lobby);
        String chosen = ground(shelf);
        assertThat(chosen).isNotEqualTo(plain);

        lobby.hover();
        assertThat(lobby).not().hasCSS("background-color", plain);
        assertThat(lobby).not().hasCSS("background-color", chosen);
        shelf.hover();
        assertThat(lobby).hasCSS("background-color", plain);
        assertThat(shelf).hasCSS("background-color", chosen);
    }

    /** On a phone the keyboard would come up and hide half of the messages. */
    @Test
    void roomThatIsChosenByTouchDoesNotFocusTheField() {
        Page page = signedIn(
                "fingertip",
                new Browser.NewContextOptions()
                        .setHasTouch(true)
                        .setIsMobile(true)
                        .setViewportSize(360, 740));
        assertThat(page.locator("#scroller")).isFocused();
        enterRoom(page, "pond");
        assertThat(page.locator("#scroller")).isFocused();
        page.tap("#toggle-sidebar");
        page.tap("#rooms [data-key='room:lobby']");
        assertThat(page.locator("#title")).containsText("lobby");
        assertThat(page.locator("#scroller")).isFocused();
        page.tap("#content");
        assertThat(page.locator("#content")).isFocused();
    }

    @Test
    void privateRoomIsMadeWithThoseWhoAreInvitedFromTheBeginning() {
        Page owner = signedInWithToken(Tokens.of("gerda"));
        List<Page> invited = List.of(signedInWithToken(Tokens.of("hanno")), signedInWithToken(Tokens.of("irma")));
        owner.click("#choose-room");
        owner.fill("#room-name", "surprise");
        owner.check("#private");
        owner.fill("#room-members", " hanno ,irma, ");
        owner.click("#enter-room");
        assertThat(owner.locator("#title")).hasText("surprise");
        write(owner, "not a word");
        for (Page page : invited) {
            page.locator("#rooms button", having("surprise")).click();
            assertThat(message(page, "not a word")).hasCount(1);
        }
    }

    @Test
    void mentionStandsOutInTheSidebar() {
        Page page = signedIn("milo");
        enterRoom(page, "terrace");
        page.click("#rooms [data-key='room:lobby']");
        Locator badge = page.locator("#rooms [data-key='room:terrace'] .badge");
        try (WireClient other = WireClient.guest(ws("/chat"), "otis")) {
            other.send("{'type':'chat','room':'terrace','content':'nothing special'}");
            assertThat(badge).containsText("1 unread");
            assertThat(badge).not().containsClass("mention");
            other.send("{'type':'chat','room':'terrace','content':'over to you, @Milo'}");
            assertThat(badge).containsClass("mention");
        }
        page.click("#rooms [data-key='room:terrace']");
        assertThat(message(page, "over to you").locator(".mention.me")).hasText("@Milo");
        assertThat(badge).hasCount(0);
    }

    @Test
    void noticeGoesByItselfUnlessItWarnsOrSomebodyIsAtIt() {
        Page page = stopped(blank(), "patience");
        try (WireClient service = WireClient.user(ws("/chat"), "clockwork", "notify")) {
            service.send("{'type':'notification','title':'Disk','content':'almost full','level':'warning'}");
            service.send("{'type':'notification','title':'Backup','content':'done','level':'info'}");
            Locator info = page.locator("#notifications .info");
            assertThat(info).containsText("done");
            page.clock().runFor(9_999);
            assertThat(info).hasCount(1);
            info.hover();
            page.clock().runFor(1);
            page.clock().runFor(9_999);
            page.mouse().move(0, 0);
            info.locator("button").focus();
            page.clock().runFor(1);
            assertThat(info).hasCount(1);

            page.locator("#content").focus();
            page.clock().runFor(10_000);
            assertThat(info).hasCount(0);
            assertThat(page.locator("#notifications .warning")).containsText("almost full");
        }
    }

    @Test
    void notificationOfTheSystemComesInTheBackgroundAloneAndOpensItsConversation() {
        Page page = blank();
        answerTheQuestionForNotifications(page, "granted");
        signIn(page, "norbert");
        page.click("#account");
        page.check("#desktop-notices");
        page.keyboard().press("Escape");
        try (WireClient otto = WireClient.guest(ws("/chat"), "otto")) {
            otto.send("{'type':'message','to':'norbert','content':'in sight'}");
            assertThat(page.locator("#directs [data-key^='guest:']", having("otto"))
                            .locator(".badge"))
                    .containsText("1 unread");
            page.evaluate("window.isAway = true");
            otto.send("{'type':'message','to':'norbert','content':'psst'}");
            // A function: the policy of the page lets no text be evaluated a second time.
            page.waitForFunction("() => shown.length > 0");
        }
        assertThat(page.evaluate("shown.map(({ title, body }) => [title, body])"))
                .isEqualTo(List.of(List.of("otto", "psst")));
        page.evaluate("shown[0].dispatchEvent(new Event('click'))");
        assertThat(page.locator("#title")).hasText("otto");
        assertThat(page.evaluate("shown[0].isClosed")).isEqualTo(true);
    }

    @Test
    void notificationsOfTheSystemStayOffWhereTheBrowserMayShowNone() {
        Page page = blank();
        answerTheQuestionForNotifications(page, "denied");
        signIn(page, "nils");
        page.click("#account");
        page.click("#desktop-notices");
        page.waitForFunction("() => Notification.permission === 'denied'");
        // Not awaited: the switch goes with the next change of the page.
        assertThat(page.locator("#desktop-notices:checked").count()).isZero();
        page.keyboard().press("Escape");
        page.evaluate("window.isAway = true");
        try (WireClient otto = WireClient.guest(ws("/chat"), "otto")) {
            otto.send("{'type':'message','to':'nils','content':'psst'}");
            assertThat(page.locator("#directs [data-key^='guest:']", having("otto"))
                            .locator(".badge"))
                    .containsText("1 unread");
        }
        assertThat(page.evaluate("shown.length")).isEqualTo(0);
        // Who has refused is not asked again.
        page.click("#account");
        assertThat(page.locator("#theme")).isVisible();
        assertThat(page.locator("#desktop-notices")).hasCount(0);
    }

    @Test
    void reloadWithATokenThatIsOverShowsTheFormWithTheReason() throws IOException, InterruptedException {
        Page revoked = signedInWithToken(Tokens.of("rhea"));
        HttpUser.of(http(), "rhea").send("POST", "api/users/rhea/revocation", "");
        assertThat(revoked.locator("#connection [role=status]")).containsText("Your access was revoked.");
        revoked.reload();
        assertThat(revoked.locator("#sign-in-problem")).containsText("token was revoked.");

        Page expired = signedInWithToken(Tokens.of("lara"));
        // As if so much time had passed.
        expired.evaluate(
                "token => sessionStorage.setItem('parley.session', JSON.stringify({ username: 'lara', token }))",
                Tokens.of("lara", Duration.ofHours(-1)));
        expired.reload();
        assertThat(expired.locator("#sign-in-problem")).containsText("The token has expired.");
        assertThat(expired.locator("#username")).hasValue("lara");
    }

    @Test
    void reasonOfAServerThatEndsTheConnectionIsShownInTheLanguageOfThePage() {
        Page page = blank();
        List<WebSocketRoute> sockets = new ArrayList<>();
        page.routeWebSocket("**/chat", socket -> {
            socket.connectToServer();
            sockets.add(socket);
        });
        stopped(page, "flooder");
        sockets.get(0).close(new WebSocketRoute.CloseOptions().setCode(4002));
        Locator status = page.locator("#connection [role=status]");
        assertThat(status).hasText("Offline. Too many messages in a short time.");
        page.click("#account");
        page.selectOption("#language", "zh-Hans");
        assertThat(status).containsText("操作过于频繁，请稍候。");
    }

    /**
     * Lets the page find out what notifications of the system it shows, and whether it is in the background. A browser
     * without a window shows none, and its pages are never hidden.
     *
     * @param permission that somebody gives when the page asks
     */
    private static void answerTheQuestionForNotifications(Page page, String permission) {
        page.addInitScript("""
                window.shown = [];
                window.Notification = class extends EventTarget {
                  static permission = 'default';
                  static async requestPermission() {
                    return (Notification.permission = '%s');
                  }
                  constructor(title, { body }) {
                    super();
                    shown.push(Object.assign(this, { title, body }));
                  }
                  close() {
                    this.isClosed = true;
                  }
                };
                Object.defineProperty(document, 'hidden', {
                  get: () => window.isAway === true,
                });""".formatted(permission));
    }

    private static String ground(Locator locator) {
        return (String) locator.evaluate("element => getComputedStyle(element).backgroundColor");
    }

    /** The chat page of a guest, whose clock goes on when the test says so. */
    private Page stopped(Page page, String name) {
        return signIn(withStoppedClock(page), name);
    }

    /** So many messages that a page of results does not hold them, and as many as a guest may send at once. */
    private static void say(WireClient writer, String room, String word) {
        for (int i = 1; i <= 55; i++) {
            writer.send("{'type':'chat','id':'s" + i + "','room':'" + room + "','content':'" + word + " " + i + ".'}");
        }
        writer.answer("s55");
    }

    private static FilePayload file(String name, int size) {
        return new FilePayload(name, "application/octet-stream", new byte[size]);
    }

    private static long sent(Locator progress) {
        return ((Number) progress.evaluate("bar => bar.value")).longValue();
    }
}
