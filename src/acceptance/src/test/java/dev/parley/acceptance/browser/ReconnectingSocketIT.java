package dev.parley.acceptance.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.parley.acceptance.javascript.WebSocketServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The rows of {@code wire-rows.js}, which JavaScriptTest plays in Node, in a real browser. */
class ReconnectingSocketIT {
    private static final Path ROOT = Path.of("../..");
    private static final String ROWS = "/src/acceptance/src/test/js/support/wire-rows.js";

    @TestFactory
    Stream<DynamicTest> rows() throws Exception {
        // A page that Playwright answers itself would be of no network, and could not connect to this machine.
        HttpServer pages = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pages.createContext("/", ReconnectingSocketIT::serve);
        pages.start();
        try (WebSocketServer server = WebSocketServer.start();
                Chromium chromium = Chromium.launch();
                Page page = chromium.newPage()) {
            page.navigate("http://127.0.0.1:" + pages.getAddress().getPort());
            Object results = page.evaluate(
                    "async ([rows, server]) => (await import(rows)).results(server)",
                    List.of(ROWS, server.uri().toString()));
            List<?> rows = (List<?>) results;
            assertThat(rows).isNotEmpty();
            return rows.stream().map(row -> test((Map<?, ?>) row));
        } finally {
            pages.stop(0);
        }
    }

    /** The sources as they are in the repository, and an empty page. */
    private static void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        boolean isSource = path.endsWith(".js");
        byte[] body =
                isSource ? Files.readAllBytes(ROOT.resolve(path.substring(1))) : "<!doctype html>".getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", isSource ? "text/javascript" : "text/html");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static DynamicTest test(Map<?, ?> row) {
        return DynamicTest.dynamicTest(
                row.get("name").toString(),
                () -> assertThat(row.get("problem")).as("%s", row.get("name")).isEqualTo(""));
    }
}
