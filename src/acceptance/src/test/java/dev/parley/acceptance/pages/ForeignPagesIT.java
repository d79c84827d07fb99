package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Pages that other people write, in a real browser. */
class ForeignPagesIT extends PagesTest {
    @Test
    void handWrittenPageSeesWhyItsCredentialIsRefused() {
        Page page = open("favicon.svg");

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
        Page page = open("favicon.svg");
        page.route(
                "**/api/tickets",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setStatus(201)
                        .setContentType("application/json")
                        .setBody("{\"ticket\":\"of-another-life\",\"expiresIn\":30000}")),
                new Page.RouteOptions().setTimes(1));

        Object states = page.evaluate("""
                async (token) => {
                  const { connect } = await import('/parley/parley-client.js');
                  const client = connect({ url: '/chat', token: async () => token, startClosed: true });
                  const states = [];
                  return new Promise((resolve) => {
                    client.on('state', ({ state, reason }) => {
                      states.push(`${state} ${reason}`.trim());
                      if (state === 'OPEN') client.close();
                      if (state === 'CLOSED') resolve(states);
                    });
                    client.open();
                  });
                }""", Tokens.of("tess"));

        assertThat(states)
                .isEqualTo(List.of(
                        "CONNECTING", "WAITING This is no ticket of this server.", "CONNECTING", "OPEN", "CLOSED"));
    }

    @Test
    void exampleInTheReadmeWorks() throws IOException {
        String readme = Files.readString(
                ParleyDeployment.Built.CONFIGURATION.resolve("../../README.md").normalize());
        Matcher example = Pattern.compile("```js\n(.+?)```", Pattern.DOTALL).matcher(readme);
        assertThat(example.find()).isTrue();
        Page page = open("favicon.svg");
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
        Page page = blank();
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
}
