package dev.parley.acceptance.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.parley.launcher.programs.InstalledBrowser;
import dev.parley.launcher.programs.SystemProgram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A real browser without a window. Playwright allows its use only by the thread that launched it. */
public final class Chromium implements AutoCloseable {
    /** Longer than the longest pause between two attempts of a client. */
    public static final Duration WAITS = Duration.ofSeconds(60);

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    /** Starts the installed browser; if there is none, Playwright downloads its own. */
    public static Chromium launch() {
        var installed = InstalledBrowser.find().or(InstalledBrowser::install);
        var options = new BrowserType.LaunchOptions()
                .setHeadless(true)
                // Browsers of people have this cache.
                .setIgnoreDefaultArgs(List.of("--disable-back-forward-cache"))
                .setArgs(arguments());
        installed.ifPresent(options::setExecutablePath);
        PlaywrightAssertions.setDefaultAssertionTimeout(WAITS.toMillis());
        try {
            var playwright = Playwright.create(installed.isPresent() ? withoutDownload() : null);
            return new Chromium(playwright, playwright.chromium().launch(options));
        } catch (RuntimeException e) {
            // Not only PlaywrightException: a failed download throws a plain RuntimeException.
            throw new IllegalStateException(
                    "No browser for the tests could be started. Install Chromium or Chrome so that it is on the PATH,"
                            + " or name it in the environment variable " + InstalledBrowser.VARIABLE,
                    e);
        }
    }

    /** A page with its own cookies and storage, like another person's browser. Its waits time out after a minute. */
    public Page newPage() {
        return newPage(new Browser.NewContextOptions());
    }

    /** @param options theme, size and other settings */
    public Page newPage(Browser.NewContextOptions options) {
        var page = browser.newContext(options).newPage();
        page.setDefaultTimeout(WAITS.toMillis());
        return page;
    }

    @Override
    public void close() {
        playwright.close();
    }

    static Playwright.CreateOptions withoutDownload() {
        return new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"));
    }

    static List<String> arguments() {
        var arguments = new ArrayList<>(List.of(
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync"));
        if (SystemProgram.isRoot()) {
            // Chromium's sandbox does not run as root; for other users it stays on.
            arguments.add("--no-sandbox");
        }
        return arguments;
    }
}
