package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The monitor: metrics that somebody chose, live. */
class MonitorPagesIT extends PagesTest {
    @Test
    void nodeAndPublishedMetricsAreShown() {
        Page page = open("monitor.html");
        assertThat(page.locator("[data-metric-id^='parley.'][data-metric-id$='.sessions'] .value"))
                .hasText(Pattern.compile("[1-9]\\d*"));
        assertThat(page.locator("[data-metric-id^='parley.'][data-metric-id$='.heap.used'] .value"))
                .hasText(Pattern.compile("[\\d.,]+ MiB"));

        watch(page, "hall.*");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'hall.temperature','value':21.5}");
            assertThat(value(page, "hall.temperature")).hasText("21.5");
            page.locator("[data-watched='hall.*'] button").click();
            assertThat(value(page, "hall.temperature")).hasCount(0);
            device.send("{'type':'metric','metricId':'hall.temperature','value':22.5,'id':'m'}");
            device.answer("m");
            assertThat(value(page, "hall.temperature")).hasCount(0);
        }
    }

    @Test
    void lineIsDrawnWithAxes() {
        Page page = open("monitor.html");
        watch(page, "line.one");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'line.one','value':1}");
            device.send("{'type':'metric','metricId':'line.one','value':9}");
            Locator canvas = page.locator("[data-metric-id='line.one'] canvas");
            page.waitForFunction(
                    "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(x => x)",
                    canvas.elementHandle());
            assertThat(canvas).hasAttribute("aria-label", Pattern.compile("line\\.one"));
        }
    }

    @Test
    void valueLooksOldWhenTheConnectionIsAway() {
        Page page = withToken("monitor.html", Tokens.of("watcher"));
        Page admin = withToken("admin.html", Tokens.of("root", "admin"));
        watch(page, "cellar");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'cellar','value':7}");
            assertThat(value(page, "cellar")).hasText("7");
        }
        Locator card = page.locator("metric-card[data-metric-id='cellar']");
        assertThat(card.locator(".age")).not().containsText("old");

        admin.locator("#sessions tr", having("watcher")).locator("button").click();
        admin.click("#confirm");

        assertThat(page.locator("#connection")).hasAttribute("data-state", "CLOSED");
        assertThat(card.locator(".age")).containsText("old");
        assertThat(value(page, "cellar")).hasText("7");
    }

    @Test
    void thresholdIsMarkedAndKeptOverAReload() {
        Page page = open("monitor.html");
        watch(page, "boiler");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'boiler','value':80}");
            Locator card = page.locator("[data-metric-id='boiler']");
            assertThat(card.locator(".value")).hasText("80");
            card.locator("#set").click();
            card.locator("#above").fill("70");
            card.locator("form button").click();
            assertThat(card.locator("[role=status]")).hasText("Above the threshold");

            page.reload();
            assertThat(card.locator("[role=status]")).hasText("Above the threshold");
            device.send("{'type':'metric','metricId':'boiler','value':60}");
            assertThat(card.locator(".value")).hasText("60");
            assertThat(card.locator("[role=status]")).hasText("");
        }
    }

    @Test
    void pauseStopsTheValuesAndResumeShowsTheNewest() {
        Page page = open("monitor.html");
        watch(page, "paused.one");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'paused.one','value':1}");
            assertThat(value(page, "paused.one")).hasText("1");
            page.click("#pause");
            device.send("{'type':'metric','metricId':'paused.one','value':2,'id':'m'}");
            device.answer("m");
            assertThat(page.locator(".paused")).isVisible();
            assertThat(value(page, "paused.one")).hasText("1");
            page.click("#pause");
            assertThat(value(page, "paused.one")).hasText("2");
        }
    }

    @Test
    void whoMayPublishFindsTheForm() {
        Page page = withToken("monitor.html", Tokens.of("device", "metrics"));
        watch(page, "by.hand");
        page.click("main summary");
        page.fill("#publish-id", "by.hand");
        page.fill("#publish-value", "3.5");
        page.click("#publish button");
        assertThat(value(page, "by.hand")).hasText("3.5");
    }

    /** Fifty series, ten values a second each: no task of the page holds up the others. */
    @Test
    void manySeriesDoNotStutter() {
        Page page = open("monitor.html");
        watch(page, "many.*");
        Object fresh = page.evaluate("performance.now()");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            for (int round = 0; round < 30; round++) {
                for (int series = 0; series < 50; series++) {
                    device.send("{'type':'metric','metricId':'many.%02d','value':%d}".formatted(series, round));
                }
                page.waitForTimeout(100);
            }
            assertThat(value(page, "many.49")).hasText("29");
        }
        assertThat(page.locator("[data-metric-id^='many.']")).hasCount(50);
        // A task that has to wait for a processor looks long too.
        assertThat(tasksLongerThanBefore(page, fresh))
                .as("tasks that took longer than any of the fresh page")
                .isLessThan(5);
    }

    private static Locator value(Page page, String metricId) {
        return page.locator("[data-metric-id='" + metricId + "'] .value");
    }

    private static void watch(Page page, String metricId) {
        awaitOpen(page);
        page.fill("#metric-id", metricId);
        page.press("#metric-id", "Enter");
        assertThat(page.locator("#metric-id")).hasValue("");
    }
}
