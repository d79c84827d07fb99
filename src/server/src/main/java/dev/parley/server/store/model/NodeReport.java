package dev.parley.server.store.model;

import java.util.Optional;

/**
 * What a node says of itself.
 *
 * @param sessions number of its sessions
 * @param isDraining whether it sends its clients away
 * @param problem what is wrong with it, in a sentence for people; a longer one is cut
 */
public record NodeReport(int sessions, boolean isDraining, Optional<String> problem) {
    private static final int PROBLEM_MAX = 1_000;

    public NodeReport {
        problem = problem.map(text -> text.substring(0, Math.min(text.length(), PROBLEM_MAX)));
    }
}
