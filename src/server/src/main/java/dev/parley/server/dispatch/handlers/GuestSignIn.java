package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.GuestSecret;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import dev.parley.server.store.GuestStore;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Signs guests in: new ones, those that come back with their secret, and those that get another name. A name that
 * belongs to a user is never a guest's: it is registered with the sessions before the database is asked, so that a user
 * that first signs in meanwhile finds the guest; see {@link #nameTaken}. Runs in the session's queue.
 */
public final class GuestSignIn {
    private static final CompletionStage<Boolean> NOT_SIGNED_IN = CompletableFuture.completedFuture(false);

    private final GuestStore guests;
    private final Sessions sessions;
    private final SignIn signIn;
    private final FailedAttempts failures;
    private final Names names;

    /** Generates what a new guest gets, at random. Any thread. */
    public interface Names {
        UserKey guestKey();

        /** A name for a guest that gave none; other guests may have it. */
        String guestName();

        /** A tag that another guest may have; the store makes it longer then. */
        String guestTag();

        GuestSecret guestSecret();
    }

    /** @param failures counts refused secrets by address */
    public GuestSignIn(GuestStore guests, Sessions sessions, SignIn signIn, FailedAttempts failures, Names names) {
        this.guests = guests;
        this.sessions = sessions;
        this.signIn = signIn;
        this.failures = failures;
        this.names = names;
    }

    /**
     * What a sign-in works on.
     *
     * @param onFailure called with the failure if the store does not answer
     */
    private record Attempt(SessionContext context, ClientMessage.Login login, Consumer<Throwable> onFailure) {
        Session session() {
            return context.session();
        }

        CompletionStage<Boolean> failed(Throwable failure) {
            onFailure.accept(failure);
            return NOT_SIGNED_IN;
        }

        CompletionStage<Boolean> refused(String reason) {
            context.loginRefused();
            context.errors().reply(login.id(), Refusal.of(ErrorCode.LOGIN_REFUSED, reason));
            return NOT_SIGNED_IN;
        }
    }

    /**
     * Signs in as a new guest, under the name of the login or a generated one.
     *
     * @return whether the session is signed in; if not, an error has been sent
     */
    CompletionStage<Boolean> create(SessionContext context, ClientMessage.Login login, Consumer<Throwable> onFailure) {
        Identity wanted =
                Identity.guest(names.guestKey(), login.username().orElseGet(names::guestName), names.guestTag());
        return signIn.admits(context, wanted, login)
                ? create(new Attempt(context, login, onFailure), wanted)
                : NOT_SIGNED_IN;
    }

    private CompletionStage<Boolean> create(Attempt attempt, Identity wanted) {
        sessions.registerGuestName(attempt.session(), wanted.name());
        GuestSecret secret = names.guestSecret();
        return guests.create(wanted, secret)
                .handle((entry, failure) -> {
                    if (failure != null) {
                        return attempt.failed(failure);
                    }
                    if (entry instanceof GuestStore.Entry.Entered entered) {
                        return open(attempt, entered.guest(), Optional.of(secret));
                    }
                    return attempt.login().username().isPresent()
                            ? nameRefused(attempt, wanted.name())
                            : create(attempt, wanted.named(names.guestName()));
                })
                .thenCompose(rest -> rest);
    }

    /**
     * Signs in as the guest with the secret of the login, under the name that it has.
     *
     * @return whether the session is signed in as this guest; if not, an error has been sent
     */
    CompletionStage<Boolean> comeBack(
            SessionContext context, ClientMessage.Login login, Consumer<Throwable> onFailure) {
        Attempt attempt = new Attempt(context, login, onFailure);
        return guests.comeBack(new GuestSecret(login.guestSecret().orElseThrow()))
                .handle((found, failure) -> {
                    if (failure != null) {
                        return attempt.failed(failure);
                    }
                    return found.isPresent() ? comeBack(attempt, found.get()) : secretRefused(attempt);
                })
                .thenCompose(rest -> rest);
    }

    private CompletionStage<Boolean> comeBack(Attempt attempt, Identity guest) {
        SessionContext context = attempt.context();
        boolean isOther = attempt.session()
                .identity()
                .filter(present -> !present.key().equals(guest.key()))
                .isPresent();
        if (isOther && !context.isAutoNamed()) {
            SignIn.refuseOther(context, attempt.login());
            return NOT_SIGNED_IN;
        }
        if (!signIn.admits(context, guest, attempt.login())) {
            return NOT_SIGNED_IN;
        }
        sessions.registerGuestName(attempt.session(), guest.name());
        return signIn.open(
                context,
                guest,
                attempt.login(),
                attempt.onFailure(),
                () -> enter(attempt, guest.named(nextName(guest)), () -> secretRefused(attempt)));
    }

    /** Gives a guest with a generated name the name of the login. A refusal leaves it signed in. */
    CompletionStage<Boolean> rename(SessionContext context, ClientMessage.Login login, Consumer<Throwable> onFailure) {
        Attempt attempt = new Attempt(context, login, onFailure);
        Identity present = attempt.session().signedInAs();
        Identity renamed = present.named(login.username().orElseThrow());
        sessions.registerGuestName(attempt.session(), renamed.name());
        return guests.enter(renamed)
                .handle((entry, failure) -> {
                    if (failure == null && !(entry instanceof GuestStore.Entry.NameTaken)) {
                        return open(attempt, renamed, Optional.empty());
                    }
                    sessions.registerGuestName(attempt.session(), present.name());
                    return failure == null ? nameRefused(attempt, renamed.name()) : attempt.failed(failure);
                })
                .thenCompose(rest -> rest);
    }

    /**
     * Gives the guest of this session another name, with a new {@code welcome}, if it still has one that now belongs to
     * a user. Where the store does not answer, the session is closed, because it may not keep the name.
     */
    CompletionStage<?> nameTaken(SessionContext context, String name) {
        Optional<Identity> guest = context.session()
                .identity()
                .filter(who -> who.isGuest() && Field.folded(who.name()).equals(Field.folded(name)));
        if (guest.isEmpty() || !context.session().isOpen()) {
            return SerialExecutor.DONE;
        }
        // It may choose another name, as it may after a generated one.
        context.autoNamed(true);
        Attempt attempt = new Attempt(context, ClientMessage.Login.IMPLICIT, failure -> context.errors()
                .closeWithGoodbye(CloseCode.TRY_AGAIN_LATER));
        Identity renamed = guest.get().named(nextName(guest.get()));
        return enter(attempt, renamed, () -> open(attempt, renamed, Optional.empty()));
    }

    /**
     * Enters a guest under its name, or under generated ones if that belongs to a user.
     *
     * @param whenForgotten what follows if the store does not know the guest
     */
    private CompletionStage<Boolean> enter(Attempt attempt, Identity guest, WhenForgotten whenForgotten) {
        sessions.registerGuestName(attempt.session(), guest.name());
        return guests.enter(guest)
                .handle((entry, failure) -> {
                    if (failure != null) {
                        return attempt.failed(failure);
                    }
                    if (entry instanceof GuestStore.Entry.NameTaken) {
                        return enter(attempt, guest.named(nextName(guest)), whenForgotten);
                    }
                    return entry instanceof GuestStore.Entry.Entered
                            ? open(attempt, guest, Optional.empty())
                            : whenForgotten.proceed();
                })
                .thenCompose(rest -> rest);
    }

    @FunctionalInterface
    private interface WhenForgotten {
        CompletionStage<Boolean> proceed();
    }

    /** The next name to try. The first one is the same for all sessions of the guest, without a look-up. */
    private String nextName(Identity guest) {
        String own = "guest-" + guest.guest().orElseThrow();
        return guest.name().equals(own) ? names.guestName() : own;
    }

    private CompletionStage<Boolean> open(Attempt attempt, Identity guest, Optional<GuestSecret> fresh) {
        return signIn.open(attempt.context(), guest, fresh, attempt.login(), attempt.onFailure());
    }

    private static CompletionStage<Boolean> nameRefused(Attempt attempt, String name) {
        return attempt.refused("'" + Field.shown(name) + "' belongs to a user with a token. Choose another name.");
    }

    private CompletionStage<Boolean> secretRefused(Attempt attempt) {
        if (failures.count(attempt.session().handshake().address()).isPresent()) {
            attempt.context().errors().closeForRate();
            return NOT_SIGNED_IN;
        }
        return attempt.refused(
                "No guest has this 'guestSecret', or it was away for too long. Sign in without it as a new guest.");
    }
}
