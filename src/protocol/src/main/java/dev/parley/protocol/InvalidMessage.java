package dev.parley.protocol;

/** A field holds what the protocol does not allow. The text names the field and the value, and is meant for people. */
public final class InvalidMessage extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public InvalidMessage(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    /** What to answer: {@code missing_field}, {@code too_long}, {@code bad_message} or {@code bad_json}. */
    public ErrorCode code() {
        return code;
    }
}
