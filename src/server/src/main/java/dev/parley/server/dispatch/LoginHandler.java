package dev.parley.server.dispatch;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Identity;
import dev.parley.server.session.Session;
import dev.parley.server.session.TokenVerdict;
import dev.parley.server.store.MessageStore;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Who is this: {@code login}, or another first message that signs the session in by itself. Ends at the
 * {@link Entrance} with a {@code welcome}, from which on the session reads its channels.
 */
public final class LoginHandler {
    private final Rules rules;
    private final BiFunction<String, String, CompletionStage<TokenVerdict>> tokens;
    private final Supplier<String> guestNames;
    private final MessageStore store;
    private final Rates rates;
    private final Entrance entrance;

    /** What the settings say of signing in, and what the welcome tells. */
    public record Rules(boolean isOpenToGuests, ServerMessage.Heartbeat heartbeat, ServerMessage.Limits limits) {}

    /**
     * @param tokens checks a token that came from an address
     * @param guestNames makes a name for a guest who gave none
     */
    public LoginHandler(
            Rules rules,
            BiFunction<String, String, CompletionStage<TokenVerdict>> tokens,
            Supplier<String> guestNames,
            MessageStore store,
            Rates rates,
            Entrance entrance) {
        this.rules = rules;
        this.tokens = tokens;
        this.guestNames = guestNames;
        this.store = store;
        this.rates = rates;
        this.entrance = entrance;
    }

