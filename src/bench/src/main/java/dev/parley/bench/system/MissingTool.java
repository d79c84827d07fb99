package dev.parley.bench.system;

/** A target cannot be measured on this machine; the text names what is missing. */
public final class MissingTool extends Exception {
    private static final long serialVersionUID = 1L;

    public MissingTool(String text) {
        super(text);
    }
}
