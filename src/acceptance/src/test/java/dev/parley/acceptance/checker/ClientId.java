package dev.parley.acceptance.checker;

/**
 * One client, across all its connections.
 *
 * @param user whom it signs in as
 * @param device which of that user's clients it is
 */
public record ClientId(String user, String device) {
    @Override
    public String toString() {
        return user + "/" + device;
    }
}
