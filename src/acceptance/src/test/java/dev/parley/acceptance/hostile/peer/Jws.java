package dev.parley.acceptance.hostile.peer;

import dev.parley.acceptance.support.Tokens;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Builds tokens by hand: a library would refuse to create most of them. */
public final class Jws {
    public static final String ISSUER = "https://issuer.example";
    public static final String AUDIENCE = "parley";
    public static final String HS256 = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    private static final int LIFETIME_SECONDS = 3_600;

    private Jws() {}

    /** A token that the server accepts. */
    public static String good(String user, String... roles) {
        return signed(HS256, claims("\"sub\":\"" + user + "\"", roles(roles)));
    }

    private static String roles(String... roles) {
        return Arrays.stream(roles).collect(Collectors.joining("\",\"", "\"roles\":[\"", "\"]"));
    }

    /** Claims with valid times, issuer and audience, and the given ones. */
    public static String claims(String... more) {
        return body(
                "\"exp\":" + in(LIFETIME_SECONDS) + ",\"iss\":\"" + ISSUER + "\",\"aud\":\"" + AUDIENCE + "\"", more);
    }

    public static String body(String first, String... more) {
        return "{" + first + (more.length == 0 ? "" : ",") + String.join(",", more) + "}";
    }

    /** The time in this many seconds, as seconds since 1970. */
    public static long in(long seconds) {
        return Instant.now().getEpochSecond() + seconds;
    }

    public static String signed(String header, String claims) {
        return signed(header, claims, Tokens.SECRET);
    }

    public static String signed(String header, String claims, String secret) {
        return signedInput(unsigned(header, claims), secret);
    }

    /** @param claims one byte per character, so that the claims may be invalid UTF-8 */
    public static String signedBytes(String header, String claims) {
        return signedInput(
                base64(header.getBytes(StandardCharsets.ISO_8859_1)) + "."
                        + base64(claims.getBytes(StandardCharsets.ISO_8859_1)),
                Tokens.SECRET);
    }

    /** @param input header and claims exactly as in the token */
    public static String signedInput(String input, String secret) {
        return input + "." + mac("HmacSHA256", secret, input);
    }

    public static String unsigned(String header, String claims) {
        return base64(header.getBytes(StandardCharsets.UTF_8)) + "." + base64(claims.getBytes(StandardCharsets.UTF_8));
    }

    public static String mac(String algorithm, String secret, String input) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), algorithm));
            return base64(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM cannot sign.", e);
        }
    }

    public static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
