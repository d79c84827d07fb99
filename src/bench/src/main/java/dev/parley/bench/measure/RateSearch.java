package dev.parley.bench.measure;

import java.util.OptionalInt;

/** Searches the highest rate that a system holds. */
public final class RateSearch {
    private static final double STEP = 1.5;

    private RateSearch() {}

    /** Tries one rate. */
    public interface Attempt {
        boolean holds(int rate) throws InterruptedException;
    }

    /**
     * Raises the rate by half until it does not hold, or lowers it until it does, then tries what lies between.
     *
     * @param first the first rate
     * @param most no higher rate is tried
     * @param precision how far the answer may be below the lowest rate that did not hold, as a factor such as 1.05
     * @return empty if not even a hundredth of the first rate holds
     */
    public static OptionalInt highest(int first, int most, double precision, Attempt attempt)
            throws InterruptedException {
        double holds = 0;
        double fails = Double.POSITIVE_INFINITY;
        double rate = first;
        while (holds == 0 || fails / holds > precision) {
            if (rate > most || rate < first / 100.0) {
                break;
            }
            if (attempt.holds((int) Math.round(rate))) {
                holds = rate;
            } else {
                fails = rate;
            }
            rate = next(holds, fails);
        }
        return holds == 0 ? OptionalInt.empty() : OptionalInt.of((int) Math.round(holds));
    }

    private static double next(double holds, double fails) {
        if (holds == 0) {
            return fails / STEP;
        }
        return Double.isInfinite(fails) ? holds * STEP : Math.sqrt(holds * fails);
    }
}
