package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pages of Parley and foreign pages in a real browser. */
class PagesIT extends ArquillianTest {
    private static final String HOSTILE = "<img src=x onerror=\"document.title='hacked'\">";

    private static Chromium chromium;

    private final List<Page> pages = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

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

    @Test
    void twoPeopleChatInTwoWindows() {
        Page mei = signedIn("mei");
        Page tom = signedIn("tom");

        write(mei, "你好 tom");
        assertThat(message(tom, "你好 tom").locator(".sender")).hasText("mei");
        write(tom, "hello mei,\n  how are you?");
        assertThat(message(mei, "hello mei").locator(".content")).hasText("hello mei,\n  how are you?");
        assertThat(mei.locator("#messages .message", having("你好 tom"))).hasCount(1);
        assertThat(mei.locator("#members [data-name=tom]")).isVisible();

        tom.context().close();
        assertThat(mei.locator("#members [data-name=tom]")).hasCount(0);
    }

    @Test
    void textIsNeverHtml() {
        Page page = signedIn("reader");
        try (WireClient stranger = WireClient.guest(ws("/chat"), "<img src=x>");
                WireClient service = WireClient.user(ws("/chat"), "service", "notify")) {
            String escaped = HOSTILE.replace("\"", "\\\"");
            stranger.sendText("{\"type\":\"chat\",\"content\":\"" + escaped + "\"}");
            service.sendText("{\"type\":\"notification\",\"level\":\"warning\",\"title\":\"" + escaped
                    + "\",\"content\":\"" + escaped + "\"}");

            assertThat(message(page, HOSTILE).locator(".content")).hasText(HOSTILE);
            assertThat(page.locator("#notifications .warning .text")).hasText(HOSTILE);
            assertThat(page.locator("#messages img, #notifications img, #members img"))
                    .hasCount(0);
            assertThat(page).hasTitle("reader · Parley");
        }
    }

    @Test
    void injectedScriptsDoNotRun() {
        Page page = signedIn("careful");
        page.evaluate("""
                () => {
                  const script = document.createElement('script');
                  script.textContent = "document.title = 'hacked'";
                  document.body.append(script);
                  const elsewhere = document.createElement('script');
                  elsewhere.src = 'http://127.0.0.1:9/evil.js';
                  document.body.append(elsewhere);
                  document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.title = 1">');
                }""");

        page.waitForCondition(() -> complaints.size() >= 3);
        assertThat(page).hasTitle("careful · Parley");
        assertThat(complaints).allMatch(complaint -> complaint.contains("Content Security Policy"));
        complaints.clear();
    }

    @Test
    void messagesWrittenWhileDisconnectedArriveOnceAfterwards() {
        Page away = signedIn("away");
        Page other = signedIn("other");

        away.click("#disconnect");
        assertThat(away.locator("#connection")).hasAttribute("data-state", "CLOSED");
        write(away, "written without a line");
        assertThat(away.locator("#outgoing .message.pending")).hasCount(1);
        write(other, "said meanwhile");
        away.click("#reconnect");

        assertThat(message(other, "written without a line").locator(".sender")).hasText("away");
        assertThat(message(away, "said meanwhile")).hasCount(1);
        assertThat(away.locator("#outgoing .message")).hasCount(0);
        assertThat(away.locator("#messages .message", having("written without a line")))
                .hasCount(1);
    }

    @Test
    void tooLongMessageFailsAndTheOthersArrive() {
        Page page = signedIn("novelist");
        write(page, "x".repeat(70_000));
        assertThat(page.locator("#outgoing .message.failed")).containsText("too long");
        write(page, "in short: x");
        assertThat(message(page, "in short: x")).hasCount(1);
        assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
    }

    @Test
    void roomsAreJoinedAndUnreadMessagesAreCounted() {
        Page ann = signedIn("anna");
        Page ben = signedIn("benno");
        for (Page page : List.of(ann, ben)) {
            page.fill("#room-name", "Garden");
            page.press("#room-name", "Enter");
            assertThat(page.locator("#title")).hasText("# garden");
        }
        ben.click("#rooms [data-key='room:lobby']");
        write(ann, "roses");
        assertThat(ben.locator("#rooms [data-key='room:garden'] .unread")).hasText("1");
        ben.click("#rooms [data-key='room:garden']");
        assertThat(message(ben, "roses")).hasCount(1);
        assertThat(ben.locator("#rooms [data-key='room:garden'] .unread")).hasCount(0);
    }

