package dev.parley.acceptance.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import dev.parley.acceptance.javascript.Node;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.RunningServer;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples in {@code webapp/parley/README.md}, each as it stands there, on a site of its own. */
class GuideIT extends BrowserTest {
    private static final Path LIBRARY =
            Path.of("../../webapp/parley").toAbsolutePath().normalize();
    private static final String SERVER_OF_THE_GUIDE = "http://localhost:8080";

    private ExampleSite site;
    private RunningServer server;

    @BeforeAll
    void start() throws IOException {
        site = ExampleSite.start(LIBRARY);
        server = OwnServer.named(
                        "guide",
                        Map.of(
                                "parley.guests",
                                "true",
                                "parley.token.secret",
                                Tokens.SECRET,
                                "parley.origins",
                                "self, " + site.origin()))
                .start()
                .awaitReady(OwnServer.READY);
    }

    @AfterAll
    void stop() {
        server.close();
        site.close();
    }

    @Test
    void plainPage() throws IOException {
        site.put("/page.html", example("html"));
        Page page = open("/page.html");

        assertThat(page.locator("#log li")).hasText("visitor: Hello from a plain page");
        assertThatMessagesOfOthersAppear(page);
    }

    @Test
    void reactHook() throws IOException {
        site.put("/hook.js", example("jsx"));
        site.put("/react-module.js", "export const { useEffect, useState } = window.React;");
        site.put("/react.html", forThisServer("""
                <div id="root"></div>
                <script src="/webjars/react/umd/react.development.js"></script>
                <script src="/webjars/react-dom/umd/react-dom.development.js"></script>
                <script type="importmap">
                  { "imports": { "react": "/react-module.js", "parley-client": "/parley/parley-client.js" } }
                </script>
                <script type="module">
                  import { useRoom } from '/hook.js';
                  const { createElement, StrictMode } = React;
                  const OPTIONS = { url: 'http://localhost:8080/chat', username: 'react' };
                  const Line = ({ message }) => createElement('li', null, `${message.sender}: ${message.content}`);
                  const Log = () => createElement('ul', { id: 'log' },
                    useRoom(OPTIONS, 'lobby').map((message) => createElement(Line, { message, key: message.seq })));
                  const root = ReactDOM.createRoot(document.querySelector('#root'));
                  root.render(createElement(StrictMode, null, createElement(Log)));
                  window.unmount = () => root.unmount();
                </script>"""));
        Page page = open("/react.html");

        // React mounts twice in this mode: the first client must be gone.
        assertChatsWhileMounted(page, "react");
    }

    @Test
    void vueComposable() throws IOException {
        site.put("/composable.js", example("vue"));
        site.put("/vue.html", forThisServer("""
                <div id="root"></div>
                <script type="importmap">
                  { "imports": {
                    "vue": "/webjars/vue/dist/vue.runtime.esm-browser.prod.js",
                    "parley-client": "/parley/parley-client.js"
                  } }
                </script>
                <script type="module">
                  import { createApp, h } from 'vue';
                  import { useRoom } from '/composable.js';
                  const app = createApp({
                    setup() {
                      const messages = useRoom({ url: 'http://localhost:8080/chat', username: 'vue' }, 'lobby');
                      const line = ({ seq, sender, content }) => h('li', { key: seq }, `${sender}: ${content}`);
                      return () => h('ul', { id: 'log' }, messages.value.map(line));
                    },
                  });
                  app.mount('#root');
                  window.unmount = () => app.unmount();
                </script>"""));
        Page page = open("/vue.html");

        assertChatsWhileMounted(page, "vue");
    }

    @Test
    void node(@TempDir Path folder) throws IOException, InterruptedException {
        installPackage(folder.resolve("node_modules/parley-client"));
        Path program = Files.writeString(folder.resolve("example.mjs"), example("js"));

        Node.Output output = Node.unpack()
                .run(
                        folder,
                        Duration.ofSeconds(30),
                        Map.of("PARLEY_TOKEN", Tokens.of("builder")),
                        List.of(program.toString()));

        assertThat(output.errors()).isEmpty();
        assertThat(output.out()).contains("stored as 1");
        assertThat(output.exitCode()).isZero();
    }

    /** Copies what {@code npm pack} puts into the package, so that programs find it by its name. */
    private static void installPackage(Path target) throws IOException {
        JsonObject description = JsonText.object(Files.readString(LIBRARY.resolve("package.json")));
        for (JsonString name : description.getJsonArray("files").getValuesAs(JsonString.class)) {
            copy(name.getString(), target);
        }
        copy("package.json", target);
    }

    /** @param name of a file, or a folder, of the library */
    private static void copy(String name, Path target) throws IOException {
        try (Stream<Path> all = Files.walk(LIBRARY.resolve(name))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path copy = target.resolve(LIBRARY.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    private Page open(String path) {
        Page page = newPage();
        page.navigate(site.origin() + path);
        return page;
    }

    private void assertChatsWhileMounted(Page page, String username) {
        awaitPresent(username, 1);
        assertThatMessagesOfOthersAppear(page);
        page.evaluate("unmount()");
        awaitPresent(username, 0);
    }

    private void assertThatMessagesOfOthersAppear(Page page) {
        try (WireClient other = WireClient.user(OwnServer.ws(server.baseUri(), "/chat"), "other")) {
            other.send("{'type':'chat','content':'<b>text</b>'}");
            assertThat(page.locator("#log li").last()).hasText("other: <b>text</b>");
        }
    }

    /** Waits until so many sessions of a guest are in the lobby. */
    private void awaitPresent(String name, int count) {
        try (WireClient other = WireClient.user(OwnServer.ws(server.baseUri(), "/chat"), "looker")) {
            await().pollInterval(Duration.ofMillis(200)).until(() -> {
                other.send("{'type':'presence','room':'lobby'}");
                return other.next("presence", answer -> answer.containsKey("present")).getJsonArray("present").stream()
                                .filter(person -> person.asJsonObject()
                                        .getString("username")
                                        .equals(name))
                                .count()
                        == count;
            });
        }
    }

    /** The only example in this language. */
    private String example(String language) throws IOException {
        String guide = Files.readString(LIBRARY.resolve("README.md"));
        Matcher fence =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(guide);
        assertThat(fence.find()).as("an example in %s", language).isTrue();
        String example = fence.group(1);
        assertThat(fence.find()).as("another example in %s", language).isFalse();
        return forThisServer(example);
    }

    private String forThisServer(String code) {
        return code.replace(SERVER_OF_THE_GUIDE, "http://" + server.baseUri().getAuthority());
    }
}
