package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.GuestSecret;
import dev.parley.server.auth.Identity;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.ReadFrom;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Session;
import dev.parley.server.session.SessionId;
import dev.parley.server.session.Sessions;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.ChannelView;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Completes a sign-in once the identity is known: opens its channels, signs the session in, sends the welcome. Runs in
 * the session's queue.
 */
public final class SignIn {
    private final LoginHandler.Rules rules;
    private final MessageStore store;
    private final FanOut fanOut;
    private final Cluster cluster;
    private final Sessions sessions;
    private final TokenRevocations revocations;
    private final InstantSource clock;

    public SignIn(
            LoginHandler.Rules rules,
            MessageStore store,
            FanOut fanOut,
            Cluster cluster,
            Sessions sessions,
            TokenRevocations revocations,
            InstantSource clock) {
        this.rules = rules;
        this.store = store;
        this.fanOut = fanOut;
        this.cluster = cluster;
        this.sessions = sessions;
        this.revocations = revocations;
        this.clock = clock;
    }

    static CompletionStage<?> refuseAndClose(
            SessionContext context, ClientMessage.Login login, ErrorCode code, String reason) {
        context.errors().reply(login.id(), Refusal.of(code, reason));
        context.session().close(code == ErrorCode.TOKEN_EXPIRED ? CloseCode.TOKEN_EXPIRED : CloseCode.LOGIN_REFUSED);
        return SerialExecutor.DONE;
    }

    /** Refuses a login as somebody else on a session that is signed in. */
    static CompletionStage<?> refuseOther(SessionContext context, ClientMessage.Login login) {
        return refuseAndClose(
                context,
                login,
                ErrorCode.LOGIN_REFUSED,
                "This connection is signed in as '"
                        + Field.shown(context.session().signedInAs().name())
                        + "' and stays so. Open another one for another user.");
    }

    /** Whether an identity may sign in now: it is not revoked, and within its rate. If not, that has been answered. */
    boolean admits(SessionContext context, Identity who, ClientMessage.Login login) {
        Session session = context.session();
        if (revocations.isRevoked(who)) {
            // Also for a credential that was valid when the connection was opened.
            refuseRevoked(context, login);
            return false;
        }
        if (!session.isSignedIn() && !context.rates().allowSignIn(who)) {
            return false;
        }
        return true;
    }

    private static void refuseRevoked(SessionContext context, ClientMessage.Login login) {
        context.errors()
                .reply(
                        login.id(),
                        Refusal.of(
                                ErrorCode.LOGIN_REFUSED,
                                "Your token was revoked. Sign in at your identity provider again."));
        context.session().close(CloseCode.REVOKED);
    }

    /**
     * Signs a user in.
     *
     * @param who the proven identity
     * @param onFailure called with the failure if the store could not open the channels
     * @return whether the session is signed in; if not, an error has been sent
     */
    CompletionStage<Boolean> enter(
            SessionContext context, Identity who, ClientMessage.Login login, Consumer<Throwable> onFailure) {
        if (!admits(context, who, login)) {
            return CompletableFuture.completedFuture(false);
        }
        enterRooms(context, login);
        List<Channel> own = own(context, who);
        List<Channel> rooms = List.copyOf(context.rooms());
        return subscribed(who, own, rooms)
                .thenCompose(heard -> store.openForUser(who.key(), who.name(), own, rooms))
                .handle((opened, failure) -> {
                    if (failure != null) {
                        return failed(onFailure, failure);
                    }
                    String canonical = opened.user().orElseThrow();
                    if (!canonical.equals(who.name())) {
                        refuseAndClose(
                                context,
                                login,
                                ErrorCode.LOGIN_REFUSED,
                                "'" + Field.shown(who.name()) + "' differs only in case from '" + Field.shown(canonical)
                                        + "', who has been here before.");
                        return CompletableFuture.completedFuture(false);
                    }
                    // This node may not know of it yet.
                    opened.revocation().ifPresent(last -> revocations.learned(who.key(), last));
                    Optional<Identity> admitted = revocations.admitted(who);
                    if (admitted.isEmpty()) {
                        refuseRevoked(context, login);
                        return CompletableFuture.completedFuture(false);
                    }
                    return welcomed(context, admitted.get(), Optional.empty(), login, opened.views());
                })
                .thenCompose(entered -> entered);
    }

    private static CompletableFuture<Boolean> failed(Consumer<Throwable> onFailure, Throwable failure) {
        onFailure.accept(failure);
        return CompletableFuture.completedFuture(false);
    }

    /**
     * Opens the channels of a guest that may sign in, signs the session in, and sends the welcome. On a session that is
     * signed in already, under another name.
     *
     * @param fresh the secret of a new guest, for the welcome
     * @param onFailure called with the failure if the store could not open the channels
     * @return whether the session is signed in; if not, an error has been sent
     */
    CompletionStage<Boolean> open(
            SessionContext context,
            Identity guest,
            Optional<GuestSecret> fresh,
            ClientMessage.Login login,
            Consumer<Throwable> onFailure) {
        enterRooms(context, login);
        List<Channel> own = own(context, guest);
        List<Channel> rooms = List.copyOf(context.rooms());
        return subscribed(guest, own, rooms)
                .thenCompose(heard -> store.open(guest.key(), own, rooms))
                .handle((views, failure) ->
                        failure == null ? welcomed(context, guest, fresh, login, views) : failed(onFailure, failure))
                .thenCompose(welcomed -> welcomed);
    }

