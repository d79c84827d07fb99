package dev.parley.server.handshake;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.auth.Credentials;
import dev.parley.server.http.Problem;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.Sessions;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Decides on a request for an upgrade (RFC 6455 section 4.2.1), independently of servlets and containers. Containers
 * are more lenient than the RFC: they answer 101 to POST, to duplicate Origin headers and to keys of any length.
 */
public final class Handshake {
    /**
     * The decision on a request. The origin is checked first: a page of another origin must learn nothing else. Whether
     * a required credential is missing is checked next, before the form: browsers do not tell a page the status of its
     * handshake, but that of any other request to the same address.
     */
    public sealed interface Verdict {
        record Admitted(HandshakeResult handshake) implements Verdict {}

        /** Upgraded all the same, so that a page can be told why its credential was refused. */
        record Explained(HandshakeResult handshake) implements Verdict {}

        record Refused(Problem problem) implements Verdict {}
    }

    /**
     * What the handshakes of a node ask for and tell.
     *
     * @param isCredentialRequired whether a request without a credential is refused. Then none is upgraded whose
     *     credential is refused
     * @param explainsRefusals whether pages are told over the WebSocket why their credential is refused
     */
    public record Rules(boolean isCredentialRequired, boolean explainsRefusals) {}

    static final String BEARER_SUBPROTOCOL = "bearer.";

    private static final int KEY_LENGTH = 24;

    private final AllowedOrigins origins;
    private final Credentials credentials;
    private final Rules rules;
    private final Sessions sessions;
    private final BooleanSupplier isDraining;
    private final Admission admission;

    /** @param isDraining whether the node admits no more connections */
    public Handshake(
            AllowedOrigins origins,
            Credentials credentials,
            Rules rules,
            Sessions sessions,
            BooleanSupplier isDraining,
            Admission admission) {
        this.origins = origins;
        this.credentials = credentials;
        this.rules = rules;
        this.sessions = sessions;
        this.isDraining = isDraining;
        this.admission = admission;
    }

    Verdict decide(HandshakeRequest request) {
        if (!origins.isAllowed(request.all("Origin"), request.self())) {
            return refused(AllowedOrigins.problem());
        }
        if (rules.isCredentialRequired() && !Credentials.isBrought(authorizations(request), request.query())) {
            return refused(Credentials.unauthorized(
                    ErrorCode.LOGIN_REQUIRED,
                    "This server takes connections with a credential only: a token in the Authorization header or in"
                            + " the subprotocol bearer.TOKEN, or a ticket."));
        }
        Optional<Problem> malformed = malformed(request);
        if (malformed.isPresent()) {
            return refused(malformed.get());
        }
        if (isDraining.getAsBoolean()) {
            return refused(
                    Problem.tryLater("This server is shutting down; another one takes over shortly.", Problem.SOON));
        }
        if (sessions.isFull()) {
            return refused(Problem.tryLater("This server has reached its limit of connections.", Problem.LATER));
        }
        // Before the credential: a ticket stays good, and a refusal costs little.
        return admission
                .take(request.address())
                .<Verdict>map(
                        wait -> refused(Problem.tryLater("Many clients connect at the moment; your turn comes.", wait)))
                .orElseGet(() -> credential(request));
    }

    private static Optional<Problem> malformed(HandshakeRequest request) {
        if (!request.method().equals("GET")) {
            return Optional.of(bad(405, "A WebSocket opens with GET, not with '" + Field.shown(request.method()) + "'.")
                    .with("Allow", "GET"));
        }
        if (!request.says("Upgrade", "websocket") || !request.says("Connection", "Upgrade")) {
            // Payara and GlassFish send a response with Upgrade without a length: its end is the connection's end.
            return Optional.of(bad(426, "This address speaks WebSocket: connect with ws:// or wss://.")
                    .with("Upgrade", "websocket")
                    .with("Connection", "close"));
        }
        if (!request.all("Sec-WebSocket-Version").equals(List.of("13"))) {
            return Optional.of(bad(426, "This server speaks version 13 of the WebSocket protocol.")
                    .with("Sec-WebSocket-Version", "13"));
        }
        if (request.all("Sec-WebSocket-Key").size() != 1
                || !isKey(request.all("Sec-WebSocket-Key").get(0))) {
            return Optional.of(bad(400, "Sec-WebSocket-Key must be there once and hold 16 bytes in base64."));
        }
        return HandshakeSyntax.fault(request).map(fault -> bad(400, fault));
    }

    private static boolean isKey(String key) {
        try {
            // The length is checked because Java's decoder accepts missing padding, which keys of the RFC have.
            return key.length() == KEY_LENGTH && Base64.getDecoder().decode(key).length == 16;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The values of all {@code Authorization} headers, and of the subprotocols that browsers send in their place. */
    private static List<String> authorizations(HandshakeRequest request) {
        return Stream.concat(
                        request.all("Authorization").stream(),
                        request.words("Sec-WebSocket-Protocol").stream()
                                .filter(protocol -> protocol.startsWith(BEARER_SUBPROTOCOL))
                                .map(protocol -> "Bearer " + protocol.substring(BEARER_SUBPROTOCOL.length())))
                .toList();
    }

    private Verdict credential(HandshakeRequest request) {
        Credentials.Verdict verdict = credentials.ofTokenOrTicket(
                request.address(), authorizations(request), request.query(), request.first("Origin")::equals);
        if (verdict instanceof Credentials.Verdict.Known known) {
            return new Verdict.Admitted(new HandshakeResult(Optional.of(known.identity()), request.address()));
        }
        if (verdict instanceof Credentials.Verdict.Refused refused && !isExplained(request, refused)) {
            return refused(refused.problem());
        }
        if (sessions.isCrowded(request.address())) {
            return refused(Problem.tooMany("Too many connections from your address have not signed in.", Problem.SOON));
        }
        return verdict instanceof Credentials.Verdict.Refused refused
                ? new Verdict.Explained(HandshakeResult.refused(request.address(), explanation(refused)))
                : new Verdict.Admitted(new HandshakeResult(Optional.empty(), request.address()));
    }

    /**
     * Whether the refusal is told over the WebSocket. A page sees nothing of an HTTP answer, and browsers alone send an
     * Origin. An Authorization header is not from a page, but from a client that sees the answer.
     */
    private boolean isExplained(HandshakeRequest request, Credentials.Verdict.Refused refused) {
        return rules.explainsRefusals()
                && !rules.isCredentialRequired()
                && refused.closeCode() != CloseCode.RATE_LIMITED
                && request.first("Origin").isPresent()
                && request.first("Authorization").isEmpty();
    }

    private static HandshakeResult.Refusal explanation(Credentials.Verdict.Refused refused) {
        Problem problem = refused.problem();
        ServerMessage.Error error = refused.closeCode() == CloseCode.TRY_AGAIN_LATER
                // The problem's code is one that only HTTP has.
                ? ServerMessage.Error.retryable(
                        Optional.empty(), ErrorCode.INTERNAL, problem.detail(), Problem.LATER.toMillis())
                : new ServerMessage.Error(Optional.empty(), problem.code(), problem.detail(), OptionalLong.empty());
        return new HandshakeResult.Refusal(error, refused.closeCode());
    }

    private static Problem bad(int status, String detail) {
        return Problem.of(status, ErrorCode.BAD_MESSAGE.wireName(), detail);
    }

    private static Verdict refused(Problem problem) {
        return new Verdict.Refused(problem);
    }
}
