package dev.parley.server.backplane;

/** This node waits for answers of others to as many questions as it may. */
public final class TooManyQuestions extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param open how many */
    public TooManyQuestions(int open) {
        super("This node waits for the answers of others to " + open + " questions already.");
    }
}
