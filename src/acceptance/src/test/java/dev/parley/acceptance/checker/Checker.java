package dev.parley.acceptance.checker;

import java.util.ArrayList;
import java.util.List;

/** What a history proves against the server: a pure function. */
public final class Checker {
    private Checker() {}

    /**
     * Every promise that this history shows broken.
     *
     * @param history of all that took part, with an {@link Event.Audited} for each channel at its end
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
