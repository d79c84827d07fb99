package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.dispatch.ErrorReplies;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.session.Session;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Authenticates a session: by {@code login}, or implicitly by another first message. A successful {@link SignIn} ends
 * with a {@code welcome}, after which the session reads its channels.
 */
public final class LoginHandler {
    private final Rules rules;
    private final BiFunction<String, String, CompletionStage<TokenVerdict>> tokens;
    private final SignIn signIn;
    private final GuestSignIn guests;

    /** The settings for signing in, and those that the welcome announces to users and to guests. */
    public record Rules(
            boolean isOpenToGuests,
            ServerMessage.Heartbeat heartbeat,
            ServerMessage.Limits limits,
            ServerMessage.Limits guestLimits) {}

    /** @param tokens checks a token; the second argument is the client's address */
    public LoginHandler(
            Rules rules,
            BiFunction<String, String, CompletionStage<TokenVerdict>> tokens,
            SignIn signIn,
            GuestSignIn guests) {
        this.rules = rules;
        this.tokens = tokens;
        this.signIn = signIn;
        this.guests = guests;
    }

    CompletionStage<?> login(SessionContext context, ClientMessage.Login login) {
        Session session = context.session();
        if (session.isSignedIn() && !context.rates().allow(RateLimiter.Kind.LOGIN, login.id())) {
            return SerialExecutor.DONE;
        }
        Optional<Identity> credential = session.handshake().credential();
        if (login.token().isEmpty()) {
            return firstOrRenewal(context, login, credential);
        }
        return tokens.apply(login.token().get(), session.handshake().address())
                .thenApply(verdict -> checked(context, login, credential, verdict))
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> checked(
            SessionContext context, ClientMessage.Login login, Optional<Identity> credential, TokenVerdict verdict) {
        return verdict.match(
                accepted -> tokenAccepted(context, login, credential, accepted.identity()),
                refused -> tokenRefused(context, login, refused),
                unknown -> tokenUnknown(context, login, unknown));
    }

    private static CompletionStage<?> tokenRefused(
            SessionContext context, ClientMessage.Login login, TokenVerdict.Refused refused) {
        if (refused.code() == ErrorCode.RATE_LIMITED) {
            context.errors().closeForRate();
            return SerialExecutor.DONE;
        }
        return SignIn.refuseAndClose(context, login, refused.code(), refused.reason());
    }

    /**
     * Answers a token that cannot be checked now. A signed-in session stays signed in: its renewal can wait until its
     * token expires.
     */
    private static CompletionStage<?> tokenUnknown(
            SessionContext context, ClientMessage.Login login, TokenVerdict.Unknown unknown) {
        if (context.session().isSignedIn()) {
            context.errors()
                    .reply(
                            login.id(),
                            new Refusal(
                                    ErrorCode.INTERNAL,
                                    unknown.reason() + " You stay signed in; send it again later.",
                                    ErrorReplies.RECONNECT_AFTER_MILLIS));
        } else {
            context.errors().closeWithGoodbye(CloseCode.TRY_AGAIN_LATER);
        }
        return SerialExecutor.DONE;
    }

    private CompletionStage<?> tokenAccepted(
            SessionContext context, ClientMessage.Login login, Optional<Identity> credential, Identity proven) {
        if (credential.isPresent() && !credential.get().key().equals(proven.key())) {
            return SignIn.refuseAndClose(
                    context,
                    login,
                    ErrorCode.LOGIN_REFUSED,
                    "You connected as '" + Field.shown(credential.get().name()) + "', but this token is of '"
                            + Field.shown(proven.name()) + "'.");
        }
        return firstOrRenewal(context, login, Optional.of(proven));
    }

    private CompletionStage<?> firstOrRenewal(
            SessionContext context, ClientMessage.Login login, Optional<Identity> known) {
        if (known.isPresent() && login.guestSecret().isPresent()) {
            return SignIn.refuseAndClose(
                    context,
                    login,
                    ErrorCode.LOGIN_REFUSED,
                    "Bring one credential: a token or a ticket, or the 'guestSecret' of a guest.");
        }
        boolean namesItself = context.isAutoNamed()
                && (login.username().isPresent() || login.token().isPresent());
        boolean isRenewal = context.session().isSignedIn()
                && !namesItself
                && login.guestSecret().isEmpty();
        return isRenewal ? renew(context, login, known) : first(context, login, known);
    }

    /**
     * Signs in without a login: with the handshake's credential, or as a guest with a generated name.
     *
     * @param first the message that caused the sign-in, if any; an error refers to it
     * @return whether the session is signed in; if not, an error has been sent
     */
    CompletionStage<Boolean> signInImplicitly(SessionContext context, Optional<ClientMessage> first) {
        Session session = context.session();
        if (session.isSignedIn()) {
            return CompletableFuture.completedFuture(true);
        }
        Optional<Identity> credential = session.handshake().credential();
        if (!maySignInImplicitly(context)) {
            context.errors()
                    .reply(
                            first.flatMap(ClientMessage::id),
                            Refusal.of(
                                    ErrorCode.LOGIN_REQUIRED,
                                    "Sign in first: send {\"type\":\"login\",\"token\":\"…\"}."));
            return CompletableFuture.completedFuture(false);
        }
        context.autoNamed(credential.isEmpty());
        Consumer<Throwable> onFailure = failure -> context.errors().replyFailed(first, failure);
        CompletionStage<Boolean> entered = credential.isPresent()
                ? signIn.enter(context, credential.get(), ClientMessage.Login.IMPLICIT, onFailure)
                : guests.create(context, ClientMessage.Login.IMPLICIT, onFailure);
        return entered.thenApply(done -> session.isSignedIn());
    }

    /** Whether a credential or the rules allow this session to sign in without a login. */
    boolean maySignInImplicitly(SessionContext context) {
        return context.session().handshake().credential().isPresent()
                || (rules.isOpenToGuests() && !context.isLoginRefused());
    }

    private CompletionStage<?> first(SessionContext context, ClientMessage.Login login, Optional<Identity> known) {
        Consumer<Throwable> onFailure =
                failure -> context.errors().reply(login.id(), context.errors().refusal(failure));
        if (known.isPresent()) {
            Identity who = known.get();
            if (login.username().isPresent() && !login.username().get().equals(who.name())) {
                return SignIn.refuseAndClose(
                        context,
                        login,
                        ErrorCode.LOGIN_REFUSED,
                        "The token is of '" + Field.shown(who.name()) + "', not of '"
                                + Field.shown(login.username().get()) + "'.");
            }
            return signIn.enter(context, who, login, onFailure);
        }
        if (!rules.isOpenToGuests()) {
            context.errors()
                    .reply(
                            login.id(),
                            Refusal.of(
                                    ErrorCode.LOGIN_REQUIRED, "This login needs a 'token'; guests are not allowed."));
            return SerialExecutor.DONE;
        }
        if (login.guestSecret().isPresent()) {
            return guests.comeBack(context, login, onFailure);
        }
        if (context.session().isSignedIn()) {
            return guests.rename(context, login, onFailure);
        }
        context.autoNamed(login.username().isEmpty());
        return guests.create(context, login, onFailure);
    }

    CompletionStage<?> nameTaken(SessionContext context, String name) {
        return guests.nameTaken(context, name);
    }

    /** Renews a signed-in session: the same user with a newer token, or the same login again. */
    private CompletionStage<?> renew(SessionContext context, ClientMessage.Login login, Optional<Identity> known) {
        Identity present = context.session().signedInAs();
        Identity who = login.token().isPresent() ? known.orElse(present) : present;
        // The name too: a token with another spelling belongs to another user.
        boolean isSame = who.key().equals(present.key())
                && who.name().equals(present.name())
                && login.username().map(present.name()::equals).orElse(true);
        if (!isSame) {
            return SignIn.refuseOther(context, login);
        }
        Consumer<Throwable> onFailure =
                failure -> context.errors().reply(login.id(), context.errors().refusal(failure));
        return who.isGuest()
                ? signIn.open(context, who, Optional.empty(), login, onFailure)
                : signIn.enter(context, who, login, onFailure);
    }
}