    @Test
    void directMessageReachesOnlyItsRecipient() {
        Page ida = signedIn("ida");
        Page ole = signedIn("ole");
        ida.click("#members [data-name=ole] button");
        write(ida, "just you");

        ole.click("#directs [data-key^='direct:ida#']");

        assertThat(message(ole, "just you").locator(".sender")).hasText("ida");
    }

    @Test
    void tabStaysTheSameGuestOverAReload() {
        Page page = signedIn("rita");
        try (WireClient other = WireClient.guest(ws("/chat"), "other")) {
            write(page, "before the reload");
            String tag = other.next("chat").getString("guest");
            page.reload();
            page.click("#sign-in .primary");
            assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
            write(page, "after the reload");
            assertThat(other.next("chat").getString("guest")).isEqualTo(tag);
            assertThat(message(page, "before the reload").locator(".guest")).hasText("guest " + tag);

            try (WireClient user = WireClient.user(ws("/chat"), "rita")) {
                assertThat(page).hasTitle("guest-" + tag + " · Parley");
                assertThat(page.locator("#username")).hasValue("guest-" + tag);
                assertThat(user.isOpen()).isTrue();
            }
        }
    }

    @Test
    void refusedNameIsReportedInTheForm() {
        try (WireClient owner = WireClient.user(ws("/chat"), "owner")) {
            Page page = open("", new Browser.NewContextOptions());
            page.fill("#username", "owner");
            page.click("#sign-in .primary");
            assertThat(page.locator("#sign-in-problem")).containsText("'owner' belongs to a user with a token");
            assertThat(owner.isOpen()).isTrue();
        }
    }

    /**
     * The test ends the connection, at time 0 and without jitter, and compares the server's delays with those of the
     * page.
     */
    @Test
    void serverDelaysAreLimitedToTheAllowedRange() {
        Map<String, Integer> delays = new TreeMap<>(Map.of(
                "0", 1_000,
                "-60000", 1_000,
                "\"soon\"", 1_000,
                "null", 1_000,
                "{}", 1_000,
                "1500", 1_500,
                "3600001", 3_600_000,
                "4294967296", 3_600_000,
                "1e999", 3_600_000));
        List<String> said = new ArrayList<>();
        delays.keySet().forEach(delay -> {
            said.add("{\"type\":\"goodbye\",\"reason\":\"restart\",\"reconnectAfter\":" + delay + "}");
            said.add("{\"type\":\"error\",\"code\":\"internal\",\"message\":\"No.\",\"retryAfter\":" + delay + "}");
        });
        Page page = open("favicon.svg", new Browser.NewContextOptions());

        Object waits = page.evaluate("""
                async (said) => {
                  const { Connection } = await import('/parley/connection.js');
                  let socket;
                  window.WebSocket = class {
                    constructor() { socket = this; }
                    send() {}
                    close() {}
                  };
                  Date.now = () => 0;
                  Math.random = () => 0;
                  return said.map((message) => {
                    const connection = new Connection('ws://server.example/chat', () => ({}));
                    connection.open();
                    const line = socket;
                    line.onmessage({ data: message });
                    line.onclose?.({ code: 1012 });
                    const wait = connection.retryAt;
                    connection.close();
                    return wait;
                  });
                }""", said);

        assertThat(waits)
                .isEqualTo(delays.values().stream()
                        .flatMap(delay -> Stream.of(delay, delay))
                        .toList());
        assertThat(page.evaluate("""
                        async () => {
                          const { orderedMillis } = await import('/parley/backoff.js');
                          return [undefined, -1, 'soon', 5, 2 ** 32].map((delay) => orderedMillis(delay, 0));
                        }"""))
                .as("delays with a minimum of 0, as before a message is sent again")
                .isEqualTo(List.of(0, 0, 0, 5, 3_600_000));
    }

    @Test
    void pageTellsOneReadMarkOfAChannelAtATime() {
        Page page = open("favicon.svg", new Browser.NewContextOptions());

        assertThat(page.evaluate("""
                        async () => {
                          const { Conversations } = await import('/pages/chat/conversations.js');
                          const reads = [];
                          const acks = [];
                          const connection = Object.assign(new EventTarget(), {
                            state: 'OPEN',
                            welcome: { username: 'reader' },
                            isOwn: () => false,
                            request: ({ seq }) => {
                              reads.push(seq);
                              return new Promise((ack) => acks.push(ack));
                            },
                          });
                          new Conversations(connection);
                          const hear = (seq) =>
                            connection.dispatchEvent(new CustomEvent('message', {
                              detail: { type: 'chat', room: 'lobby', sender: 'writer', content: 'x', seq },
                            }));
                          const ackOne = () => {
                            acks.shift()();
                            return new Promise((done) => setTimeout(done));
                          };
                          for (let seq = 1; seq <= 50; seq++) hear(seq);
                          await ackOne();
                          hear(51);
                          await ackOne();
                          await ackOne();
                          return reads;
                        }""")).isEqualTo(List.of(1, 50, 51));
    }

