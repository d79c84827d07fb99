package dev.parley.server;

import dev.parley.server.session.SessionId;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** Generates random names. All but the names of guests are unguessable. Any thread. */
final class RandomNames {
    private static final int BYTES = 12;
    private static final int ENDING_BYTES = 6;
    private static final int GUESTS = 1_000_000;

    private final SecureRandom random = new SecureRandom();

    String epoch() {
        return hex();
    }

    SessionId sessionId() {
        return new SessionId(hex());
    }

    String messageId() {
        return hex();
    }

    String attachmentId() {
        return hex();
    }

    String nodeId() {
        return hex();
    }

    String ticketId() {
        return hex();
    }

    /**
     * A guest's name, short enough to be pronounced. It need not be unique: a guest may also type a name that another
     * guest has.
     */
    String guest() {
        return "guest-" + random.nextInt(1, GUESTS);
    }

    /** @param called the name that its owner gave it */
    String privateRoom(String called) {
        return "_" + called + "-" + hex(ENDING_BYTES);
    }

    RandomGenerator random() {
        return random;
    }

    private String hex() {
        return hex(BYTES);
    }

    private String hex(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
