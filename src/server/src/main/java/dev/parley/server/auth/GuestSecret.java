package dev.parley.server.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The secret with which a guest comes back. It is given to the guest once, and never stored or logged. */
public record GuestSecret(String value) {
    /** SHA-256 in base64url, as the store keeps it. It needs no salt, because secrets have 256 random bits. */
    public String hash() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    /** Without the secret, so that it does not get into a log. */
    @Override
    public String toString() {
        return "GuestSecret[…]";
    }
}
