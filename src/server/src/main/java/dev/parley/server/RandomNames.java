package dev.parley.server;

import dev.parley.protocol.UserKey;
import dev.parley.server.auth.GuestSecret;
import dev.parley.server.dispatch.handlers.GuestSignIn;
import dev.parley.server.session.SessionId;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** Generates random names. All but the names and tags of guests are unguessable. Any thread. */
final class RandomNames implements GuestSignIn.Names {
    private static final int BYTES = 12;
    private static final int ENDING_BYTES = 6;
    private static final int GUESTS = 1_000_000;
    private static final int GUEST_KEY_BYTES = 16;
    private static final int GUEST_SECRET_BYTES = 32;
    /** Long enough that hardly any guest gets the tag of a forgotten one, by which somebody may still write to that. */
    private static final int GUEST_TAG_LENGTH = 6;
    /** Characters that people do not take for each other. */
    private static final String TAG_CHARACTERS = "23456789abcdefghjkmnpqrstuvwxyz";

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

    /** Short enough to be pronounced. */
    @Override
    public String guestName() {
        return "guest-" + random.nextInt(1, GUESTS);
    }

    @Override
    public UserKey guestKey() {
        return UserKey.guest(hex(GUEST_KEY_BYTES));
    }

    @Override
    public GuestSecret guestSecret() {
        return new GuestSecret(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(GUEST_SECRET_BYTES)));
    }

    @Override
    public String guestTag() {
        return tag(GUEST_TAG_LENGTH);
    }

    /** One more character for the tag of a guest. */
    String guestTagCharacter() {
        return tag(1);
    }

    private String tag(int length) {
        return random.ints(length, 0, TAG_CHARACTERS.length())
                .mapToObj(TAG_CHARACTERS::charAt)
                .map(String::valueOf)
                .collect(Collectors.joining());
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
        return HexFormat.of().formatHex(bytes(count));
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
