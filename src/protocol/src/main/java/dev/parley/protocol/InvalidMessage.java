package dev.parley.protocol;

/** A field has a value that the protocol does not allow. The text names the field and the value, and is for people. */
public final class InvalidMessage extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public InvalidMessage(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    /**
     * The code of the error to answer: {@code missing_field}, {@code too_long}, {@code bad_message} or
     * {@code bad_json}.
     */
    public ErrorCode code() {
        return code;
    }
}
