package dev.parley.bench.system;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import dev.parley.launcher.programs.InstalledBrowser;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An installed browser without a window. Used only by the thread that launched it. */
public final class Chromium implements AutoCloseable {
    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    public static Chromium launch() throws MissingTool {
        Path program = InstalledBrowser.find()
                .orElseThrow(() -> new MissingTool(
                        "There is no Chromium or Chrome on the PATH, or named by the environment variable "
                                + InstalledBrowser.VARIABLE + "."));
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        BrowserType.LaunchOptions options =
                new BrowserType.LaunchOptions().setExecutablePath(program).setArgs(List.of("--disable-gpu"));
        return new Chromium(playwright, playwright.chromium().launch(options));
    }

    /** A page like that of another person. */
    public Page newPage(int width, int height) {
        return browser.newContext(new Browser.NewContextOptions().setViewportSize(width, height))
                .newPage();
    }

    public String version() {
        return "Chromium " + browser.version();
    }

    @Override
    public void close() {
        playwright.close();
    }
}
