package dev.parley.server.session;

/** The id of a session: random, so that nobody can guess the session of somebody else. */
public record SessionId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
