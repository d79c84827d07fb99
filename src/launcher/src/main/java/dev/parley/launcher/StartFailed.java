package dev.parley.launcher;

/** The server could not be started, or ended by itself. The text is for the person who started it. */
public final class StartFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartFailed(String text) {
        super(text);
    }
}
