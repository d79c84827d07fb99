package dev.parley.acceptance.pages;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import dev.parley.acceptance.support.JsonText;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the tasks of a page's main thread cost: CPU time, in microseconds. By the clock a task that waits for a
 * processor looks long.
 */
final class MainThread {
    /** Of Chromium's traces nothing but the tasks. */
    private static final List<String> TASKS = List.of("-*", "disabled-by-default-devtools.timeline");

    /** From which length on browsers call a task long (W3C Long Tasks API). */
    static final int LONG = 50_000;

    private MainThread() {}

    /**
     * The tasks during an action, the longest first. Those of all pages that are open: there should be only this one.
     */
    static List<Integer> tasks(Page page, Runnable action) {
        Browser browser = page.context().browser();
        browser.startTracing(page, new Browser.StartTracingOptions().setCategories(TASKS));
        action.run();
        String trace = new String(browser.stopTracing(), StandardCharsets.UTF_8);
        List<JsonObject> events =
                JsonText.object(trace).getJsonArray("traceEvents").getValuesAs(JsonObject.class);
        Set<String> mainThreads = events.stream()
                .filter(event -> event.getString("name").equals("thread_name"))
                .filter(event -> event.getJsonObject("args").getString("name").equals("CrRendererMain"))
                .map(MainThread::thread)
                .collect(Collectors.toSet());
        return events.stream()
                .filter(event -> event.getString("name").equals("RunTask") && mainThreads.contains(thread(event)))
                // Without it: a task that had begun before.
                .map(event -> event.getInt("tdur", 0))
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    /** How much of the time was spent in tasks of at least this length: 0 to 1. */
    static double shareFrom(int length, List<Integer> tasks) {
        return (double) sum(tasks.stream().filter(task -> task >= length).toList()) / sum(tasks);
    }

    static int sum(List<Integer> tasks) {
        return tasks.stream().mapToInt(Integer::intValue).sum();
    }

    private static String thread(JsonObject event) {
        return event.getInt("pid") + "/" + event.getInt("tid");
    }
}
