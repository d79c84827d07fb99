package dev.parley.server.auth;

import dev.parley.protocol.CloseCode;
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

/**
 * Authenticates requests by the one credential that a request may bring. Used for upgrades, attachments and the HTTP
 * API.
 */
public final class Credentials {
    public sealed interface Verdict {
        /** There was no credential. */
        record Nobody() implements Verdict {}

        record Known(Identity identity) implements Verdict {}

        /** @param closeCode the close code that means the same to the client of a WebSocket */
        record Refused(Problem problem, CloseCode closeCode) implements Verdict {}
    }

    private final Function<String, TokenVerdict> tokens;
    private final Tickets tickets;
    private final UnaryOperator<TokenVerdict> judge;
    private final FailedAttempts failures;

    /** @param judge decides on the verdict of a valid token or ticket: it may have been revoked */
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
     * Authenticates by a token only. A ticket is ignored: it is for one upgrade or one attachment, not for more
     * tickets.
     *
     * @param address address that is charged with the attempt if it fails
     * @param authorizations the values of all {@code Authorization} headers
     * @param query query of the request as it was sent
     */
    public Verdict ofToken(String address, List<String> authorizations, String query) {
        return counted(address, tokenInAddress(query).orElseGet(() -> of(authorizations, List.of(), origin -> false)));
    }

    /**
     * Authenticates by a token or a ticket. A ticket is consumed: it cannot be used again.
     *
     * @param address address that is charged with the attempt if it fails
     * @param authorizations the values of all {@code Authorization} headers, and of their substitutes
     * @param query query of the request as it was sent
     * @param ticketOrigin whether to accept a ticket that was issued to a page of this origin; empty for a ticket that
     *     was issued to no page
     */
    public Verdict ofTokenOrTicket(
            String address, List<String> authorizations, String query, Predicate<Optional<String>> ticketOrigin) {
        return counted(
                address,
                tokenInAddress(query).orElseGet(() -> of(authorizations, values(query, "ticket"), ticketOrigin)));
    }

    /**
     * Whether a request brings a credential, valid or not. None is consumed, and nobody is charged.
     *
     * @param authorizations the values of all {@code Authorization} headers, and of their substitutes
     * @param query query of the request as it was sent
     */
    public static boolean isBrought(List<String> authorizations, String query) {
        return !authorizations.isEmpty()
                || !values(query, "ticket").isEmpty()
                || !values(query, "token").isEmpty();
    }

    /** Charges the address with a refused credential, even if it could not be checked. */
    private Verdict counted(String address, Verdict verdict) {
        if (!(verdict instanceof Verdict.Refused)) {
            return verdict;
        }
        return failures.count(address)
                .<Verdict>map(wait ->
                        new Verdict.Refused(Problem.tooMany(FailedAttempts.TOO_MANY, wait), CloseCode.RATE_LIMITED))
                .orElse(verdict);
    }

    private static Optional<Verdict> tokenInAddress(String query) {
        return values(query, "token").isEmpty()
                ? Optional.empty()
                : Optional.of(new Verdict.Refused(
                        Problem.of(
                                400,
                                ErrorCode.BAD_MESSAGE.wireName(),
                                "A token in the address ends up in logs and histories. Send it in the Authorization"
                                        + " header; for a WebSocket also in a login message, in the subprotocol"
                                        + " bearer.TOKEN, or as a one-time ticket."),
                        CloseCode.LOGIN_REFUSED));
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
            return ofTicket(verdict(tickets.redeem(brought.get(0), ticketOrigin)));
        }
        return Bearer.token(authorizations.get(0))
                .map(token -> verdict(tokens.apply(token)))
                .orElseGet(() -> refused(ErrorCode.LOGIN_REFUSED, Bearer.EXPECTED));
    }

    /**
     * A refused ticket is no reason to stay away, whatever is wrong with it: the next attempt brings another one, and
     * is told for good where the client asks for that.
     */
    private static Verdict ofTicket(Verdict verdict) {
        return verdict instanceof Verdict.Refused refused && refused.closeCode() == CloseCode.LOGIN_REFUSED
                ? new Verdict.Refused(refused.problem(), CloseCode.TOKEN_EXPIRED)
                : verdict;
    }

    private Verdict verdict(TokenVerdict found) {
        return judge.apply(found)
                .match(
                        accepted -> new Verdict.Known(accepted.identity()),
                        refused -> refused(refused.code(), refused.reason()),
                        unknown -> new Verdict.Refused(
                                Problem.tryLater(unknown.reason(), Problem.LATER), CloseCode.TRY_AGAIN_LATER));
    }

    /** Refuses a credential that is missing or not accepted. */
    public static Verdict refused(ErrorCode code, String detail) {
        return switch (code) {
            case RATE_LIMITED -> new Verdict.Refused(Problem.tooMany(detail, Problem.LATER), CloseCode.RATE_LIMITED);
            case TOKEN_EXPIRED -> new Verdict.Refused(unauthorized(code, detail), CloseCode.TOKEN_EXPIRED);
            default -> new Verdict.Refused(unauthorized(code, detail), CloseCode.LOGIN_REFUSED);
        };
    }

    /**
     * The response 401, with the accepted scheme and, if a credential was brought, the error code (RFC 6750 section 3).
     */
    public static Problem unauthorized(ErrorCode code, String detail) {
        String challenge = code == ErrorCode.LOGIN_REQUIRED
                ? "Bearer"
                : "Bearer error=\"invalid_token\", error_description=\"" + code.wireName() + "\"";
        return Problem.of(401, code.wireName(), detail).with("WWW-Authenticate", challenge);
    }

    /** The values of all parameters of this name, regardless of escapes and case. */
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
            // A broken escape stays as it is: neither a parameter of Parley nor a ticket contains one.
            return text;
        }
    }
}
