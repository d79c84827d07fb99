package dev.parley.acceptance.checker;

/** The parts of a stored message that must be the same wherever it appears. */
public record Message(String sender, String id, String content) {
    private static final int SHOWN_MAX = 60;

    /** Identifies the message: ids are unique per sender. */
    Key key() {
        return new Key(sender, id);
    }

    record Key(String sender, String id) {
        @Override
        public String toString() {
            return "'" + id + "' of " + sender;
        }
    }

    @Override
    public String toString() {
        String shown = content.length() <= SHOWN_MAX
                ? content
                : content.substring(0, SHOWN_MAX) + "… (" + content.length() + " characters)";
        return key() + " \"" + shown + "\"";
    }
}
