package dev.parley.acceptance.hostile;

/** One hostile input, and the answer that it must get. */
record Row(String name, Attack attack, Answer answer) {
    /** Sends something to a node and tells what came back. */
    @FunctionalInterface
    interface Attack {
        Answer on(Node node);
    }

    @Override
    public String toString() {
        return name;
    }
}
