package dev.parley.acceptance.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** Tests of pages with the browser library, each in a browser context of its own. A page that throws fails its test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrowserTest {
    private final List<Page> pages = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private Chromium chromium;

    @BeforeAll
    void launch() {
        chromium = Chromium.launch();
    }

    @AfterAll
    void quit() {
        chromium.close();
    }

    @AfterEach
    void noPageReportedAnError() {
        pages.forEach(page -> page.context().close());
        pages.clear();
        assertThat(errors).isEmpty();
    }

    /** An empty page. */
    Page newPage() {
        // The policy of our pages would forbid what Playwright evaluates.
        Page page = chromium.newPage(new Browser.NewContextOptions().setBypassCSP(true));
        pages.add(page);
        page.onPageError(errors::add);
        return page;
    }
}
