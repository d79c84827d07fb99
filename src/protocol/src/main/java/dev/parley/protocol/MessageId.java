package dev.parley.protocol;

/**
 * The id of a message, given by its sender. A sender that sends a message again under the same id is not stored twice.
 *
 * @param value 1-64 characters of {@code A-Za-z0-9_-}
 */
public record MessageId(String value) {
    /** @throws InvalidMessage if the value is not of this shape */
    public MessageId {
        Field.id("id", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
