package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.Start;
import dev.parley.server.session.Door;
import dev.parley.server.session.Identity;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TokenVerdict;
import dev.parley.server.store.ChannelView;
import dev.parley.server.store.MessageStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Who is this: {@code login}, or another first message that signs the session in by itself. Ends in a {@code welcome}, from
 * which on the session reads its channels.
 */
public final class LoginHandler {
    private final Rules rules;
    private final Function<String, CompletionStage<TokenVerdict>> tokens;
    private final Supplier<String> guestNames;
    private final MessageStore store;
    private final FanOut fanOut;
    private final Sessions sessions;
    private final Rates rates;
    private final Predicate<Identity> shutOut;
    private final InstantSource clock;

    /** What the settings say of signing in, and what the welcome tells. */
    public record Rules(boolean isOpenToGuests, ServerMessage.Heartbeat heartbeat, ServerMessage.Limits limits) {}

    /**
     * @param guestNames makes a name for a guest who gave none
     * @param shutOut whether tokens of this one count for nothing any more
     */
    public LoginHandler(
            Rules rules,
            Function<String, CompletionStage<TokenVerdict>> tokens,
            Supplier<String> guestNames,
            MessageStore store,
            FanOut fanOut,
            Sessions sessions,
            Rates rates,
            Predicate<Identity> shutOut,
            InstantSource clock) {
        this.rules = rules;
        this.tokens = tokens;
        this.guestNames = guestNames;
        this.store = store;
        this.fanOut = fanOut;
        this.sessions = sessions;
        this.rates = rates;
        this.shutOut = shutOut;
        this.clock = clock;
    }

