package dev.parley.server.handshake;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.session.Identity;
import dev.parley.server.session.TokenVerdict;
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

    private static final String RETRY_AFTER_SECONDS = "10";

    private final Function<String, TokenVerdict> tokens;
    private final Tickets tickets;
    private final UnaryOperator<TokenVerdict> judge;

    /** @param judge says what a good token or ticket is worth: its user may have been shut out */
    public Credentials(Function<String, TokenVerdict> tokens, Tickets tickets, UnaryOperator<TokenVerdict> judge) {
        this.tokens = tokens;
        this.tickets = tickets;
        this.judge = judge;
    }

    /**
     * Where a ticket counts for nothing: it is for one upgrade or one file, not for getting more tickets.
     *
     * @param authorizations the values of all {@code Authorization} headers
     * @param query as it was sent
     */
    public Verdict ofToken(List<String> authorizations, String query) {
        return tokenInAddress(query).orElseGet(() -> of(authorizations, List.of(), origin -> false));
    }

    /**
     * Takes the ticket, if there is one: it is good for nothing afterwards.
     *
     * @param authorizations the values of all {@code Authorization} headers, and of what stands for one
     * @param query as it was sent
     * @param ticketOrigin whether a ticket is good here that a page of this origin asked for, or none
     */
    public Verdict ofTokenOrTicket(
            List<String> authorizations, String query, Predicate<Optional<String>> ticketOrigin) {
        return tokenInAddress(query).orElseGet(() -> of(authorizations, values(query, "ticket"), ticketOrigin));
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
        TokenVerdict verdict = judge.apply(found);
        if (verdict instanceof TokenVerdict.Accepted accepted) {
            return new Verdict.Known(accepted.identity());
        }
        if (verdict instanceof TokenVerdict.Unknown unknown) {
            return new Verdict.Refused(
                    Problem.of(503, Problem.TRY_LATER, unknown.reason()).with("Retry-After", RETRY_AFTER_SECONDS));
        }
        TokenVerdict.Refused refusal = (TokenVerdict.Refused) verdict;
        return refused(refusal.code(), refusal.reason());
    }

    private static Verdict refused(ErrorCode code, String detail) {
        return new Verdict.Refused(
                code.isRetryable()
                        ? Problem.of(429, code.wireName(), detail).with("Retry-After", RETRY_AFTER_SECONDS)
                        : unauthorized(code, detail));
    }

    /** 401, with what would be right (RFC 6750 section 3). */
    public static Problem unauthorized(ErrorCode code, String detail) {
        return Problem.of(401, code.wireName(), detail).with("WWW-Authenticate", "Bearer");
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
