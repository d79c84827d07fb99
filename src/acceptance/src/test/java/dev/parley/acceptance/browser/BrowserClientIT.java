package dev.parley.acceptance.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The browser library, {@code parley-client.js}, in a real browser and with a server that is killed. */
class BrowserClientIT extends BrowserTest {
    /** Messages that each writer has to get acknowledged before and after something happens. */
    private static final int SOME = 20;

    /** A user whose tokens expire soon. */
    private static final String SHORT_LIVED = "shortLived";

    private final AtomicInteger tokens = new AtomicInteger();
    private final ServerConfiguration configuration = OwnServer.named(
            "browser-client",
            Map.of(
                    "parley.guests", "true",
                    "parley.token.secret", Tokens.SECRET,
                    // A token is taken for so much longer, and is renewed so much later.
                    "parley.token.skew", "0s"));
    private RunningServer server;

    @BeforeAll
    void start() {
        server = configuration.start();
        server.awaitReady(OwnServer.READY);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    /** Both write all the time, and neither knows more of the kill than its library does. */
    @Test
    void killedServerLosesDoublesAndReordersNothing() {
        Page ana = connected("getToken: () => window.freshToken('ana')", "arena");
        Page ben = connected("username: 'ben'", "arena");
        List<Page> writers = List.of(ana, ben);
        writers.forEach(page -> page.evaluate("startWriting()"));
        writers.forEach(page -> page.waitForFunction("acked.length >= " + SOME));

        server.kill();
        writers.forEach(page -> page.waitForFunction("client.state === 'WAITING'"));
        assertThat(ana.evaluate("reasons[0]").toString()).isNotEmpty();
        int before = (Integer) ana.evaluate("acked.length");
        server = configuration.start();
        server.awaitReady(OwnServer.READY);

        writers.forEach(page -> page.waitForFunction("acked.length >= " + (before + SOME)));
        writers.forEach(page -> page.evaluate("stopWriting()"));
        writers.forEach(page -> page.waitForFunction("client.outgoing.entries.length === 0"));
        Object written = ana.evaluate("written + 0");
        writers.forEach(page -> page.waitForFunction(
                "expected => expected.every((count, i) =>"
                        + " seen.filter(line => line.startsWith(['ana', 'ben'][i])).length >= count)",
                List.of(written, ben.evaluate("written + 0"))));
        for (Page page : writers) {
            assertThat(page.evaluate("orderOf('ana')")).isEqualTo("0 to " + written);
            assertThat(page.evaluate("orderOf('ben')")).isEqualTo("0 to " + ben.evaluate("written + 0"));
            assertThat(page.evaluate("failed")).isEqualTo(List.of());
        }
        assertThat(ana.evaluate("seen")).as("one order for both").isEqualTo(ben.evaluate("seen"));
        assertThat(ana.evaluate("states")).isEqualTo(List.of("OPEN", "WAITING", "OPEN"));
    }

    @Test
    void tokenIsRenewedOnTheOpenConnection() {
        Page page = connected("getToken: () => window.freshToken('" + SHORT_LIVED + "')", "lobby");

        page.waitForCondition(() -> tokens.get() >= 3);

        assertThat(page.evaluate("states")).isEqualTo(List.of("OPEN"));
    }

    @Test
    void refusedTokenStopsTheClientWithTheServersSentence() {
        Page page = opened();
        page.evaluate("start({ token: '" + Tokens.forged("ana") + "' }, 'lobby')");

        page.waitForFunction("client.state === 'CLOSED'");
        assertThat(page.evaluate("client.error.code")).isEqualTo("login_refused");
        assertThat(page.evaluate("client.reason").toString()).contains("token");
    }

    @Test
    void addressWithoutAnEndpointStopsTheClient() {
        Page page = opened();
        page.evaluate("start({ url: 'nowhere', username: 'ana' }, 'lobby')");

        page.waitForFunction("client.state === 'CLOSED'");
        assertThat(page.evaluate("client.error.code")).isEqualTo("refused");
    }

    @Test
    void longMessageArrivesWhole() {
        Page ana = connected("username: 'novelist'", "novels");
        Page ben = connected("username: 'reader'", "novels");

        ana.evaluate("room.chat('a\"\\\\\\u0001界😀'.repeat(40_000), { onProgress: (step) => progress.push(step) })");

        ben.waitForFunction("contents.length === 1");
        assertThat(ben.evaluate("contents[0] === 'a\"\\\\\\u0001界😀'.repeat(40_000)"))
                .isEqualTo(true);
        ana.waitForFunction("progress.length > 0 && progress.at(-1).sent === progress.at(-1).total");
    }

    @Test
    void fileComesBackByteForByte() {
        Page ana = connected("getToken: () => window.freshToken('ana')", "files");
        Page ben = connected("getToken: () => window.freshToken('carl')", "files");

        ana.evaluate("""
                async () => {
                  const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
                  const file = new File([bytes], 'numbers.bin', { type: 'application/x-numbers' });
                  const attachment = await room.upload(file, { onProgress: (step) => progress.push(step) });
                  await room.chat('numbers', { attachment });
                }""");
        ben.waitForFunction("contents.length === 1");

        assertThat(ben.evaluate("""
                async () => {
                  const blob = await client.download(attachments[0]);
                  return new Uint8Array(await blob.arrayBuffer()).every((byte, i) => byte === i % 251) && blob.size;
                }""")).isEqualTo(1_000_000);
        assertThat(ben.evaluate("""
                async () => (await fetch(await client.attachmentUrl(attachments[0]))).status""")).isEqualTo(200);
    }

    @Test
    void binaryPayloadReachesThoseInTheRoomWhoAskedForIt() {
        // A guest of another test is called ben.
        Page ana = connected("binary: true, getToken: () => window.freshToken('ana')", "sensors");
        Page bea = connected("binary: true, getToken: () => window.freshToken('bea')", "sensors");
        Page carl = connected("getToken: () => window.freshToken('carl')", "sensors");

        assertThat(ana.evaluate("room.sendBinary(Uint8Array.from({ length: 1_000 }, (_, i) => i % 256),"
                        + " { mediaType: 'application/x-reading' })"))
                .isEqualTo(true);
        bea.waitForFunction("payloads.length === 1");
        bea.evaluate("client.binaryType = 'blob'");
        assertThat(ana.evaluate("client.sendBinary('sensors', new Blob(['by the client']))"))
                .isEqualTo(true);
        bea.waitForFunction("payloads.length === 2");

        assertThat(bea.evaluate("payloads.map(({ room, sender, mediaType }) => [room, sender, mediaType])"))
                .isEqualTo(List.of(
                        List.of("sensors", "ana", "application/x-reading"),
                        List.of("sensors", "ana", "application/octet-stream")));
        assertThat(bea.evaluate("payloads[0].data.byteLength === 1_000 && payloads[0].data instanceof ArrayBuffer"
                        + " && new Uint8Array(payloads[0].data).every((byte, i) => byte === i % 256)"))
                .isEqualTo(true);
        assertThat(bea.evaluate("payloads[1].data.text()")).isEqualTo("by the client");
        ana.evaluate("room.chat('the end')");
        for (Page page : List.of(ana, carl)) {
            page.waitForFunction("contents.length === 1");
            assertThat(page.evaluate("payloads.length")).isEqualTo(0);
        }
    }

    @Test
    void messagesSurviveAReload() {
        Page page = connected("username: 'reloader'", "den");
        page.evaluate("client.close(); void room.chat('written before the reload')");
        page.reload();
        page.evaluate(SCRIPT);
        page.evaluate("start({ username: 'reloader' }, 'den')");

        page.waitForFunction("acked.length === 1");
        assertThat(page.evaluate("client.me.username")).isEqualTo("reloader");
    }

    /** The script of each page of these tests: {@code start} makes a client and records its events. */
    private static final String SCRIPT = """
            async () => {
              const { connect } = await import('/parley/parley-client.js');
              Object.assign(window, {
                seen: [], contents: [], attachments: [], acked: [], failed: [], states: [], reasons: [],
                progress: [], payloads: [], written: 0,
                start(options, name) {
                  window.client = connect({ url: '/chat', ...options });
                  window.room = client.join(name);
                  room.on('message', ({ sender, content, attachment }) => {
                    seen.push(`${sender} ${content.slice(0, 40)}`);
                    contents.push(content);
                    if (attachment) attachments.push(attachment);
                  });
                  room.on('binary', (detail) => payloads.push(detail));
                  client.outgoing.on('acked', ({ entry }) => acked.push(entry.id));
                  client.outgoing.on('failed', ({ error }) => failed.push(error.message));
                  // Attempts in between depend on how long the server takes.
                  client.on('state', ({ state, reason }) => {
                    if (state === 'WAITING') reasons.push(reason);
                    if (state !== 'CONNECTING' && states.at(-1) !== state) states.push(state);
                  });
                },
                startWriting() {
                  window.writer = setInterval(() => room.chat(`${client.me.username} ${written++}`), 60);
                },
                stopWriting() {
                  clearInterval(writer);
                },
                /** '0 to n' where the lines of a writer are its n numbers, each once and in order. */
                orderOf(name) {
                  const lines = seen.filter((line) => line.startsWith(`${name} `));
                  const numbers = lines.map((line) => Number(line.split(' ').at(-1)));
                  return numbers.every((number, i) => number === i) ? `0 to ${numbers.length}` : numbers.join();
                },
              });
            }""";

    private Page opened() {
        Page page = newPage();
        page.exposeFunction("freshToken", arguments -> {
            String user = arguments[0].toString();
            if (!user.equals(SHORT_LIVED)) {
                return Tokens.of(user);
            }
            tokens.incrementAndGet();
            return Tokens.of(user, Duration.ofSeconds(5));
        });
        // A document of the server's origin, without any code of its own.
        page.navigate(server.baseUri().resolve("/parley/package.json").toString());
        page.evaluate(SCRIPT);
        return page;
    }

    /** @param options of {@code connect}, as JavaScript */
    private Page connected(String options, String room) {
        Page page = opened();
        page.evaluate("start({ " + options + " }, '" + room + "')");
        page.waitForFunction("room.state === 'JOINED'");
        return page;
    }
}
