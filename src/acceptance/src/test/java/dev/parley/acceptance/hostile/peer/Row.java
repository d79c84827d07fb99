package dev.parley.acceptance.hostile.peer;

/** One hostile input, and the answer that it must get. */
public record Row(String name, Attack attack, Answer answer) {
    /** Sends an input to a node and returns the answer. */
    @FunctionalInterface
    public interface Attack {
        Answer on(Node node);
    }

    @Override
    public String toString() {
        return name;
    }
}
