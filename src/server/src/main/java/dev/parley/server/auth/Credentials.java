package dev.parley.server.auth;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.http.Problem;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Who asks? The one answer for upgrades, files and the HTTP API, by the one credential that a request may bring. */
public final class Credentials {
    public sealed interface Verdict {
        /** There was no credential. */
        record Nobody() implements Verdict {}

        record Known(Identity identity) implements Verdict {}

        record Refused(Problem problem) implements Verdict {}
    }

    private final Function<String, TokenVerdict> tokens;
    private final Tickets tickets;
    private final UnaryOperator<TokenVerdict> judge;
    private final FailedAttempts failures;

    /** @param judge says what a good token or ticket is worth: its user may have been revoked */
    public Credentials(
            Function<String, TokenVerdict> tokens,
            Tickets tickets,
            UnaryOperator<TokenVerdict> judge,
            FailedAttempts failures) {
        this.tokens = tokens;
        this.tickets = tickets;
        this.judge = judge;
        this.failures = failures;
    }

    /**
     * Where a ticket counts for nothing: it is for one upgrade or one file, not for getting more tickets.
     *
     * @param address whose failed attempt it is, if it is one
     * @param authorizations the values of all {@code Authorization} headers
     * @param query as it was sent
     */
    public Verdict ofToken(String address, List<String> authorizations, String query) {
        return counted(address, tokenInAddress(query).orElseGet(() -> of(authorizations, List.of(), origin -> false)));
    }

    /**
     * Takes the ticket, if there is one: it is good for nothing afterwards.
     *
     * @param address whose failed attempt it is, if it is one
     * @param authorizations the values of all {@code Authorization} headers, and of what stands for one
     * @param query as it was sent
     * @param ticketOrigin whether a ticket is good here that a page of this origin asked for, or none
     */
    public Verdict ofTokenOrTicket(
            String address, List<String> authorizations, String query, Predicate<Optional<String>> ticketOrigin) {
        return counted(
                address,
                tokenInAddress(query).orElseGet(() -> of(authorizations, values(query, "ticket"), ticketOrigin)));
    }

    /** What was brought in vain costs its address something, also where nobody could check it. */
    private Verdict counted(String address, Verdict verdict) {
        if (!(verdict instanceof Verdict.Refused)) {
            return verdict;
        }
        return failures.count(address)
                .<Verdict>map(wait -> new Verdict.Refused(Problem.tooMany(FailedAttempts.TOO_MANY, wait)))
                .orElse(verdict);
    }

    private static Optional<Verdict> tokenInAddress(String query) {
        return values(query, "token").isEmpty()
                ? Optional.empty()
                : Optional.of(new Verdict.Refused(Problem.of(
                        400,
                        ErrorCode.BAD_MESSAGE.wireName(),
                        "A token in the address ends up in logs and histories. Send it in the Authorization header; for a"
                                + " WebSocket also in a login message, in the subprotocol bearer.TOKEN, or as a one-time"
                                + " ticket.")));
    }

    private Verdict of(List<String> authorizations, List<String> brought, Predicate<Optional<String>> ticketOrigin) {
        int count = authorizations.size() + brought.size();
        if (count == 0) {
            return new Verdict.Nobody();
        }
        if (count > 1) {
            return refused(ErrorCode.LOGIN_REFUSED, "Bring one credential, not " + count + ".");
        }
        if (!brought.isEmpty()) {
            return verdict(tickets.redeem(brought.get(0), ticketOrigin));
        }
        return Bearer.token(authorizations.get(0))
                .map(token -> verdict(tokens.apply(token)))
                .orElseGet(() -> refused(ErrorCode.LOGIN_REFUSED, Bearer.EXPECTED));
    }

    private Verdict verdict(TokenVerdict found) {
        return judge.apply(found)
                .match(
                        accepted -> new Verdict.Known(accepted.identity()),
                        refused -> refused(refused.code(), refused.reason()),
                        unknown -> new Verdict.Refused(Problem.tryLater(unknown.reason(), Problem.LATER)));
    }

    private static Verdict refused(ErrorCode code, String detail) {
        return new Verdict.Refused(
                code == ErrorCode.RATE_LIMITED ? Problem.tooMany(detail, Problem.LATER) : unauthorized(code, detail));
    }

    /** 401, with what would be right and, where a credential was brought, why it is not good (RFC 6750 section 3). */
    public static Problem unauthorized(ErrorCode code, String detail) {
        String challenge = code == ErrorCode.LOGIN_REQUIRED
                ? "Bearer"
                : "Bearer error=\"invalid_token\", error_description=\"" + code.wireName() + "\"";
        return Problem.of(401, code.wireName(), detail).with("WWW-Authenticate", challenge);
    }

    /** Of all parameters of this name, however it is escaped and in whatever case. */
    private static List<String> values(String query, String name) {
        return Arrays.stream(query.split("&"))
                .map(parameter -> parameter.split("=", 2))
                .filter(parts -> decoded(parts[0]).equalsIgnoreCase(name))
                .map(parts -> parts.length == 2 ? decoded(parts[1]) : "")
                .toList();
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // A broken escape is no escape; neither a parameter of ours nor a ticket looks like that.
            return text;
        }
    }
}
