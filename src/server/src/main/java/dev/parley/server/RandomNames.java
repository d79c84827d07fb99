package dev.parley.server;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** Names that nobody can guess. Any thread. */
final class RandomNames {
    private static final int BYTES = 12;
    private static final int ENDING_BYTES = 6;
    private static final int GUESTS = 1_000_000;

    private final SecureRandom random = new SecureRandom();

    String epoch() {
        return hex();
    }

    String sessionId() {
        return hex();
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

    /** Short enough to be said; two guests of one name are as likely as anybody's typing that name. */
    String guest() {
        return "guest-" + random.nextInt(1, GUESTS);
    }

    /** @param called what its owner calls it */
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