    /**
     * The same for a guest that comes back, under the name that it had.
     *
     * @param whenNameTaken what follows if the name belongs to a user by now
     */
    CompletionStage<Boolean> open(
            SessionContext context,
            Identity guest,
            ClientMessage.Login login,
            Consumer<Throwable> onFailure,
            Supplier<CompletionStage<Boolean>> whenNameTaken) {
        enterRooms(context, login);
        List<Channel> own = own(context, guest);
        List<Channel> rooms = List.copyOf(context.rooms());
        return subscribed(guest, own, rooms)
                .thenCompose(heard -> store.openForGuest(guest, own, rooms))
                .<CompletionStage<Boolean>>handle((opened, failure) -> {
                    if (failure != null) {
                        return failed(onFailure, failure);
                    }
                    return opened.user().isPresent()
                            ? whenNameTaken.get()
                            : welcomed(context, guest, Optional.empty(), login, opened.views());
                })
                .thenCompose(welcomed -> welcomed);
    }

    /**
     * Before the look-up: what is stored after it is heard. The inbox also for sessions that do not read it: nodes tell
     * each other there how many sessions its owner has.
     */
    private CompletionStage<?> subscribed(Identity who, List<Channel> own, List<Channel> rooms) {
        Set<Channel> channels = new LinkedHashSet<>(own);
        channels.addAll(rooms);
        channels.add(new Channel.Inbox(who.key()));
        return cluster.subscribe(channels);
    }

    /** The rooms that the session is about to enter: the lobby at first, and those of which it names a position. */
    private static void enterRooms(SessionContext context, ClientMessage.Login login) {
        if (context.session().endpoint() == EndpointType.MONITOR) {
            return;
        }
        if (!context.session().isSignedIn()) {
            context.rooms().add(Channel.Room.LOBBY);
        }
        rooms(login.positions().keySet())
                .filter(room -> !context.rooms().contains(room))
                .limit(ServerMessage.Limits.ROOMS_MAX - context.rooms().size())
                .forEach(context.rooms()::add);
    }

    private CompletableFuture<Boolean> welcomed(
            SessionContext context,
            Identity who,
            Optional<GuestSecret> fresh,
            ClientMessage.Login login,
            Map<Channel, ChannelView> views) {
        Session session = context.session();
        // A room that does not exist and one that the user may not read both get no position: they look alike.
        context.rooms().retainAll(views.keySet());
        closeOwnDead(session, who, login.session());
        boolean namesItself =
                login.username().isPresent() || login.guestSecret().isPresent();
        context.autoNamed(context.isAutoNamed() && !namesItself && who.isGuest());
        login.binary().ifPresent(session::wantsBinary);
        session.signIn(who);
        sessions.signedIn(session).forEach(oldest -> oldest.close(CloseCode.REPLACED));
        cluster.signedIn(session);
        if (revocations.isRevoked(who)) {
            // Revoked in the meantime; the revocation did not find this session among the user's.
            session.close(CloseCode.REVOKED);
        }
        CompletableFuture<Boolean> welcomed = new CompletableFuture<>();
        fanOut.signIn(
                session,
                starts(views, login.positions()),
                opened -> welcome(session, who, fresh, login.id(), opened),
                () -> welcomed.complete(true));
        return welcomed;
    }

    private static Stream<Channel.Room> rooms(Set<String> wireKeys) {
        return wireKeys.stream()
                .flatMap(key -> Channel.parse(key).stream())
                .filter(Channel.Room.class::isInstance)
                .map(Channel.Room.class::cast);
    }

    /**
     * The channels that every session has. They do not include rooms that a position names, because naming must not
     * create them.
     */
    private static List<Channel> own(SessionContext context, Identity who) {
        List<Channel> channels = new ArrayList<>();
        if (context.rooms().contains(Channel.Room.LOBBY)) {
            channels.add(Channel.Room.LOBBY);
        }
        if (context.session().endpoint() != EndpointType.MONITOR) {
            channels.add(new Channel.Inbox(who.key()));
            channels.add(Channel.Broadcast.INSTANCE);
        }
        return channels;
    }

    private static List<ReadFrom> starts(Map<Channel, ChannelView> views, Map<String, Position> asked) {
        return views.entrySet().stream()
                .map(view -> RoomHandler.start(
                        view.getKey(),
                        view.getValue(),
                        Optional.ofNullable(asked.get(view.getKey().wireKey()))))
                .toList();
    }

    private void closeOwnDead(Session session, Identity who, Optional<String> predecessor) {
        predecessor
                .map(SessionId::new)
                .filter(id -> !id.equals(session.id()))
                .ifPresent(id -> cluster.closeSession(id, who.key(), CloseCode.REPLACED));
    }

    private ServerMessage.Welcome welcome(
            Session session,
            Identity who,
            Optional<GuestSecret> fresh,
            Optional<String> id,
            Map<String, ServerMessage.Opened> opened) {
        OptionalLong expiresIn = who.expiresAt()
                .map(expiry -> OptionalLong.of(
                        Math.max(0, Duration.between(clock.instant(), expiry).toMillis())))
                .orElse(OptionalLong.empty());
        return new ServerMessage.Welcome(
                id,
                who.name(),
                who.guest(),
                fresh.map(GuestSecret::value),
                session.id().value(),
                who.roles().stream().sorted().toList(),
                ServerMessage.Welcome.PROTOCOL,
                rules.heartbeat(),
                who.isGuest() ? rules.guestLimits() : rules.limits(),
                expiresIn,
                opened);
    }
}
