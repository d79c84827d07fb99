package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.Heard;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

    /** No server makes this client ping ever so often, or wait for ever. */
    private static final long HEARTBEAT_MIN_MILLIS = 1_000;

    private static final long HEARTBEAT_MAX_MILLIS = 600_000;
    private static final int FRAME_MIN = 1_024;
    private static final int FRAME_MAX = 16 * 1024 * 1024;

    /** Where frames are kept small, many of them may still come at once. */
    private static final long BACKLOG_MIN = 1024 * 1024;

    private static final int SESSION_MAX = 128;

    /** A listener that is busy for so long is reported. */
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(10);

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
    private final List<CompletableFuture<ServerMessage.Welcome>> connecting = new ArrayList<>();

    private volatile ClientState state = ClientState.IDLE;
    private Optional<ServerMessage.Welcome> welcome = Optional.empty();
    private Optional<AttemptEar> ear = Optional.empty();
    private Optional<Line> line = Optional.empty();
    private Optional<Writer> writer = Optional.empty();
    private Optional<Heartbeat> heartbeat = Optional.empty();
    private Scheduler.Cancellable dialing = () -> {};
    private Scheduler.Cancellable attemptDeadline = () -> {};
    private Scheduler.Cancellable waiting = () -> {};
    private String loginId = "";
    private int frameMax = FRAME_MIN;
    private boolean isAway;

    private OptionalLong stuckReported = OptionalLong.empty();
    private OptionalLong drainUntil = OptionalLong.empty();
    private ParleyException ending = ParleyException.closed();

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
        this.alarm = new Alarm(owner, () -> turn(this::look));
    }

    /** Any thread. */
    ClientState state() {
        return state;
    }

    /** Any thread: does this on the owner thread, and then what follows from it. @return false where the client is over */
    boolean turn(Runnable task) {
        return owner.execute(() -> {
            try {
                task.run();
                writer.ifPresent(Writer::pump);
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
            results.fail(result, ending);
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

    void send(Unacked.Entry entry) {
        if (state == ClientState.CLOSED) {
            entry.outcome().failed(ending);
        } else {
            outgoing.send(entry);
        }
    }

    void ask(String id, ClientMessage message, long deadline, Outcome<ServerMessage> outcome) {
        if (state == ClientState.CLOSED) {
            outcome.failed(ending);
        } else {
            outgoing.ask(id, message, deadline, outcome, now());
        }
    }

    void upload(Uploads.File file) {
        if (state == ClientState.CLOSED) {
            file.outcome().failed(ending);
        } else {
            outgoing.upload(file);
        }
    }

    void join(String id, String room, RoomListener listener, long deadline, Outcome<ServerMessage> outcome) {
        reading.enter(room, listener);
        ClientMessage join = reading.join(Optional.of(id), room);
        ask(id, join, deadline, new Undo(outcome, () -> reading.notEntered(room)));
    }

    void leave(String id, String room, long deadline, Outcome<ServerMessage> outcome) {
        reading.leave(room);
        ask(id, new ClientMessage.Leave(Optional.of(id), room), deadline, new Leaving(room, outcome));
    }

    void subscribe(String id, String metricId, MetricListener listener, long deadline, Outcome<ServerMessage> outcome) {
        reading.subscribe(metricId, listener);
        ClientMessage subscribe = new ClientMessage.Subscribe(Optional.of(id), metricId);
        ask(id, subscribe, deadline, new Undo(outcome, () -> reading.unsubscribe(metricId)));
    }

    void unsubscribe(String id, String metricId, long deadline, Outcome<ServerMessage> outcome) {
        reading.unsubscribe(metricId);
        ask(id, new ClientMessage.Unsubscribe(Optional.of(id), metricId), deadline, outcome);
    }

    /** The room may have been entered again since; with the answer that begins to count. */
    private final class Leaving implements Outcome<ServerMessage> {
        private final String room;
        private final Outcome<ServerMessage> outcome;

        private Leaving(String room, Outcome<ServerMessage> outcome) {
            this.room = room;
            this.outcome = outcome;
        }

        @Override
        public void succeeded(ServerMessage answer) {
            reading.left(room);
            outcome.succeeded(answer);
        }

        @Override
        public void failed(ParleyException why) {
            reading.left(room);
            outcome.failed(why);
        }
    }

    /** Takes an intent back that the server refused. */
    private record Undo(Outcome<ServerMessage> outcome, Runnable undo) implements Outcome<ServerMessage> {
        @Override
        public void succeeded(ServerMessage answer) {
            outcome.succeeded(answer);
        }

        @Override
        public void failed(ParleyException why) {
            if (!why.code().equals(ParleyException.TIMEOUT)) {
                undo.run();
            }
            outcome.failed(why);
        }
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
        boolean isDrained = outgoing.isEmpty() && writer.map(Writer::isIdle).orElse(true);
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
            } catch (
                    Throwable
                            e) { // What follows must be done all the same: without its wait, a client never comes back
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
            ending = why.orElseThrow();
            connecting.forEach(result -> results.fail(result, ending));
            connecting.clear();
            outgoing.fail(ending);
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
                text -> received(attempt, text),
                failure -> failed(attempt, failure));
        ear = Optional.of(fresh);
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
        Optional<Line> old = line;
        writer.ifPresent(Writer::end);
        ear = Optional.empty();
        line = Optional.empty();
        writer = Optional.empty();
        heartbeat = Optional.empty();
        renewal.stop();
        outgoing.lineLost();
        reading.lineLost();
        attemptDeadline.cancel();
        dialing.cancel();
        old.ifPresent(one -> one.close(CloseCode.DONE.number(), ""));
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
        line = Optional.of(opened);
        writer = Optional.of(new Writer(
                opened,
                () -> outgoing.next(state == ClientState.OPEN, frameMax, now()),
                this::turn,
                owner::nanoTime,
                () -> turn(() -> failed(attempt, Failure.ofClose(CloseCode.ABNORMAL.number(), "a send failed")))));
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

    private void received(int attempt, String text) {
        for (Heard heard : lifecycle.isCurrent(attempt) ? MessageCodec.decodeFromServer(text) : List.<Heard>of()) {
            if (!lifecycle.isCurrent(attempt)) {
                return;
            }
            if (heard instanceof Heard.Known known) {
                understood(attempt, known.message(), known.length());
            } else if (heard instanceof Heard.Malformed malformed) {
                failed(
                        attempt,
                        Failure.of(
                                ParleyException.BAD_SERVER,
                                "The server sent what this contract does not know: " + malformed.reason()));
            } else {
                LOG.log(Level.DEBUG, "Ignored what a later server says: {0}", heard);
            }
        }
    }

    private void understood(int attempt, ServerMessage message, int length) {
        if (message instanceof ServerMessage.Stored stored) {
            reading.stored(stored, length);
        } else if (message instanceof ServerMessage.Ack ack) {
            outgoing.acked(ack, now());
        } else if (message instanceof ServerMessage.Error error) {
            refused(attempt, error);
        } else if (message instanceof ServerMessage.Metric metric) {
            reading.metric(metric);
        } else if (message instanceof ServerMessage.Welcome opened) {
            if (state == ClientState.OPEN) {
                outgoing.answered(opened.id(), opened);
            } else {
                welcomed(attempt, opened);
            }
        } else if (message instanceof ServerMessage.Joined joined) {
            joined(joined, length);
        } else if (message instanceof ServerMessage.Left left) {
            if (left.id().isEmpty()) {
                // Put out. Of an answer the room has been left already, and perhaps entered again since.
                reading.putOut(left.room());
            }
            answered(left.id(), left, length);
        } else if (message instanceof ServerMessage.Subscribed subscribed) {
            reading.subscribed(subscribed);
            answered(subscribed.id(), subscribed, length);
        } else if (message instanceof ServerMessage.Uploaded uploaded) {
            outgoing.uploaded(uploaded);
        } else if (message instanceof ServerMessage.Goodbye goodbye) {
            LOG.log(Level.DEBUG, "The server says goodbye: {0}", Field.shown(goodbye.reason()));
            lifecycle.ordered(Duration.ofMillis(goodbye.reconnectAfter()));
        } else if (message instanceof ServerMessage.History history) {
            answered(history.id(), history, length);
        } else if (message instanceof ServerMessage.Presence presence) {
            answered(presence.id(), presence, length);
        } else if (message instanceof ServerMessage.Rooms rooms) {
            answered(rooms.id(), rooms, length);
        } else if (message instanceof ServerMessage.Created created) {
            answered(created.id(), created, length);
        } else if (message instanceof ServerMessage.Unsubscribed unsubscribed) {
            answered(unsubscribed.id(), unsubscribed, length);
        } else if (!(message instanceof ServerMessage.Pong)) {
            reading.event(message, length);
        }
    }

    /** The same answer once more would set the room back to where it began, and everything since would be heard again. */
    private void joined(ServerMessage.Joined joined, int length) {
        boolean isNews = outgoing.isAsked(joined.id()) || !reading.isReading(joined.room());
        if (!isNews || reading.joined(joined)) {
            answered(joined.id(), joined, length);
        }
    }

    /** To whoever asked; what nobody asked for is an event. */
    private void answered(Optional<String> id, ServerMessage answer, int length) {
        if (!outgoing.answered(id, answer) && id.isEmpty()) {
            reading.event(answer, length);
        }
    }

    private void welcomed(int attempt, ServerMessage.Welcome opened) {
        if (!opened.id().equals(Optional.of(loginId))) {
            return;
        }
        attemptDeadline.cancel();
        welcome = Optional.of(opened);
        heartbeat = Optional.of(new Heartbeat(
                nanos(opened.heartbeat().interval()), nanos(opened.heartbeat().timeout()), now()));
        frameMax = Math.max(FRAME_MIN, Math.min(FRAME_MAX, opened.limits().frame()));
        writer.orElseThrow().frameMax(frameMax);
        outgoing.limit(opened.limits(), now());
        perform(lifecycle.welcomed(attempt, now()));
        renewal.welcomed(opened.expiresIn());
        reading.welcomed(opened.channels());
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(Math.max(HEARTBEAT_MIN_MILLIS, Math.min(HEARTBEAT_MAX_MILLIS, millis)));
    }

    private void refused(int attempt, ServerMessage.Error error) {
        if (state == ClientState.CONNECTING && error.id().equals(Optional.of(loginId))) {
            failed(attempt, Failure.ofLogin(error));
        } else if (!outgoing.refused(error, now())) {
            reading.refused(ParleyException.of(error));
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
        heartbeat.ifPresent(present -> look(present, now));
        listeners.busySince().ifPresent(since -> reportStuck(since, now));
    }

    private void look(Heartbeat present, long now) {
        ear.flatMap(AttemptEar::heardAt).ifPresent(present::heard);
        switch (present.look(writer.orElseThrow().sendingSince(), now)) {
            case ASK -> outgoing.control(new ClientMessage.Ping(Optional.empty()));
            case DEAD -> failed(Failure.ofClose(CloseCode.ABNORMAL.number(), "the line is dead"));
            case ALIVE -> {}
        }
    }

    private void reportStuck(long since, long now) {
        if (now - since >= STUCK_NANOS && !stuckReported.equals(OptionalLong.of(since))) {
            stuckReported = OptionalLong.of(since);
            Duration busy = Duration.ofNanos(now - since);
            LOG.log(Level.WARNING, settings.name() + ": a listener has been busy for " + busy.toMillis() + " ms.");
            settings.observer().listenerStuck(busy);
        }
    }

    private OptionalLong nextDue() {
        if (state == ClientState.CLOSED) {
            return OptionalLong.empty();
        }
        long now = now();
        boolean isIdle = writer.map(Writer::isIdle).orElse(false);
        List<Long> dues = outgoing.dues(state == ClientState.OPEN, isIdle, now);
        drainUntil.ifPresent(dues::add);
        heartbeat.ifPresent(
                present -> dues.add(present.nextLook(writer.orElseThrow().sendingSince())));
        OptionalLong busySince = listeners.busySince();
        if (busySince.isPresent() && !busySince.equals(stuckReported)) {
            dues.add(busySince.getAsLong() + STUCK_NANOS);
        }
        // By their distance: the clock may turn over.
        OptionalLong wait = dues.stream().mapToLong(due -> due - now).min();
        return wait.isPresent() ? OptionalLong.of(now + wait.getAsLong()) : wait;
    }

    /** What reading asks for and finds out. */
    private final class ReadersVoice implements Reading.Voice {
        @Override
        public void ask(Function<Optional<String>, ClientMessage> question, Consumer<ParleyException> whenRefused) {
            String id = ids.get();
            long deadline = now() + settings.sendTimeout().toNanos();
            outgoing.askOnThisLine(id, question.apply(Optional.of(id)), deadline, new OwnQuestion(whenRefused), now());
        }

        @Override
        public void slow() {
            perform(lifecycle.hold(true));
            perform(lifecycle.paused(Failure.of(
                    ParleyException.SLOW_LISTENER,
                    "The listeners are slower than what comes; the line is closed until they have caught up.")));
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
            Optional<String> id = Optional.of(ids.get());
            // Without positions: what is read goes on where it is.
            ClientMessage login =
                    new ClientMessage.Login(id, Optional.empty(), Optional.of(token), Map.of(), Optional.empty());
            long deadline = now() + settings.sendTimeout().toNanos();
            outgoing.askOnThisLine(id.get(), login, deadline, new Renewed(welcomed, failed), now());
        }
    }

    /** The answer to a login on an open line. */
    private record Renewed(Consumer<ServerMessage.Welcome> welcomed, Consumer<String> failed)
            implements Outcome<ServerMessage> {
        @Override
        public void succeeded(ServerMessage answer) {
            if (answer instanceof ServerMessage.Welcome welcome) {
                welcomed.accept(welcome);
            } else {
                failed.accept("The server answered with " + answer.getClass().getSimpleName() + ".");
            }
        }

        @Override
        public void failed(ParleyException why) {
            failed.accept(why.getMessage());
        }
    }

    /** One that the client asks for itself. */
    private final class OwnQuestion implements Outcome<ServerMessage> {
        private final Consumer<ParleyException> whenRefused;

        private OwnQuestion(Consumer<ParleyException> whenRefused) {
            this.whenRefused = whenRefused;
        }

        @Override
        public void succeeded(ServerMessage answer) {
            // What it says was done as it came.
        }

        @Override
        public void failed(ParleyException why) {
            if (why.code().equals(ParleyException.TIMEOUT)) {
                Conversation.this.failed(Failure.weather("The server did not answer in time.", why));
            } else if (state != ClientState.CLOSED) {
                whenRefused.accept(why);
                reading.refused(why);
            }
        }
    }
}
