package dev.parley.acceptance.pages;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The monitor: metrics that somebody chose, live. */
class MonitorPagesIT extends PagesTest {
    /** Searches the canvas of a chart for pixels of the colour of its line. Pixels at its edge are blended. */
    private static final String LINE_IS_PAINTED = """
            (() => {
              const colour = chart.data.datasets[0].borderColor.match(/\\d+/g).map(Number);
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              for (let i = 0; i < data.length; i += 4) {
                const isLine = colour.every((part, at) => Math.abs(part - data[i + at]) < 8);
                if (isLine && data[i + 3] > 200) return true;
              }
              return false;
            })()""";

    @Test
    void nodeAndPublishedMetricsAreShown() {
        Page page = open("monitor.html");
        assertThat(page.locator("h1")).hasText("Monitor");
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
    void pointerShowsAValueAndItsTime() {
        Page page = open("monitor.html");
        watch(page, "pointed.ms");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'pointed.ms','value':12.3}");
            awaitChart(page, "pointed.ms", "chart.data.datasets[0].data.length === 1 && chart.tooltip.opacity === 0");

            canvas(page, "pointed.ms").hover();
            awaitChart(page, "pointed.ms", "chart.tooltip.opacity === 1");
            awaitChart(page, "pointed.ms", "chart.tooltip.body[0]?.lines[0] === '12.3 ms'");
            awaitChart(page, "pointed.ms", "/^(\\d\\d:){2}\\d\\d/.test(chart.tooltip.title[0])");
            page.mouse().move(0, 0);
            awaitChart(page, "pointed.ms", "chart.tooltip.opacity === 0");
        }
    }

    @Test
    void scaleFollowsTheValuesAndBeginsAtZeroForAShare() {
        Page page = open("monitor.html");
        page.selectOption("#minutes", "1");
        watch(page, "scaled.*");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            publish(device, "scaled.heat", 110, Duration.ofSeconds(20));
            assertThat(value(page, "scaled.heat")).hasText("110");
            publish(device, "scaled.heat", 120, Duration.ofSeconds(10));
            awaitChart(page, "scaled.heat", "chart.scales.y.min > 0 && chart.scales.y.min <= 110");
            awaitChart(page, "scaled.heat", "chart.scales.y.max >= 120 && chart.scales.y.max < 1000");
            publish(device, "scaled.heat", 1_000, Duration.ZERO);
            awaitChart(page, "scaled.heat", "chart.scales.y.max >= 1000");

            publish(device, "scaled.percent", 0.5, Duration.ZERO);
            awaitChart(page, "scaled.percent", "chart.scales.y.min === 0 && chart.scales.y.max >= 0.5");
            awaitChart(page, "scaled.percent", "chart.scales.y.ticks.every(({ label }) => label.endsWith('%'))");
        }
    }

    @Test
    void axisShowsTheChosenTimeAndKeepsItOverAReload() {
        Page page = open("monitor.html");
        watch(page, "ranged");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'ranged','value':1}");
            page.selectOption("#minutes", "1");
            awaitChart(page, "ranged", "Math.round((chart.scales.x.max - chart.scales.x.min) / 1000) === 60");
            awaitChart(page, "ranged", "chart.scales.x.ticks.every(({ label }) => /^(\\d\\d:){2}\\d\\d/.test(label))");
            page.selectOption("#minutes", "15");
            awaitChart(page, "ranged", "Math.round((chart.scales.x.max - chart.scales.x.min) / 1000) === 900");
            // Of a quarter of an hour nobody wants to read the seconds.
            awaitChart(page, "ranged", "chart.scales.x.ticks.every(({ label }) => /^\\d\\d:\\d\\d(?!:)/.test(label))");

            page.reload();
            assertThat(page.locator("#minutes")).hasValue("15");
            awaitChart(page, "ranged", "Math.round((chart.scales.x.max - chart.scales.x.min) / 1000) === 900");
        }
    }

    @Test
    void filterLeavesTheMetricsOfThatName() {
        Page page = open("monitor.html");
        watch(page, "sieve.*");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'sieve.Copper','value':1}");
            device.send("{'type':'metric','metricId':'sieve.iron','value':2}");
            assertThat(value(page, "sieve.iron")).hasText("2");
            page.fill("#filter", " COPPER ");
            assertThat(page.locator("metric-card")).hasCount(1);
            assertThat(value(page, "sieve.Copper")).hasText("1");
            page.fill("#filter", "no such name");
            assertThat(page.locator("metric-card")).hasCount(0);
            assertThat(page.locator("main .empty")).hasText("No metric has this in its name.");
            page.fill("#filter", "");
            assertThat(value(page, "sieve.iron")).hasText("2");
        }
    }

    @Test
    void anotherThemeRepaintsTheLines() {
        Page page = open("monitor.html", new Browser.NewContextOptions().setColorScheme(ColorScheme.LIGHT));
        page.selectOption("#minutes", "1");
        watch(page, "painted");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            publish(device, "painted", 5, Duration.ofSeconds(30));
            assertThat(value(page, "painted")).hasText("5");
            // A line that rises: one along a grid line would be blended with it.
            publish(device, "painted", 7, Duration.ZERO);
            awaitChart(page, "painted", "chart.data.datasets[0].data.length === 2 && " + LINE_IS_PAINTED);
            Object light = chart(page, "painted", "chart.data.datasets[0].borderColor");

            page.click("#preferences");
            page.selectOption("#theme", "dark");
            page.keyboard().press("Escape");
            awaitChart(page, "painted", "chart.data.datasets[0].borderColor !== '" + light + "' && " + LINE_IS_PAINTED);
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
        assertThat(card).hasAttribute("data-stale", "");
        assertThat(value(page, "cellar")).hasText("7");
    }

    @Test
    void valueLooksOldHalfAMinuteAfterItCame() {
        Page page = open(withStoppedClock(blank()), "monitor.html");
        watch(page, "cistern");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'cistern','value':7}");
            assertThat(value(page, "cistern")).hasText("7");
        }
        Locator card = page.locator("metric-card[data-metric-id='cistern']");
        page.clock().fastForward(30_000);
        assertThat(card.locator(".age")).hasText("30 sec. ago");
        assertThat(card).not().hasAttribute("data-stale", "");
        String fresh = (String) value(page, "cistern").evaluate("value => getComputedStyle(value).color");

        page.clock().fastForward(1_000);
        assertThat(card.locator(".age")).containsText("old: \u206831 sec. ago");
        assertThat(card).hasAttribute("data-stale", "");
        assertThat(value(page, "cistern")).not().hasCSS("color", fresh);
        assertThat(page.locator("#connection")).hasAttribute("data-state", "OPEN");
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
            awaitThresholds(page, "boiler", "[70,70]", "[]");

            page.reload();
            assertThat(card.locator("[role=status]")).hasText("Above the threshold");
            awaitThresholds(page, "boiler", "[70,70]", "[]");
            device.send("{'type':'metric','metricId':'boiler','value':60}");
            assertThat(card.locator(".value")).hasText("60");
            assertThat(card.locator("[role=status]")).hasText("");

            card.locator("#set").click();
            card.locator("#below").fill("65.5");
            card.locator("form button").click();
            assertThat(card.locator("[role=status]")).hasText("Below the threshold");
            awaitThresholds(page, "boiler", "[70,70]", "[65.5,65.5]");
            device.send("{'type':'metric','metricId':'boiler','value':65.5}");
            assertThat(card.locator(".value")).hasText("65.5");
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

    /**
     * Fifty series on the screen, ten values a second each: the page draws them in pieces. Drawing all charts at once,
     * as often as values come, would be most of its time.
     */
    @Test
    void manySeriesDoNotStutter() {
        Page page = open("monitor.html", new Browser.NewContextOptions().setViewportSize(1920, 4200));
        watch(page, "many.*");
        Locator charts = page.locator("[data-metric-id^='many.'] canvas");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            publishMany(device, 0);
            assertThat(charts).hasCount(50);
            assertThat(charts.last()).isInViewport();
            awaitChart(page, "many.49", "chart.data.datasets[0].data.length > 0");
            List<Integer> tasks = MainThread.tasks(page, () -> {
                for (int round = 1; round <= 30; round++) {
                    publishMany(device, round);
                    page.waitForTimeout(100);
                }
                assertThat(value(page, "many.49")).hasText("30");
            });

            String draw = "(all) => all.forEach((canvas) => window.Chart.getChart(canvas).update('none'))";
            List<Integer> draws = MainThread.tasks(page, () -> {
                for (int i = 0; i < 5; i++) {
                    charts.evaluateAll(draw);
                }
            });
            // The cheapest of the five: the first ones compile what they run.
            int atOnce = Math.max(MainThread.LONG, draws.get(4));
            assertThat(MainThread.shareFrom(atOnce, tasks))
                    .as("share of the time in tasks of %d µs and more, of these: %s", atOnce, tasks)
                    .isLessThan(0.25);
        }
    }

    private static void publishMany(WireClient device, int value) {
        for (int series = 0; series < 50; series++) {
            device.send("{'type':'metric','metricId':'many.%02d','value':%d}".formatted(series, value));
        }
    }

    @Test
    void metricsBeyondThreeHundredAreLeftOutAndThePageSaysSo() {
        Page page = open("monitor.html");
        watch(page, "crowd.*");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            for (int i = 0; i < 310; i++) {
                device.send("{'type':'metric','metricId':'crowd.%03d','value':%d}".formatted(i, i));
            }
            assertThat(page.locator("#problem")).hasText("Only 300 metrics are shown. Choose a longer prefix.");
            assertThat(page.locator("metric-card")).hasCount(300);

            page.locator("[data-watched='crowd.*'] button").click();
            assertThat(page.locator("[data-metric-id^='crowd.']")).hasCount(0);
            assertThat(page.locator("#problem")).isHidden();
            watch(page, "crowd.30*");
            assertThat(page.locator("[data-metric-id^='crowd.']")).hasCount(10);
            assertThat(value(page, "crowd.309")).hasText("309");
        }
    }

    @Test
    void namesAndValuesBreakNoLayoutOnAPhone() {
        Page page = open("monitor.html", new Browser.NewContextOptions().setViewportSize(360, 740));
        String hebrew = "מדד.חום";
        List<String> names = List.of("W".repeat(120), hebrew, "\u202Etfel ot thgir", "<b>bold</b>");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            for (String name : names) {
                watch(page, name);
                device.send("{'type':'metric','metricId':'" + name + "','value':1e300}");
                assertThat(value(page, name)).hasText("1E300");
            }
        }
        ChatPagesIT.assertNoSidewaysScrolling(page);
        assertWithinTheScreen(page.locator("metric-card h3, metric-card #set, metric-card .value, metric-card canvas"));
        assertWithinTheScreen(page.locator(".chips .cut, .chips button"));
        assertThat(page.locator(".chips .cut")).containsText(names.toArray(String[]::new));
        assertThat(page.locator(".chips [data-watched='" + hebrew + "'] .cut")).hasCSS("direction", "rtl");
        assertThat(page.locator("[data-metric-id='" + hebrew + "'] h3")).hasCSS("direction", "rtl");
        screenshot(page, "monitor-names-360");
    }

    @Test
    void thresholdsAndTheSignInAreReachedWithTheKeyboard() {
        Page page = open("monitor.html");
        watch(page, "typed.in");
        try (WireClient device = WireClient.user(ws("/monitor"), "device", "metrics")) {
            device.send("{'type':'metric','metricId':'typed.in','value':80}");
            Locator card = page.locator("[data-metric-id='typed.in']");
            assertThat(card.locator(".value")).hasText("80");
            card.locator("#set").focus();
            page.keyboard().press("Enter");
            page.keyboard().press("Tab");
            assertThat(card.locator("#above")).isFocused();
            page.keyboard().press("Escape");
            assertThat(card.locator("#above")).isHidden();
            assertThat(card.locator("#set")).isFocused();

            page.keyboard().press("Enter");
            page.keyboard().press("Tab");
            page.keyboard().type("70");
            page.keyboard().press("Enter");
            assertThat(card.locator("[role=status]")).hasText("Above the threshold");
            assertThat(card.locator("#set")).isFocused();
        }
        page.locator("#open-sign-in").focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("#token")).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.locator("#token")).hasCount(0);
        assertThat(page.locator("#open-sign-in")).isFocused();
    }

    /** @param ago how long before now the value was measured */
    private static void publish(WireClient device, String metricId, double value, Duration ago) {
        device.send("{'type':'metric','metricId':'%s','value':%s,'at':'%s'}"
                .formatted(metricId, value, Instant.now().minus(ago)));
    }

    private static Locator canvas(Page page, String metricId) {
        return page.locator("[data-metric-id='" + metricId + "'] canvas");
    }

    /** JavaScript that evaluates an expression on the {@code chart} of a {@code canvas}; undefined without a chart. */
    private static String ofChart(String expression) {
        return "(canvas) => { const chart = window.Chart.getChart(canvas); return chart && (" + expression + "); }";
    }

    private static Object chart(Page page, String metricId, String expression) {
        return canvas(page, metricId).evaluate(ofChart(expression));
    }

    private static void awaitChart(Page page, String metricId, String condition) {
        // Not within the condition: waitForFunction takes a promise for true.
        page.evaluate("async () => void (window.Chart = (await import('/lib/chart.js/dist/chart.js')).Chart)");
        // Painted while it is on the screen.
        canvas(page, metricId).scrollIntoViewIfNeeded();
        page.waitForFunction(ofChart(condition), canvas(page, metricId).elementHandle());
    }

    /** The lines of the thresholds, each from one side of the chart to the other. */
    private static void awaitThresholds(Page page, String metricId, String above, String below) {
        String lines = "chart.data.datasets.slice(1).map(({ data }) => JSON.stringify(data.map(({ y }) => y))).join()";
        awaitChart(page, metricId, lines + " === '" + above + "," + below + "'");
        String reaches = "chart.data.datasets[1].data.map(({ x }) => x).join()"
                + " === [chart.scales.x.min, chart.scales.x.max].join()";
        awaitChart(page, metricId, reaches);
    }

    private static Locator value(Page page, String metricId) {
        return page.locator("[data-metric-id='" + metricId + "'] .value");
    }

    static void watch(Page page, String metricId) {
        awaitOpen(page);
        page.fill("#metric-id", metricId);
        page.press("#metric-id", "Enter");
        assertThat(page.locator("#metric-id")).hasValue("");
    }
}
