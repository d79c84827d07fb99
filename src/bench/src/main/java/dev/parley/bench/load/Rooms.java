package dev.parley.bench.load;

/**
 * How clients and messages are spread over rooms: client {@code i} reads room {@code i % count}, and message {@code n}
 * goes to room {@code n % count}. The senders of a room take turns; what each of them sends has an order.
 *
 * @param prefix of the names of the rooms
 * @param count number of rooms
 * @param senders of each room
 */
public record Rooms(String prefix, int count, int senders) {
    /** Rooms of one sender each. */
    public Rooms(String prefix, int count) {
        this(prefix, count, 1);
    }

    public static Rooms one(String name) {
        return new Rooms(name, 1);
    }

    /** The name of the room of a client or of a message. */
    public String name(long number) {
        return count == 1 ? prefix : prefix + number % count;
    }

    /** The sender of a message: senders of different rooms have different numbers. */
    public long sender(long number) {
        return number % ((long) count * senders);
    }

    /** The lowest number, not below {@code from}, of a message that goes to the room of a client. */
    long firstFor(int client, long from) {
        return from + Math.floorMod(client - from, (long) count);
    }
}