    CompletionStage<?> login(Conversation conversation, ClientMessage.Login login) {
        Session session = conversation.session();
        if (session.isSignedIn() && !conversation.isWithinRate(rates, Rates.Kind.LOGIN, login.id())) {
            return Turns.DONE;
        }
        Optional<Identity> credential = session.arrival().credential();
        if (login.token().isEmpty()) {
            return signIn(conversation, login, credential);
        }
        return tokens.apply(login.token().get())
                .thenApply(verdict -> checked(conversation, login, credential, verdict))
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> checked(
            Conversation conversation, ClientMessage.Login login, Optional<Identity> credential, TokenVerdict verdict) {
        if (verdict instanceof TokenVerdict.Accepted accepted) {
            return proven(conversation, login, credential, accepted.identity());
        }
        if (verdict instanceof TokenVerdict.Refused refused) {
            return refuseAndClose(conversation, login, refused.code(), refused.reason());
        }
        conversation.closeWithGoodbye(CloseCode.TRY_LATER);
        return Turns.DONE;
    }

    private CompletionStage<?> proven(
            Conversation conversation, ClientMessage.Login login, Optional<Identity> credential, Identity proven) {
        if (credential.isPresent() && !credential.get().key().equals(proven.key())) {
            return refuseAndClose(
                    conversation,
                    login,
                    ErrorCode.LOGIN_REFUSED,
                    "You connected as '" + credential.get().name() + "', but this token is of '" + proven.name()
                            + "'.");
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
        Optional<Identity> credential = session.arrival().credential();
        if (!mayEnterByItself(conversation)) {
            conversation.refuse(
                    first.flatMap(ClientMessage::id),
                    ErrorCode.LOGIN_REQUIRED,
                    "Sign in first: send {\"type\":\"login\",\"token\":\"…\"}.");
            return CompletableFuture.completedFuture(false);
        }
        conversation.autoNamed(credential.isEmpty());
        Identity who = credential.orElseGet(() -> Identity.guest(guestNames.get()));
        return enter(
                        conversation,
                        who,
                        new ClientMessage.Login(
                                Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Optional.empty()),
                        failure -> conversation.refuseFirst(first, failure))
                .thenApply(done -> session.isSignedIn());
    }

    /** Whether a credential or the rules let this session in without a login. */
    boolean mayEnterByItself(Conversation conversation) {
        return conversation.session().arrival().credential().isPresent()
                || (rules.isOpenToGuests() && !conversation.isLoginRefused());
    }

    private CompletionStage<?> first(Conversation conversation, ClientMessage.Login login, Optional<Identity> known) {
        if (known.isPresent()) {
            Identity who = known.get();
            if (login.username().isPresent() && !login.username().get().equals(who.name())) {
                return refuseAndClose(
                        conversation,
                        login,
                        ErrorCode.LOGIN_REFUSED,
                        "The token is of '" + who.name() + "', not of '"
                                + login.username().get() + "'.");
            }
            return enter(conversation, who, login, failure -> conversation.refuseForNow(login.id(), failure));
        }
        if (!rules.isOpenToGuests()) {
            conversation.refuse(
                    login.id(), ErrorCode.LOGIN_REQUIRED, "This login needs a 'token'; guests are not allowed.");
            return Turns.DONE;
        }
        if (login.username().isEmpty()) {
            conversation.autoNamed(true);
            return enter(
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
                                "'" + name + "' belongs to a user with a token. Choose another name.");
                        return Turns.DONE;
                    }
                    return enter(
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
            return refuseAndClose(
                    conversation,
                    login,
                    ErrorCode.LOGIN_REFUSED,
                    "This connection is signed in as '" + present.name()
                            + "' and stays so. Open another one for another user.");
        }
        return enter(conversation, who, login, failure -> conversation.refuseForNow(login.id(), failure));
    }

    private static CompletionStage<?> refuseAndClose(
            Conversation conversation, ClientMessage.Login login, ErrorCode code, String reason) {
        conversation.refuse(login.id(), code, reason);
        conversation
                .session()
                .close(code == ErrorCode.TOKEN_EXPIRED ? CloseCode.TOKEN_EXPIRED : CloseCode.LOGIN_REFUSED);
        return Turns.DONE;
    }

    /** @param whenAway told where the store could not open the channels */
    private CompletionStage<Boolean> enter(
            Conversation conversation, Identity who, ClientMessage.Login login, Consumer<Throwable> whenAway) {
        Session session = conversation.session();
        if (shutOut.test(who)) {
            // Also with a credential that was good when the connection began.
            conversation.refuse(
                    login.id(),
                    ErrorCode.LOGIN_REFUSED,
                    "Your token was revoked. Sign in at your identity provider again.");
            session.close(CloseCode.REVOKED);
            return CompletableFuture.completedFuture(false);
        }
        if (session.door() != Door.MONITOR) {
            if (!session.isSignedIn()) {
                conversation.rooms().add(Channel.LOBBY);
            }
            rooms(login.positions().keySet())
                    .filter(room -> !conversation.rooms().contains(room))
                    .limit(Conversation.ROOMS_MAX - conversation.rooms().size())
                    .forEach(conversation.rooms()::add);
        }
        CompletionStage<String> spelling =
                who.isGuest() ? CompletableFuture.completedFuture(who.name()) : store.rememberTokenUser(who.name());
        return spelling.handle((name, failure) -> {
                    if (failure == null && !name.equals(who.name())) {
                        refuseAndClose(
                                conversation,
                                login,
                                ErrorCode.LOGIN_REFUSED,
                                "'" + who.name() + "' differs only in case from '" + name
                                        + "', who has been here before.");
                        return CompletableFuture.completedFuture(false);
                    }
                    return failure == null ? open(conversation, who, login, whenAway) : away(whenAway, failure);
                })
                .thenCompose(entered -> entered);
    }

    private static CompletableFuture<Boolean> away(Consumer<Throwable> whenAway, Throwable failure) {
        whenAway.accept(failure);
        return CompletableFuture.completedFuture(false);
    }

    private CompletionStage<Boolean> open(
            Conversation conversation, Identity who, ClientMessage.Login login, Consumer<Throwable> whenAway) {
        return store.open(who.key(), channels(conversation, who))
                .handle((views, failure) -> {
                    if (failure != null) {
                        return away(whenAway, failure);
                    }
                    return welcomed(conversation, who, login, views);
                })
                .thenCompose(welcomed -> welcomed);
    }

    private CompletableFuture<Boolean> welcomed(
            Conversation conversation, Identity who, ClientMessage.Login login, Map<Channel, ChannelView> views) {
        Session session = conversation.session();
        // Of a room that is not there, or not for this user, the session gets no position, so it learns nothing of it.
        conversation.rooms().retainAll(views.keySet());
        closeOwnDead(session, who, login.session());
        conversation.autoNamed(conversation.isAutoNamed() && login.username().isEmpty() && who.isGuest());
        session.signIn(who);
        sessions.signedIn(session).forEach(oldest -> oldest.close(CloseCode.REPLACED));
        if (shutOut.test(who)) {
            // Meanwhile; whoever looked for the user's sessions did not find this one.
            session.close(CloseCode.REVOKED);
        }
        CompletableFuture<Boolean> welcomed = new CompletableFuture<>();
        fanOut.signIn(
                session,
                starts(views, login.positions()),
                opened -> welcome(session, who, login.id(), opened),
                () -> welcomed.complete(true));
        return welcomed;
    }

    private static Stream<Channel.Room> rooms(Set<String> wireKeys) {
        return wireKeys.stream()
                .filter(key -> key.startsWith(Channel.ROOM_PREFIX))
                .map(key -> new Channel.Room(key.substring(Channel.ROOM_PREFIX.length())));
    }

    private static List<Channel> channels(Conversation conversation, Identity who) {
        List<Channel> channels = new ArrayList<>(conversation.rooms());
        if (conversation.session().door() != Door.MONITOR) {
            channels.add(new Channel.Inbox(who.key()));
            channels.add(Channel.BROADCAST);
        }
        return channels;
    }

    private static List<Start> starts(Map<Channel, ChannelView> views, Map<String, Position> asked) {
        return views.entrySet().stream()
                .map(view -> RoomHandler.start(
                        view.getKey(),
                        view.getValue(),
                        Optional.ofNullable(asked.get(view.getKey().wireKey()))))
                .toList();
    }

    private void closeOwnDead(Session session, Identity who, Optional<String> predecessor) {
        predecessor
                .filter(id -> !id.equals(session.id()))
                .flatMap(sessions::find)
                .filter(old -> old.identity().map(Identity::key).equals(Optional.of(who.key())))
                .ifPresent(old -> old.close(CloseCode.REPLACED));
    }

    private ServerMessage.Welcome welcome(
            Session session, Identity who, Optional<String> id, Map<String, ServerMessage.Opened> opened) {
        OptionalLong expiresIn = who.expiresAt()
                .map(expiry -> OptionalLong.of(
                        Math.max(0, Duration.between(clock.instant(), expiry).toMillis())))
                .orElse(OptionalLong.empty());
        return new ServerMessage.Welcome(
                id,
                who.name(),
                session.id(),
                who.roles().stream().sorted().toList(),
                ServerMessage.Welcome.PROTOCOL,
                rules.heartbeat(),
                rules.limits(),
                expiresIn,
                opened);
    }
}
