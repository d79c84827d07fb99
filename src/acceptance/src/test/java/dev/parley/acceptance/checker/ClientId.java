package dev.parley.acceptance.checker;

/**
 * One client, across all its connections.
 *
 * @param user name of the user that signs in
 * @param device identifies the client among the user's clients
 */
public record ClientId(String user, String device) {
    @Override
    public String toString() {
        return user + "/" + device;
    }
}
