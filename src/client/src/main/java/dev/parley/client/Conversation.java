package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a client and its server say to each other, over one line after the other: does what {@link Lifecycle} decides, gives
 * the writer what waits, and every message from the server to whom it is meant for.
 *
 * <p>Thread rule: everything belongs to the owner thread and comes in through {@link #turn}; what lines, dialers and listeners
 * tell from their threads is handed over to it.
 */
final class Conversation {
    private static final Logger LOG = System.getLogger(Conversation.class.getName());

    /** Where frames are kept small, many of them may still come at once. */
    private static final long BACKLOG_MIN = 1024 * 1024;

    private static final int SESSION_MAX = 128;

    private final ClientSettings settings;
    private final Scheduler owner;
    private final Dialer dialer;
    private final Listeners listeners;
    private final Delivery delivery;
    private final Results results;
    private final Supplier<String> ids;
    private final Runnable whenClosed;

    private final Lifecycle lifecycle;
    private final Alarm alarm;
    private final Outgoing outgoing;
    private final Reading reading;
    private final TokenRenewal renewal;
    private final Intents intents;
    private final OwnQuestions questions;
    private final Hearing hearing;
    private final StuckListeners stuck;
    private final CurrentLine line = new CurrentLine();
    private final List<CompletableFuture<ServerMessage.Welcome>> connecting = new ArrayList<>();

    private volatile ClientState state = ClientState.IDLE;
    private Optional<ServerMessage.Welcome> welcome = Optional.empty();
    private Optional<ParleyException> ending = Optional.empty();
    private Scheduler.Cancellable dialing = () -> {};
    private Scheduler.Cancellable attemptDeadline = () -> {};
    private Scheduler.Cancellable waiting = () -> {};
    private String loginId = "";
    private boolean isAway;

    private OptionalLong drainUntil = OptionalLong.empty();

    /** Where this client meets the rest of the world. @param random from 0 to below 1 */
    record Surroundings(
            Scheduler owner,
            Dialer dialer,
            Optional<Tokens> tokens,
            Listeners listeners,
            Results results,
            DoubleSupplier random,
            Supplier<String> ids) {}

    Conversation(
            ClientSettings settings,
            Surroundings surroundings,
            Delivery delivery,
            Outgoing outgoing,
            Runnable whenClosed) {
        this.settings = settings;
        this.owner = surroundings.owner();
        this.dialer = surroundings.dialer();
        this.listeners = surroundings.listeners();
        this.results = surroundings.results();
        this.ids = surroundings.ids();
        this.delivery = delivery;
        this.outgoing = outgoing;
        this.whenClosed = whenClosed;
        this.lifecycle = new Lifecycle(settings.backoff(), surroundings.random());
        this.reading =
                new Reading(new Channels(settings.positions()), delivery, settings.observer(), new ReadersVoice());
        this.renewal = new TokenRenewal(
                surroundings.tokens(),
                owner,
                settings.backoff(),
                surroundings.random(),
                settings.connectTimeout(),
                new RenewalsVoice());
        this.intents = new Intents(outgoing, reading, owner::nanoTime, () -> ending);
        this.questions = new OwnQuestions(outgoing, ids, owner::nanoTime, settings.sendTimeout());
        this.hearing = new Hearing(outgoing, reading, owner::nanoTime, new HearersVoice());
        this.stuck = new StuckListeners(settings.name(), listeners, settings.observer());
        this.alarm = new Alarm(owner, () -> turn(this::look));
    }

    /** Any thread. */
    ClientState state() {
        return state;
    }

    /** In a {@link #turn}: what the application wants, but for the connection itself. */
    Intents intents() {
        return intents;
    }

    /** Any thread: does this on the owner thread, and then what follows from it. @return false where the client is over */
    boolean turn(Runnable task) {
        return owner.execute(() -> {
            try {
                task.run();
                line.pump();
                endIfDrained();
                alarm.set(nextDue());
            } catch (Throwable e) { // Errors too, such as a missing library: the executor would swallow them
                bug(e);
                alarm.set(nextDue());
            }
        });
    }

    private void bug(Throwable e) {
        LOG.log(Level.ERROR, "A bug in the Parley client; it begins anew with another line.", e);
        failed(Failure.weather("A bug in the client: " + e, e));
    }

    // What the application asks for.

    void connect(CompletableFuture<ServerMessage.Welcome> result) {
        if (state == ClientState.CLOSED) {
            results.fail(result, ending.orElseThrow());
        } else if (state == ClientState.OPEN) {
            results.complete(result, welcome.orElseThrow());
        } else {
            connecting.add(result);
            perform(lifecycle.connect());
        }
    }

    void reconnect() {
        perform(lifecycle.reconnect());
    }

    /** Ends when everything is answered, or when the time is over. */
    void drain(Duration atMost) {
        Duration within = atMost.compareTo(Backoff.LONGEST) > 0 ? Backoff.LONGEST : atMost;
        long until = now() + within.toNanos();
        if (drainUntil.isEmpty() || until - drainUntil.getAsLong() < 0) {
            drainUntil = OptionalLong.of(until);
        }
    }

    void end() {
        listeners.discard();
        perform(lifecycle.end(ParleyException.closed()));
    }

    private void endIfDrained() {
        if (drainUntil.isEmpty() || state == ClientState.CLOSED) {
            return;
        }
        boolean isDrained = outgoing.isEmpty() && !line.isBusy();
        if (isDrained || state == ClientState.IDLE || now() - drainUntil.getAsLong() >= 0) {
            perform(lifecycle.end(ParleyException.closed()));
        }
    }

    // What the lifecycle decides.

    private void perform(List<Lifecycle.Effect> effects) {
        Optional<Throwable> thrown = Optional.empty();
        for (Lifecycle.Effect effect : effects) {
            try {
                perform(effect);
            } catch (Throwable e) {
                // What follows must be done all the same: without its wait, a client never comes back.
                thrown = Optional.of(e);
            }
        }
        thrown.ifPresent(this::bug);
    }

    private void perform(Lifecycle.Effect effect) {
        if (effect instanceof Lifecycle.Effect.Moved moved) {
            moved(moved.state(), moved.why());
        } else if (effect instanceof Lifecycle.Effect.Begin begin) {
            begin(begin.attempt());
        } else if (effect instanceof Lifecycle.Effect.Wait wait) {
            waiting.cancel();
            waiting = owner.schedule(() -> turn(() -> perform(lifecycle.due(wait.attempt()))), wait.delay());
        } else {
            drop();
        }
    }

    private void moved(ClientState next, Optional<ParleyException> why) {
        state = next;
        log(next, why);
        settings.observer().stateChanged(next);
        if (next == ClientState.OPEN) {
            connecting.forEach(result -> results.complete(result, welcome.orElseThrow()));
            connecting.clear();
        }
        if (next == ClientState.CLOSED) {
            ending = Optional.of(why.orElseThrow());
            connecting.forEach(result -> results.fail(result, why.orElseThrow()));
            connecting.clear();
            outgoing.fail(why.orElseThrow());
        }
        delivery.moved(next, why);
        if (next == ClientState.CLOSED) {
            alarm.cancel();
            whenClosed.run();
        }
    }

    /** Once when the server goes away and once when it is back, not with every attempt. */
    private void log(ClientState next, Optional<ParleyException> why) {
        boolean isNews = next == ClientState.CLOSED
                || next == ClientState.OPEN
                || (next == ClientState.WAITING && !isAway && why.isPresent());
        isAway = next != ClientState.OPEN && (isAway || next == ClientState.WAITING);
        String reason = why.map(one -> ": " + one.getMessage()).orElse(".");
        LOG.log(isNews ? Level.INFO : Level.DEBUG, "Parley client " + settings.name() + " is " + next + reason);
    }

    private void begin(int attempt) {
        AttemptEar fresh = new AttemptEar(
                Math.max(BACKLOG_MIN, 2L * settings.frameMax()),
                this::turn,
                owner::nanoTime,
                text -> hearing.received(attempt, text),
                failure -> failed(attempt, failure));
        line.begun(fresh);
        attemptDeadline = owner.schedule(() -> turn(() -> tooLate(attempt)), settings.connectTimeout());
        dialing = dialer.dial(
                fresh, opened -> turn(() -> opened(attempt, opened)), failure -> turn(() -> failed(attempt, failure)));
    }

    private void tooLate(int attempt) {
        // The welcome may have come between the end of the time and this turn.
        if (state == ClientState.CONNECTING) {
            failed(
                    attempt,
                    Failure.weather(
                            "Token, handshake and login together took longer than "
                                    + settings.connectTimeout().toMillis() + " ms.",
                            null));
        }
    }

    private void drop() {
        renewal.stop();
        outgoing.lineLost();
        reading.lineLost();
        attemptDeadline.cancel();
        dialing.cancel();
        line.end();
    }

    private void failed(int attempt, Failure failure) {
        perform(lifecycle.failed(attempt, failure, now()));
    }

    /** The line that there is cannot go on. */
    private void failed(Failure failure) {
        failed(lifecycle.attempt(), failure);
    }

    // What the line says.

    private void opened(int attempt, Line opened) {
        if (!lifecycle.isCurrent(attempt) || line.isPresent()) {
            opened.close(CloseCode.DONE.number(), "");
            return;
        }
        Writer writer = new Writer(
                opened,
                () -> outgoing.next(state == ClientState.OPEN, line.frameMax(), now()),
                this::turn,
                owner::nanoTime,
                () -> turn(() -> failed(attempt, Failure.ofClose(CloseCode.ABNORMAL.number(), "a send failed"))));
        line.opened(opened, writer);
        loginId = ids.get();
        outgoing.control(new ClientMessage.Login(
                Optional.of(loginId),
                settings.username(),
                Optional.empty(),
                reading.positions(),
                welcome.map(ServerMessage.Welcome::session).filter(Conversation::isSessionName)));
    }

    /** What a server made up that no login could carry must not keep this client away from better ones. */
    private static boolean isSessionName(String session) {
        return session.length() <= SESSION_MAX && session.chars().allMatch(c -> c > ' ' && c <= '~');
    }

    private void welcomed(int attempt, ServerMessage.Welcome opened) {
        if (state != ClientState.CONNECTING || !opened.id().equals(Optional.of(loginId))) {
            return;
        }
        attemptDeadline.cancel();
        welcome = Optional.of(opened);
        line.welcomed(opened, now());
        outgoing.limit(opened.limits(), now());
        perform(lifecycle.welcomed(attempt, now()));
        renewal.welcomed(opened.expiresIn());
        reading.welcomed(opened.channels());
    }

    /** What hearing finds out. */
    private final class HearersVoice implements Hearing.Voice {
        @Override
        public boolean isCurrent(int attempt) {
            return lifecycle.isCurrent(attempt);
        }

        @Override
        public void welcomed(int attempt, ServerMessage.Welcome opened) {
            Conversation.this.welcomed(attempt, opened);
        }

        @Override
        public boolean refused(int attempt, ServerMessage.Error error) {
            boolean isOfLogin = state == ClientState.CONNECTING && error.id().equals(Optional.of(loginId));
            if (isOfLogin) {
                failed(attempt, Failure.ofLogin(error));
            }
            return isOfLogin;
        }

        @Override
        public void ordered(Duration reconnectAfter) {
            lifecycle.ordered(reconnectAfter);
        }

        @Override
        public void failed(int attempt, Failure failure) {
            Conversation.this.failed(attempt, failure);
        }
    }

    // What time does.

    private long now() {
        return owner.nanoTime();
    }

    private void look() {
        long now = now();
        if (outgoing.expire(now)) {
            failed(Failure.weather("An upload was broken off.", null));
        }
        switch (line.look(now)) {
            case ASK -> outgoing.control(new ClientMessage.Ping(Optional.empty()));
            case DEAD -> failed(Failure.ofClose(CloseCode.ABNORMAL.number(), "the line is dead"));
            case ALIVE -> {}
        }
        stuck.look(now);
    }

    private OptionalLong nextDue() {
        if (state == ClientState.CLOSED) {
            return OptionalLong.empty();
        }
        long now = now();
        List<Long> dues = outgoing.dues(state == ClientState.OPEN, line.isIdle(), now);
        drainUntil.ifPresent(dues::add);
        line.nextLook().ifPresent(dues::add);
        stuck.nextLook().ifPresent(dues::add);
        // By their distance: the clock may turn over.
        OptionalLong wait = dues.stream().mapToLong(due -> due - now).min();
        return wait.isPresent() ? OptionalLong.of(now + wait.getAsLong()) : wait;
    }

    /** What reading asks for and finds out. */
    private final class ReadersVoice implements Reading.Voice {
        @Override
        public void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> whenRefused) {
            questions.ask(question, why -> unanswered(why, whenRefused));
        }

        private void unanswered(ParleyException why, Consumer<ParleyException> whenRefused) {
            if (why.code().equals(ParleyException.TIMEOUT)) {
                failed(Failure.weather("The server did not answer in time.", why));
            } else if (state != ClientState.CLOSED) {
                whenRefused.accept(why);
                reading.refused(why);
            }
        }

        @Override
        public void slow() {
            perform(lifecycle.hold(true));
            failed(Failure.tooSlow(
                    ParleyException.SLOW_LISTENER,
                    "The listeners are slower than what comes; the line is closed until they have caught up."));
            listeners.whenDrained(() -> turn(() -> perform(lifecycle.hold(false))));
        }

        @Override
        public void failed(Failure failure) {
            Conversation.this.failed(failure);
        }
    }

    /** What renewing the token says. */
    private final class RenewalsVoice implements TokenRenewal.Voice {
        @Override
        public void turn(Runnable task) {
            Conversation.this.turn(task);
        }

        @Override
        public void login(String token, Consumer<ServerMessage.Welcome> welcomed, Consumer<String> failed) {
            questions.renew(token, welcomed, failed);
        }
    }
}
