package dev.parley.client.internal.outbound;

import java.security.SecureRandom;
import java.util.Base64;

/** Random ids of messages and requests. They cannot be guessed by other clients. Any thread may call it. */
public final class RandomId {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 16;

    private RandomId() {}

    public static String next() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
