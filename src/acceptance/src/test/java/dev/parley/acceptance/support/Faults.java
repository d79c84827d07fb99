package dev.parley.acceptance.support;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Length of the fault experiments under {@code -Pfaults}: minutes each, in the short form seconds. */
public final class Faults {
    /** JUnit's tag of the fault experiments. */
    public static final String TAG = "faults";

    private static final boolean IS_LONG = "long".equals(System.getProperty("parley.test.faults"));
    private static final int LONGER = 15;

    private Faults() {}

    public static boolean isLong() {
        return IS_LONG;
    }

    /** Of that many seconds in the short form. */
    public static Duration seconds(int shortForm) {
        return Duration.ofSeconds(IS_LONG ? (long) shortForm * LONGER : shortForm);
    }

    /** That often in the short form. */
    public static int times(int shortForm) {
        return IS_LONG ? shortForm * LONGER : shortForm;
    }

    /** From {@code -Dparley.test.seed}, to repeat what failed; else any. */
    public static long seed() {
        return Long.getLong("parley.test.seed", ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
    }

    /** Waits for a condition, or as long; what became of it is judged later. */
    public static void awaitQuietly(Duration atMost, Callable<Boolean> condition) {
        try {
            Awaitility.await().atMost(atMost).until(condition);
        } catch (ConditionTimeoutException e) {
            System.out.println("Not in " + atMost.toSeconds() + " s, although it should: " + e.getMessage());
        }
    }

    /** Lets the load run for so long. */
    public static void run(Duration time) {
        Awaitility.await().pollDelay(time).atMost(time.plusSeconds(60)).until(() -> true);
    }
}
