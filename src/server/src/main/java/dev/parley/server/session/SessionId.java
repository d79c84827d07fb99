package dev.parley.server.session;

/** The id of a session: random, so that no client can guess the id of another one. */
public record SessionId(String value) {
    @Override
    public String toString() {
        return value;
    }
}
