package dev.parley.protocol;

/**
 * The key of a user or a guest, as the store holds it. It identifies inboxes, memberships, read marks and the messages
 * of a sender. Names of users that differ only in case have the same key; a guest's key says nothing about its name.
 *
 * @param value {@code user:FOLDED-NAME} or {@code guest:RANDOM-ID}
 */
public record UserKey(String value) implements Comparable<UserKey> {
    private static final String USER = "user:";
    private static final String GUEST = "guest:";
    private static final String OWN = "self:";

    /** Stands for the connected user where its key is unknown, that is, on a client. It is never stored. */
    public static final UserKey SELF = new UserKey(OWN);

    /** @throws IllegalArgumentException if the value is not of this shape */
    public UserKey {
        boolean hasName = !value.equals(USER) && !value.equals(GUEST);
        if (!(hasName && (value.startsWith(USER) || value.startsWith(GUEST)) || value.equals(OWN))) {
            throw new IllegalArgumentException("A user key is user:NAME or guest:ID, but this one is '" + value + "'.");
        }
    }

    /** The key of the user with this name. */
    public static UserKey user(String name) {
        return new UserKey(USER + Field.folded(name));
    }

    /** @param id random, so that nobody can come to have another guest's key */
    public static UserKey guest(String id) {
        return new UserKey(GUEST + id);
    }

    @Override
    public int compareTo(UserKey other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