    @Test
    void handWrittenPageSeesWhyItsCredentialIsRefused() {
        Page page = open("favicon.svg", new Browser.NewContextOptions());

        Object endings = page.evaluate("""
                async ([token, forged]) => {
                  const asked = await fetch('/api/tickets', {
                    method: 'POST', headers: { Authorization: `Bearer ${token}` },
                  });
                  const { ticket } = await asked.json();
                  const ending = (query, ...protocols) => new Promise((resolve) => {
                    const socket = new WebSocket(`ws://${location.host}/chat${query}`, protocols);
                    const heard = [];
                    socket.onopen = () => socket.send('{"type":"login"}');
                    socket.onmessage = ({ data }) => {
                      const message = JSON.parse(data);
                      if (message.type === 'error') heard.push(message.code, message.message.split('.')[0]);
                      if (message.type === 'welcome') socket.close(1000);
                    };
                    socket.onclose = ({ code, reason }) => resolve([...heard, code, reason].join(' '));
                  });
                  return [
                    await ending(`?ticket=${ticket}`),
                    await ending(`?ticket=${ticket}`),
                    await ending('?token=anything'),
                    await ending('', 'parley.v1', `bearer.${forged}`),
                  ];
                }""", List.of(Tokens.of("tess"), Tokens.forged("tess")));

        assertThat(endings)
                .isEqualTo(List.of(
                        "1000 ",
                        "login_refused The ticket has been used 4003 token_expired",
                        "bad_message A token in the address ends up in logs and histories 4501 login_refused",
                        "login_refused The token is no JWT that this server's keys have signed 4501 login_refused"));
    }

    /** After a restart a ticket of before is no good. */
    @Test
    void pageSaysWhyItsTicketIsRefusedAndComesBackWithANewOne() {
        Page page = open("favicon.svg", new Browser.NewContextOptions());
        page.route(
                "**/api/tickets",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setStatus(201)
                        .setContentType("application/json")
                        .setBody("{\"ticket\":\"of-another-life\",\"expiresIn\":30000}")),
                new Page.RouteOptions().setTimes(1));

        Object states = page.evaluate("""
                async (token) => {
                  const { Connection, endpointUrl } = await import('/parley/connection.js');
                  const connection = new Connection(endpointUrl('chat'), () => ({ token }));
                  const states = [];
                  return new Promise((resolve) => {
                    connection.addEventListener('state', () => {
                      states.push(`${connection.state} ${connection.reason}`.trim());
                      if (connection.state === 'OPEN') connection.close();
                      if (connection.state === 'CLOSED') resolve(states);
                    });
                    connection.open();
                  });
                }""", Tokens.of("tess"));

