package dev.parley.acceptance.support;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** Duration and repeatability of the fault tests: seconds each, minutes with {@code -Pfaults}. */
public final class Faults {
    /** The JUnit tag of the fault tests. */
    public static final String TAG = "faults";

    private static final boolean IS_LONG = "long".equals(System.getProperty("parley.test.faults"));
    private static final int LONGER = 15;

    private Faults() {}

    public static boolean isLong() {
        return IS_LONG;
    }

    /** This many seconds in the short form, fifteen times as many in the long form. */
    public static Duration seconds(int shortForm) {
        return Duration.ofSeconds(IS_LONG ? (long) shortForm * LONGER : shortForm);
    }

    /** This many repetitions in the short form, fifteen times as many in the long form. */
    public static int times(int shortForm) {
        return IS_LONG ? shortForm * LONGER : shortForm;
    }

    /** The seed from {@code -Dparley.test.seed}, to repeat a failure; otherwise random. */
    public static long seed() {
        return Long.getLong("parley.test.seed", ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
    }

    /**
     * Waits for a condition, at most this long. It does not fail on a timeout, because the checker reports the cause
     * later.
     */
    public static void awaitQuietly(Duration atMost, Callable<Boolean> condition) {
        try {
            Awaitility.await().atMost(atMost).until(condition);
        } catch (ConditionTimeoutException e) {
            System.out.println("Not in " + atMost.toSeconds() + " s, although it should: " + e.getMessage());
        }
    }

    /** Lets the load run for this time. */
    public static void run(Duration time) {
        Awaitility.await().pollDelay(time).atMost(time.plusSeconds(60)).until(() -> true);
    }
}
