package dev.parley.acceptance.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The browser library's way without a WebSocket, in a real browser. */
class HttpSocketIT extends ArquillianTest {
    /** Collects what the socket dispatches in {@code window.messages}, and gives the first of a type. */
    private static final String CONNECT = """
            async ([url, token]) => {
              const { HttpSocket } = await import('/parley/http-socket.js');
              window.messages = [];
              window.socket = new HttpSocket(url, { token });
              socket.onmessage = ({ data }) => messages.push(JSON.parse(data));
              socket.onclose = ({ code }) => messages.push({ type: 'close', code });
              await new Promise((resolve) => (socket.onopen = resolve));
            }
            """;

    private static Chromium chromium;

    private Page page;

    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of("parley.token.secret", Tokens.SECRET));
    }

    @BeforeAll
    static void launch() {
        chromium = Chromium.launch();
    }

    @AfterAll
    static void quit() {
        chromium.close();
    }

    @BeforeEach
    void open() {
        page = chromium.newPage();
        page.navigate(http().toString());
    }

    @Test
    void meetsThoseOnWebSockets() {
        try (WireClient ben = WireClient.user(ws("/chat"), "ben")) {
            connect("ana");
            Map<?, ?> welcome = answer("{type: 'login', id: 'l'}", "welcome");
            assertThat(welcome.get("username")).isEqualTo("ana");
            assertThat((Map<?, ?>) welcome.get("channels")).hasSize(3);

            assertThat(answer("{type: 'chat', id: 'c', content: '你好 ben'}", "ack")
                            .get("id"))
                    .isEqualTo("c");
            ben.next("chat", message -> message.getString("content").equals("你好 ben"));
            ben.send("{'type':'chat','content':'hello ana'}");
            ben.send("{'type':'message','to':'ana','content':'a secret'}");
            assertThat(received("message").get("content")).isEqualTo("a secret");
            page.waitForFunction("() => messages.filter(({ type }) => type === 'chat').length === 2");

            Map<?, ?> history = answer("{type: 'history', id: 'h', room: 'lobby', limit: 2}", "history");
            assertThat(contents(history)).containsExactly("你好 ben", "hello ana");
        }
    }

    @Test
    void createsJoinsAndLeavesRooms() {
        connect("carla");
        answer("{type: 'login', id: 'l'}", "welcome");
        Object room =
                answer("{type: 'create', id: 'r', name: 'plans'}", "created").get("room");
        Map<?, ?> joined = answer("{type: 'join', id: 'j', room: '" + room + "'}", "joined");
        assertThat(joined.get("room")).isEqualTo(room);
        answer("{type: 'chat', id: 'c', room: '" + room + "', content: 'first'}", "ack");
        assertThat(received("chat").get("content")).isEqualTo("first");
        Map<?, ?> rooms = answer("{type: 'rooms', id: 's'}", "rooms");
        assertThat((List<?>) rooms.get("rooms"))
                .anyMatch(each -> ((Map<?, ?>) each).get("room").equals(room)
                        && ((Map<?, ?>) each).get("joined").equals(true));
        assertThat(answer("{type: 'members', id: 'm', room: '" + room + "'}", "members")
                        .get("members"))
                .isEqualTo(List.of("carla"));
        answer("{type: 'leave', id: 'v', room: '" + room + "'}", "left");
    }

    @Test
    void refusedTokenClosesWithItsCode() {
        page.evaluate(CONNECT, List.of(ws("/chat").toString(), "no.token.atall"));
        page.evaluate("() => socket.send('{\"type\": \"login\"}')");
        assertThat(received("error").get("code")).isEqualTo("login_refused");
        assertThat(received("close").get("code")).isEqualTo(4501);
    }

    private static List<String> contents(Map<?, ?> history) {
        return ((List<?>) history.get("messages"))
                .stream()
                        .map(message -> ((Map<?, ?>) message).get("content").toString())
                        .toList();
    }

    private void connect(String user) {
        page.evaluate(CONNECT, List.of(ws("/chat").toString(), Tokens.of(user)));
    }

    /** @param message as JavaScript has it */
    private Map<?, ?> answer(String message, String type) {
        page.evaluate("(message) => socket.send(JSON.stringify(message))", page.evaluate("(" + message + ")"));
        return received(type);
    }

    /** The last message of a type, once there is one. */
    private Map<?, ?> received(String type) {
        return (Map<?, ?>) page.waitForFunction("(wanted) => messages.findLast(({ type }) => type === wanted)", type)
                .jsonValue();
    }
}
