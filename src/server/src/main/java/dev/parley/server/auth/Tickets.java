package dev.parley.server.auth;

import dev.parley.protocol.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * One-time tickets for URLs: a browser cannot add headers to a WebSocket or an image, and a token in a URL would end up
 * in logs. A ticket is self-contained: it holds the identity, an expiry after half a minute at most, and the origin of
 * the page. So only its use has to be remembered. Any thread.
 */
public final class Tickets {
    public static final Duration LIFETIME = Duration.ofSeconds(30);

    /**
     * How long a use is remembered: longer than the lifetime, because the wall clock, which decides on the expiry, may
     * be set back.
     */
    public static final Duration MEMORY = LIFETIME.multipliedBy(2);

    /** Twice the limit of a token, because the ticket stands for one. */
    private static final int LENGTH_MAX = 16 * 1024;

    private static final String ID = "jti";
    private static final String USER = "sub";
    private static final String ROLES = "roles";
    private static final String ORIGIN = "origin";
    private static final String EXPIRES = "expires";
    private static final String IDENTITY_EXPIRES = "until";
    private static final String IDENTITY_ISSUED = "since";
    private static final String REVOCATION = "revocation";

    private final TicketKeys keys;
    private final Supplier<String> ids;
    private final InstantSource clock;
    private final TicketUses uses;

    /** A ticket and how long it is valid. */
    public record Issued(String ticket, Duration expiresIn) {
        /** Omits the ticket, so that a log never contains a valid credential. */
        @Override
        public String toString() {
            return "a ticket for " + expiresIn.toMillis() + " ms";
        }
    }

    /**
     * @param ids source of random ids of tickets
     * @param clock the wall clock
     */
    public Tickets(TicketKeys keys, TicketUses uses, Supplier<String> ids, InstantSource clock) {
        this.keys = keys;
        this.uses = uses;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Issues a ticket.
     *
     * @param identity identity of a user with a token, with the number of the revocation that the ticket comes after
     * @param origin origin of the page that asks; empty if it is not a page
     * @return a ticket that expires no later than the token; empty if the token has expired
     */
    public Optional<Issued> issue(Identity identity, Optional<String> origin) {
        Instant now = clock.instant();
        Instant tokenEnds = identity.expiresAt().orElseThrow();
        Instant ends = tokenEnds.isBefore(now.plus(LIFETIME)) ? tokenEnds : now.plus(LIFETIME);
        if (!ends.isAfter(now)) {
            return Optional.empty();
        }
        Map<String, Object> claims = new HashMap<>(Map.of(
                ID,
                ids.get(),
                USER,
                identity.name(),
                ROLES,
                identity.roles(),
                EXPIRES,
                ends.toEpochMilli(),
                IDENTITY_EXPIRES,
                tokenEnds.toEpochMilli()));
        origin.ifPresent(page -> claims.put(ORIGIN, page));
        identity.issuedAt().ifPresent(issued -> claims.put(IDENTITY_ISSUED, issued.toEpochMilli()));
        identity.revocation().ifPresent(number -> claims.put(REVOCATION, number));
        return Optional.of(new Issued(keys.sign(claims), Duration.between(now, ends)));
    }

    /**
     * Consumes a ticket. Of several concurrent uses of the same ticket, one succeeds.
     *
     * @param origin whether the origin to which the ticket was issued, or empty, may use it here
     */
    TokenVerdict redeem(String ticket, Predicate<Optional<String>> origin) {
        if (ticket.length() > LENGTH_MAX) {
            return refused(ErrorCode.LOGIN_REFUSED, "The ticket is longer than " + LENGTH_MAX + " characters.");
        }
        Optional<Map<String, Object>> claims = keys.verified(ticket);
        if (claims.isEmpty()) {
            return refused(ErrorCode.LOGIN_REFUSED, "This is no ticket of this server.");
        }
        return redeem(claims.get(), origin);
    }

    private TokenVerdict redeem(Map<String, Object> claims, Predicate<Optional<String>> origin) {
        if (!clock.instant().isBefore(time(claims, EXPIRES))) {
            return refused(ErrorCode.TOKEN_EXPIRED, "The ticket has expired. Ask for a new one for each attempt.");
        }
        if (!origin.test(Optional.ofNullable((String) claims.get(ORIGIN)))) {
            return refused(
                    ErrorCode.LOGIN_REFUSED, "The ticket was given to another origin. Use it where you asked for it.");
        }
        Identity holder = identity(claims);
        return switch (uses.use((String) claims.get(ID), time(claims, EXPIRES), holder)) {
            case FIRST -> new TokenVerdict.Accepted(holder);
            case USED_BEFORE ->
                refused(ErrorCode.LOGIN_REFUSED, "The ticket has been used. Ask for a new one for each attempt.");
            case REVOKED ->
                refused(
                        ErrorCode.LOGIN_REFUSED,
                        "Your token was revoked after the ticket was issued. Sign in at your identity provider again.");
            case TOO_MANY ->
                refused(ErrorCode.RATE_LIMITED, "Too many tickets were used within a minute. Try again later.");
            case UNKNOWN ->
                new TokenVerdict.Unknown(
                        "Whether the ticket was used cannot be looked up now. Try again with another" + " one.");
        };
    }

    private static Identity identity(Map<String, Object> claims) {
        Identity user = Identity.user(
                (String) claims.get(USER),
                roles(claims),
                time(claims, IDENTITY_EXPIRES),
                claims.containsKey(IDENTITY_ISSUED) ? Optional.of(time(claims, IDENTITY_ISSUED)) : Optional.empty());
        return claims.get(REVOCATION) instanceof Number number ? user.after(number.longValue()) : user;
    }

    private static Instant time(Map<String, Object> claims, String claim) {
        return Instant.ofEpochMilli(((Number) claims.get(claim)).longValue());
    }

    private static Set<String> roles(Map<String, Object> claims) {
        return ((Collection<?>) claims.get(ROLES))
                .stream().map(String.class::cast).collect(Collectors.toSet());
    }

    private static TokenVerdict refused(ErrorCode code, String reason) {
        return new TokenVerdict.Refused(code, reason);
    }
}
