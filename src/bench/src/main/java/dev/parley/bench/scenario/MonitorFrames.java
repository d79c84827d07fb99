package dev.parley.bench.scenario;

import com.google.gson.JsonElement;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import dev.parley.bench.load.Pacer;
import dev.parley.bench.load.Schedule;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.Chromium;
import dev.parley.bench.system.MissingTool;
import dev.parley.bench.system.ParleyServer;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.Tokens;
import dev.parley.client.ParleyClient;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;

/**
 * How smoothly a browser shows the monitor page: frames a second, the time between two frames, and how busy the main
 * thread of the page is, while 50 metrics have ten values a second each. Beside it an empty page of the same browser,
 * under the same load; on a screen of usual size, and on one that shows all charts at once.
 *
 * <p>{@code -Dbench.seconds=15} for each page
 */
public final class MonitorFrames implements Scenario {
    private static final int METRICS = 50;
    private static final double PER_SECOND = 10;
    private static final double FOREVER_SECONDS = 3_600;
    private static final int WIDTH = 1920;
    /** In which nothing moves. */
    private static final String EMPTY = "favicon.svg";

    private static final String MONITOR = "monitor.html";

    /**
     * The times between frames, in microseconds. The argument of the callback is no measure: without a window it is
     * 16.7 ms after that of the frame before, however late the frame is.
     */
    private static final String FRAMES = """
            (seconds) => new Promise((resolve) => {
              const micros = [];
              let before;
              const begin = performance.now();
              const frame = () => {
                const now = performance.now();
                if (before !== undefined) micros.push(Math.round((now - before) * 1_000));
                before = now;
                if (now - begin < seconds * 1_000) requestAnimationFrame(frame);
                else resolve(micros);
              };
              requestAnimationFrame(frame);
            })""";

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        try (Chromium browser = Chromium.launch();
                ParleyServer server = ParleyTarget.batches().start(measurement.workplace());
                ParleyClient device = ParleyClient.builder(server.chat())
                        .token(() -> Tokens.of("device"))
                        .build()) {
            System.out.println(measurement.scenario() + ": " + server.description() + ", " + browser.version());
            device.connect().toCompletableFuture().get(30, TimeUnit.SECONDS);
            Schedule schedule = Schedule.lasting(0, System.nanoTime(), METRICS * PER_SECOND, FOREVER_SECONDS);
            Pacer pacer =
                    Pacer.start(schedule, number -> device.metric("frames." + number % METRICS, number / METRICS % 97));
            for (int height : new int[] {1080, 3200}) {
                for (String path : List.of(EMPTY, MONITOR)) {
                    Page page = browser.newPage(WIDTH, height);
                    // What somebody has chosen there before.
                    page.addInitScript("localStorage.setItem('parley.monitor.watched', '[\"frames.*\"]')");
                    page.navigate(server.baseUri().resolve(path).toString());
                    if (path.equals(MONITOR)) {
                        page.locator("[data-metric-id^='frames.']")
                                .nth(METRICS - 1)
                                .waitFor();
                    }
                    measure(measurement, page, path.equals(MONITOR) ? "monitor" : "empty", height);
                    page.context().close();
                }
            }
            pacer.stop();
        } catch (MissingTool e) {
            System.out.println(measurement.scenario() + " is left out. " + e.getMessage());
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The client could not connect.", e);
        }
    }

    private static void measure(Measurement measurement, Page page, String name, int height) {
        int seconds = measurement.options().number("seconds", 15, 3);
        // Scripts are compiled meanwhile.
        page.evaluate(FRAMES, seconds / 3.0);
        Histogram micros = new Histogram(3);
        long sum = 0;
        CDPSession browser = page.context().newCDPSession(page);
        browser.send("Performance.enable");
        double busyBefore = busySeconds(browser);
        List<?> frames = (List<?>) page.evaluate(FRAMES, seconds);
        double busy = busySeconds(browser) - busyBefore;
        for (Object each : frames) {
            long value = ((Number) each).longValue();
            micros.recordValue(value);
            sum += value;
        }
        measurement.found(
                Measurement.PARLEY,
                Map.of("page", name, "screen", WIDTH + "x" + height),
                Map.of(
                        Figure.FRAMES_PER_S, micros.getTotalCount() * 1e6 / sum,
                        Figure.P99_MS, micros.getValueAtPercentile(99) / 1e3,
                        Figure.MAX_MS, micros.getMaxValue() / 1e3,
                        Figure.BUSY_PERCENT, 100 * busy * 1e6 / sum));
    }

    /** What the tasks of the page's main thread have taken since it was there. */
    private static double busySeconds(CDPSession browser) {
        for (JsonElement each : browser.send("Performance.getMetrics").getAsJsonArray("metrics")) {
            if (each.getAsJsonObject().get("name").getAsString().equals("TaskDuration")) {
                return each.getAsJsonObject().get("value").getAsDouble();
            }
        }
        throw new IllegalStateException("This browser does not tell the TaskDuration.");
    }
}
