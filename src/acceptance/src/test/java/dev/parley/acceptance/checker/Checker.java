package dev.parley.acceptance.checker;

import java.util.ArrayList;
import java.util.List;

/** Finds broken promises in a recorded history. A pure function. */
public final class Checker {
    private Checker() {}

    /**
     * All violations of the promises in this history.
     *
     * @param history events of all clients, with an {@link Event.Audited} for each channel at the end
     */
    public static List<Violation> check(List<Event> history) {
        List<Violation> violations = new ArrayList<>();
        ExpectedState expectedState = new ExpectedState(violations);
        history.forEach(event -> event.accept(expectedState));
        LogRules logs = new LogRules(expectedState, violations);
        history.forEach(event -> event.accept(logs));
        ReaderRules readers = new ReaderRules(expectedState, violations);
        history.forEach(event -> event.accept(readers));
        readers.end();
        return List.copyOf(violations);
    }
}
