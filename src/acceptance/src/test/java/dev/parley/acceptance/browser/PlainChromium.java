package dev.parley.acceptance.browser;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import dev.parley.acceptance.support.ServerFolders;
import dev.parley.launcher.programs.InstalledBrowser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Chromium as people start it. One that Playwright starts has no back/forward cache, and each of its pages believes
 * that it is looked at, so that none can be frozen. All pages have the same cookies and storage.
 */
public final class PlainChromium implements AutoCloseable {
    private static final Duration STARTS = Duration.ofSeconds(60);
    private static final int ENDS_SECONDS = 20;

    private final Process process;
    private final Playwright playwright;
    private final Browser browser;

    private PlainChromium(Process process, Playwright playwright, Browser browser) {
        this.process = process;
        this.playwright = playwright;
        this.browser = browser;
    }

    public static PlainChromium launch() throws IOException {
        Path program = InstalledBrowser.find().or(InstalledBrowser::install).orElseThrow();
        Path profile = ServerFolders.create("chromium");
        List<String> command = new ArrayList<>(List.of(program.toString(), "--headless=new"));
        command.addAll(Chromium.arguments());
        command.addAll(List.of("--remote-debugging-port=0", "--user-data-dir=" + profile, "about:blank"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("output.log").toFile())
                .start();
        // Two lines: the port, and the path of the address.
        Path address = profile.resolve("DevToolsActivePort");
        await().atMost(STARTS)
                .until(() ->
                        Files.exists(address) && Files.readAllLines(address).size() == 2);
        Playwright playwright = Playwright.create(Chromium.withoutDownload());
        return new PlainChromium(
                process,
                playwright,
                playwright
                        .chromium()
                        .connectOverCDP(
                                "http://127.0.0.1:"
                                        + Files.readAllLines(address).get(0),
                                new BrowserType.ConnectOverCDPOptions().setNoDefaults(true)));
    }

    public Page newPage() {
        Page page = browser.contexts().get(0).newPage();
        page.setDefaultTimeout(Chromium.WAITS.toMillis());
        return page;
    }

    @Override
    public void close() {
        playwright.close();
        process.destroy();
        process.onExit().orTimeout(ENDS_SECONDS, TimeUnit.SECONDS).join();
    }
}
