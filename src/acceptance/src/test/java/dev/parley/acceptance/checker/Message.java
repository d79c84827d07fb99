package dev.parley.acceptance.checker;

/** What must be the same wherever a stored message shows up. */
public record Message(String sender, String id, String content) {
    private static final int SHOWN_MAX = 60;

    /** Which message it is: ids are a sender's own. */
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
