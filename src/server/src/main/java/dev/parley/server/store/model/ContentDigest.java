package dev.parley.server.store.model;

import dev.parley.protocol.Channel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Identifies the content of a message, to tell a duplicate from a different message with the same id. It digests the
 * client's fields, not the stored form, which may change with the version of the server.
 *
 * @param digest 128 bits of SHA-256, 22 characters of base64url. That is enough: with a collision a sender could only
 *     deceive itself
 */
public record ContentDigest(String digest) {
    private static final int DIGEST_BYTES = 16;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** @param fields the client's fields, always in the same order; absent ones count too */
    public static ContentDigest of(String type, List<Channel> channels, List<Optional<String>> fields) {
        MessageDigest sha256 = sha256();
        add(sha256, type);
        channels.forEach(channel -> {
            add(sha256, channel.kind().name());
            add(sha256, channel.name());
        });
        for (Optional<String> field : fields) {
            if (field.isPresent()) {
                add(sha256, field.get());
            } else {
                sha256.update((byte) '-');
            }
        }
        return new ContentDigest(BASE64.encodeToString(Arrays.copyOf(sha256.digest(), DIGEST_BYTES)));
    }

    /** Adds a part, preceded by its length, so that different lists of parts never have the same bytes. */
    private static void add(MessageDigest sha256, String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        sha256.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        sha256.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