        assertThat(states)
                .isEqualTo(List.of(
                        "CONNECTING", "WAITING This is no ticket of this server.", "CONNECTING", "OPEN", "CLOSED"));
    }

    @Test
    void monitorShowsTheNodeAndPublishedMetrics() {
        Page page = open("monitor.html", new Browser.NewContextOptions());
        assertThat(page.locator("[data-metric-id^='parley.'][data-metric-id$='.sessions'] .value"))
                .hasText(Pattern.compile("[1-9]\\d*"));
        assertThat(page.locator("[data-metric-id^='parley.'][data-metric-id$='.heap.used'] .value"))
                .hasText(Pattern.compile("\\d+ MiB"));

        page.fill("#metric-id", "hall.*");
        page.press("#metric-id", "Enter");
        assertThat(page.locator("#metric-id")).hasValue("");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'hall.temperature','value':21.5}");
            assertThat(page.locator("[data-metric-id='hall.temperature'] .value"))
                    .hasText("21.5");
        }
    }

    @Test
    void monitorShowsTheNodesToAdministrators() {
        Page page = open("monitor.html", new Browser.NewContextOptions());
        assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
        assertThat(page.locator("#nodes")).isHidden();

        seeNodes(page);
        assertThat(page.locator(".node .state")).hasText("Ready");
        assertThat(page.locator(".node")).containsText(Pattern.compile("\\d+ sessions?"));
        assertThat(page.locator(".node")).containsText("Version 1.");

        page.click("#disconnect");
        assertThat(page.locator("#nodes")).isHidden();
    }

    /** Signs in to the monitor as an administrator. */
    private static void seeNodes(Page monitor) {
        monitor.click(".controls summary");
        monitor.fill("#token", Tokens.of("root", "admin"));
        monitor.click("#sign-in button");
        assertThat(monitor.locator(".node")).hasCount(1);
    }

    @Test
    void exampleInTheReadmeWorks() throws IOException {
        String readme = Files.readString(
                ParleyDeployment.Built.CONFIGURATION.resolve("../../README.md").normalize());
        Matcher example = Pattern.compile("```js\n(.+?)```", Pattern.DOTALL).matcher(readme);
        assertThat(example.find()).isTrue();
        Page page = open("favicon.svg", new Browser.NewContextOptions());
        List<String> said = new ArrayList<>();
        page.onConsoleMessage(line -> said.add(line.text()));

        try (WireClient other = WireClient.guest(ws("/chat"), "other")) {
            page.evaluate("() => {" + example.group(1).replace("localhost:8080", http().getAuthority()) + "}");
            assertThat(other.next("chat").getString("sender")).isEqualTo("visitor");
            page.waitForCondition(() -> said.contains("visitor: 你好"));
        }
    }

    @Test
    void pageFromAFileSendsPlainTextWhereTheNullOriginIsListed() throws IOException {
        Path file = Files.createTempFile(Files.createDirectories(ParleyDeployment.Built.FOLDER), "page", ".html");
        Files.writeString(file, """
                <input id="line"><ul id="lines"></ul><script>
                const socket = new WebSocket('%s');
                socket.onmessage = (event) => {
                  const line = document.createElement('li');
                  line.textContent = event.data;
                  document.getElementById('lines').append(line);
                };
                document.getElementById('line').onchange = ({ target }) => socket.send(target.value);
                </script>
                """.formatted(ws("/text")));
        Page page = chromium.newPage();
        pages.add(page);
        page.navigate(file.toUri().toString());
        try (WireClient other = WireClient.guest(ws("/chat"), "neighbour")) {
            page.fill("#line", "plain words from a file");
            page.press("#line", "Enter");
            other.next("chat", chat -> chat.getString("content").equals("plain words from a file"));
            other.send("{'type':'chat','content':'an answer'}");

            assertThat(page.locator("#lines li"))
                    .hasText(new Pattern[] {Pattern.compile("neighbour#[a-z2-9]{4,}: an answer")});
        }
    }

    @ParameterizedTest
    @CsvSource({"LIGHT, 1280, 800", "DARK, 1280, 800", "LIGHT, 360, 740", "DARK, 360, 740"})
    void pagesFitTheirScreen(ColorScheme theme, int width, int height) {
        Browser.NewContextOptions screen =
                new Browser.NewContextOptions().setColorScheme(theme).setViewportSize(width, height);
        Page chat = signedIn("looker", screen);
        write(chat, "A long word: " + "x".repeat(200));
        assertThat(message(chat, "A long word").first()).isVisible();
        Page monitor = open("monitor.html", screen);
        assertThat(monitor.locator(".metric")).hasCount(6);
        seeNodes(monitor);

        for (Page page : List.of(chat, monitor)) {
            String name = page == chat ? "chat" : "monitor";
            page.screenshot(new Page.ScreenshotOptions()
                    .setPath(ParleyDeployment.Built.FOLDER.resolve("screenshots/%s-%s-%d.png"
                            .formatted(name, theme, width)
                            .toLowerCase(Locale.ROOT))));
            assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                    .as("%s has no sideways scrolling at %d px", name, width)
                    .isEqualTo(true);
        }
    }

    private Page signedIn(String name) {
        return signedIn(name, new Browser.NewContextOptions());
    }

    private Page signedIn(String name, Browser.NewContextOptions options) {
        Page page = open("", options);
        page.fill("#username", name);
        page.click("#sign-in .primary");
        assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
        return page;
    }

    private Page open(String path, Browser.NewContextOptions options) {
        Page page = chromium.newPage(options);
        pages.add(page);
        page.onPageError(complaints::add);
        page.onConsoleMessage(line -> {
            if (line.text().contains("Content Security Policy")) {
                complaints.add(line.text());
            }
        });
        page.navigate(http().resolve(path).toString());
        return page;
    }

    private static void write(Page page, String text) {
        page.fill("#content", text);
        page.press("#content", "Enter");
    }

    private static Locator message(Page page, String text) {
        return page.locator("#messages .message", having(text));
    }

    private static Page.LocatorOptions having(String text) {
        return new Page.LocatorOptions().setHasText(text);
    }
}