    CompletionStage<?> login(Conversation conversation, ClientMessage.Login login) {
        Session session = conversation.session();
        if (session.isSignedIn() && !conversation.isWithinRate(rates, Rates.Kind.LOGIN, login.id())) {
            return Turns.DONE;
        }
        Optional<Identity> credential = session.handshake().credential();
        if (login.token().isEmpty()) {
            return signIn(conversation, login, credential);
        }
        return tokens.apply(login.token().get(), session.handshake().address())
                .thenApply(verdict -> checked(conversation, login, credential, verdict))
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> checked(
            Conversation conversation, ClientMessage.Login login, Optional<Identity> credential, TokenVerdict verdict) {
        return verdict.match(
                accepted -> proven(conversation, login, credential, accepted.identity()),
                refused -> refused(conversation, login, refused),
                unknown -> unchecked(conversation, login, unknown));
    }

    private static CompletionStage<?> refused(
            Conversation conversation, ClientMessage.Login login, TokenVerdict.Refused refused) {
        if (refused.code() == ErrorCode.RATE_LIMITED) {
            conversation.closeForRate();
            return Turns.DONE;
        }
        return Entrance.refuseAndClose(conversation, login, refused.code(), refused.reason());
    }

    /** Nothing is known against who is signed in already: a renewal can wait until the token runs out. */
    private static CompletionStage<?> unchecked(
            Conversation conversation, ClientMessage.Login login, TokenVerdict.Unknown unknown) {
        if (conversation.session().isSignedIn()) {
            conversation.refuse(new HoldBack.Refusal(
                            ErrorCode.INTERNAL,
                            unknown.reason() + " You stay signed in; send it again later.",
                            Refusals.RECONNECT_AFTER_MILLIS)
                    .answer(login.id()));
        } else {
            conversation.closeWithGoodbye(CloseCode.TRY_AGAIN_LATER);
        }
        return Turns.DONE;
    }

    private CompletionStage<?> proven(
            Conversation conversation, ClientMessage.Login login, Optional<Identity> credential, Identity proven) {
        if (credential.isPresent() && !credential.get().key().equals(proven.key())) {
            return Entrance.refuseAndClose(
                    conversation,
                    login,
                    ErrorCode.LOGIN_REFUSED,
                    "You connected as '" + Field.shown(credential.get().name()) + "', but this token is of '"
                            + Field.shown(proven.name()) + "'.");
        }
        return signIn(conversation, login, Optional.of(proven));
    }

    private CompletionStage<?> signIn(Conversation conversation, ClientMessage.Login login, Optional<Identity> known) {
        Session session = conversation.session();
        boolean namesItself = conversation.isAutoNamed()
                && (login.username().isPresent() || login.token().isPresent());
        return session.isSignedIn() && !namesItself
                ? again(conversation, login, known)
                : first(conversation, login, known);
    }

    /**
     * Signs in without a login: with the handshake's credential, or as a guest with a name made here.
     *
     * @param first what made it sign in, if a message did: an error is an answer to it
     * @return whether the session is signed in; if not, the error has been answered
     */
    CompletionStage<Boolean> byItself(Conversation conversation, Optional<ClientMessage> first) {
        Session session = conversation.session();
        if (session.isSignedIn()) {
            return CompletableFuture.completedFuture(true);
        }
        Optional<Identity> credential = session.handshake().credential();
        if (!mayEnterByItself(conversation)) {
            conversation.refuse(
                    first.flatMap(ClientMessage::id),
                    ErrorCode.LOGIN_REQUIRED,
                    "Sign in first: send {\"type\":\"login\",\"token\":\"…\"}.");
            return CompletableFuture.completedFuture(false);
        }
        conversation.autoNamed(credential.isEmpty());
        Identity who = credential.orElseGet(() -> Identity.guest(guestNames.get()));
        return entrance.enter(
                        conversation,
                        who,
                        new ClientMessage.Login(
                                Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Optional.empty()),
                        failure -> conversation.refuseFirst(first, failure))
                .thenApply(done -> session.isSignedIn());
    }

    /** Whether a credential or the rules let this session in without a login. */
    boolean mayEnterByItself(Conversation conversation) {
        return conversation.session().handshake().credential().isPresent()
                || (rules.isOpenToGuests() && !conversation.isLoginRefused());
    }

    private CompletionStage<?> first(Conversation conversation, ClientMessage.Login login, Optional<Identity> known) {
        if (known.isPresent()) {
            Identity who = known.get();
            if (login.username().isPresent() && !login.username().get().equals(who.name())) {
                return Entrance.refuseAndClose(
                        conversation,
                        login,
                        ErrorCode.LOGIN_REFUSED,
                        "The token is of '" + Field.shown(who.name()) + "', not of '"
                                + Field.shown(login.username().get()) + "'.");
            }
            return entrance.enter(conversation, who, login, failure -> conversation.refuseForNow(login.id(), failure));
        }
        if (!rules.isOpenToGuests()) {
            conversation.refuse(
                    login.id(), ErrorCode.LOGIN_REQUIRED, "This login needs a 'token'; guests are not allowed.");
            return Turns.DONE;
        }
        if (login.username().isEmpty()) {
            conversation.autoNamed(true);
            return entrance.enter(
                    conversation,
                    Identity.guest(guestNames.get()),
                    login,
                    failure -> conversation.refuseForNow(login.id(), failure));
        }
        String name = login.username().get();
        return store.tokenUser(name)
                .handle((user, failure) -> {
                    if (failure != null) {
                        conversation.refuseForNow(login.id(), failure);
                        return Turns.DONE;
                    }
                    if (user.isPresent()) {
                        conversation.loginRefused();
                        conversation.refuse(
                                login.id(),
                                ErrorCode.LOGIN_REFUSED,
                                "'" + Field.shown(name) + "' belongs to a user with a token. Choose another name.");
                        return Turns.DONE;
                    }
                    return entrance.enter(
                            conversation,
                            Identity.guest(name),
                            login,
                            away -> conversation.refuseForNow(login.id(), away));
                })
                .thenCompose(rest -> rest);
    }

    /** On an open session: the same user with a newer token, or the same login once more. */
    private CompletionStage<?> again(Conversation conversation, ClientMessage.Login login, Optional<Identity> known) {
        Identity present = conversation.session().signedInAs();
        Identity who = login.token().isPresent() ? known.orElse(present) : present;
        // The name too: a token of another spelling is somebody else's.
        boolean isSame = who.key().equals(present.key())
                && who.name().equals(present.name())
                && login.username().map(present.name()::equals).orElse(true);
        if (!isSame) {
            return Entrance.refuseAndClose(
                    conversation,
                    login,
                    ErrorCode.LOGIN_REFUSED,
                    "This connection is signed in as '" + Field.shown(present.name())
                            + "' and stays so. Open another one for another user.");
        }
        return entrance.enter(conversation, who, login, failure -> conversation.refuseForNow(login.id(), failure));
    }
}
