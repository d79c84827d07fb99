package dev.parley.server.session;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * One live connection with its identity and its outbox.
 *
 * <p>Thread rule: any thread may call any method. Only the session's own queue in dispatch writes the identity.
 */
public final class Session {
    private enum State {
        CONNECTED,
        SIGNED_IN,
        ENDED;

        boolean mayBecome(State next) {
            return next.ordinal() > ordinal();
        }
    }

    /** Spreads the reconnects of clients that are closed together. */
    private static final long RECONNECT_SPREAD_MILLIS = 5_000;

    private static final Logger LOG = System.getLogger(Session.class.getName());

    /** Unpredictable: a peer that could foresee the numbers could answer pings without reading the data before them. */
    private static final SecureRandom PING_NUMBERS = new SecureRandom();

    private final SessionId id;
    private final EndpointType endpoint;
    private final HandshakeResult handshake;
    private final MessageEncoding encoding;
    private final Framing framing;
    private final Transport transport;
    private final Outbox outbox;
    private final TrafficCounters traffic;
    private final LongSupplier nanoTime;
    private final Consumer<Session> whenEnded;
    private final long openedAt;

    private final Object lock = new Object();
    private State state = State.CONNECTED;
    private Optional<CloseCode> closedByUs = Optional.empty();
    private OptionalLong incompleteSince = OptionalLong.empty();

    private volatile Optional<Identity> identity = Optional.empty();
    private volatile boolean wantsBinary;
    private volatile long receivedAt;
    /** Confined to the heartbeat's sweep. */
    private OptionalLong pingedAt = OptionalLong.empty();

    /**
     * @param bounds bounds of the outbox
     * @param nanoTime the monotonic clock
     * @param whenEnded called once, by the thread that ends the session
     */
    public Session(
            SessionId id,
            EndpointType endpoint,
            HandshakeResult handshake,
            Transport transport,
            Framing framing,
            MessageEncoding encoding,
            Outbox.Bounds bounds,
            TrafficCounters traffic,
            LongSupplier nanoTime,
            Consumer<Session> whenEnded) {
        this.id = id;
        this.endpoint = endpoint;
        this.handshake = handshake;
        this.encoding = encoding;
        this.framing = framing;
        this.traffic = traffic;
        this.nanoTime = nanoTime;
        this.whenEnded = whenEnded;
        this.openedAt = nanoTime.getAsLong();
        this.receivedAt = openedAt;
        this.transport = transport;
        this.outbox = new Outbox(new EndingTransport(transport), framing, bounds, nanoTime, PING_NUMBERS::nextLong);
    }

    public SessionId id() {
        return id;
    }

    public EndpointType endpoint() {
        return endpoint;
    }

    public HandshakeResult handshake() {
        return handshake;
    }

    /** The identity; empty before the sign-in. */
    public Optional<Identity> identity() {
        return identity;
    }

    /** The identity, for code that runs only after the sign-in. */
    public Identity signedInAs() {
        return identity.orElseThrow(() -> new IllegalStateException("Session " + id + " is not signed in."));
    }

    public boolean isSignedIn() {
        synchronized (lock) {
            return state == State.SIGNED_IN;
        }
    }

    /** Whether the peer has asked for the binary frames of its rooms. */
    public boolean wantsBinary() {
        return wantsBinary;
    }

    public void wantsBinary(boolean asked) {
        wantsBinary = asked;
    }

    /** Whether the session takes messages: it has neither ended nor been told to close. */
    public boolean isOpen() {
        return outbox.isOpen();
    }

    public boolean isEnded() {
        synchronized (lock) {
            return state == State.ENDED;
        }
    }

    /** Signs in, or replaces the identity of a session that is signed in (a renewed token, a guest's own name). */
    public void signIn(Identity who) {
        identity = Optional.of(who);
        move(State.SIGNED_IN);
    }

    /**
     * This session is sending a message. Where it receives lines, it gets no copy of it. To be called before it is
     * stored.
     */
    public void sending(MessageId own) {
        framing.sending(own);
    }

    /** Queues a message to be sent by the next {@link #flush}. A full outbox closes the session. */
    public void offer(Encoded message) {
        counted(outbox.offer(message), 1);
    }

    /** Queues messages as {@link #offer(Encoded)} does; all of them, or none if the outbox is full. */
    public void offer(Encoded.Batch messages) {
        counted(outbox.offer(messages), messages.messages().size());
    }

    /**
     * Queues a binary frame as {@link #offer(Encoded)} does. It is dropped if the reader is behind, see
     * {@link Outbox#offerLossy}.
     *
     * @return whether it was queued
     */
    public boolean offerLossy(EncodedBinary frame) {
        boolean isTaken = outbox.offerLossy(frame) == Outbox.Offer.TAKEN;
        if (isTaken) {
            traffic.deliveriesOut(1);
        }
        return isTaken;
    }

    /** Queues the latest value for this key, replacing one that still waits. */
    public void offerLatest(String key, Encoded message) {
        counted(outbox.offerLatest(key, message), 1);
    }

    /** Makes the waiting latest values final; see {@link Outbox#freezeLatest}. */
    public void freezeLatest() {
        outbox.freezeLatest();
    }

    private void counted(Outbox.Offer offer, int messages) {
        switch (offer) {
            case TAKEN -> traffic.deliveriesOut(messages);
            case FULL -> closeNow(CloseCode.SLOW_CONSUMER);
            case CLOSED -> {}
        }
    }

    /** Sends what is queued. Any thread may call it; it costs least where {@link #writer} runs it. */
    public void flush() {
        outbox.flush();
    }

    /** As {@link Transport#writer}. */
    public Executor writer() {
        return transport.writer();
    }

    /** Queues a message and flushes the outbox. */
    public void answer(ServerMessage message) {
        offer(encoding.encode(message));
        flush();
    }

    /** Runs the action once when the outbox is drained; see {@link Outbox#whenDrained}. */
    public void whenDrained(Runnable action) {
        outbox.whenDrained(action);
    }

    /** Whether this many more bytes of a page may be offered now; if not, continue {@link #whenDrained}. */
    public boolean hasRoom(int bytes) {
        return outbox.hasRoom(bytes);
    }

    /**
     * Announces a close. Nothing more is taken from the peer. Answers to messages that it sent before still leave until
     * {@link #close} is called or the deadline of the close is over.
     *
     * @return false if a close was announced before
     */
    public boolean announceClose(CloseCode code) {
        return outbox.announceClose(code, code.wireName());
    }

    /**
     * Sends the {@code goodbye} that precedes a close. It orders a reconnect delay.
     *
     * @param atLeastMillis minimum of the delay; up to 5 s more are random
     */
    public void sendGoodbye(CloseCode code, long atLeastMillis, RandomGenerator random) {
        sendGoodbye(code, Duration.ofMillis(atLeastMillis + random.nextLong(RECONNECT_SPREAD_MILLIS)));
    }

    /** Sends the {@code goodbye} that precedes a close, with this reconnect delay. */
    public void sendGoodbye(CloseCode code, Duration reconnectAfter) {
        answer(new ServerMessage.Goodbye(code.wireName(), reconnectAfter.toMillis()));
    }

    /** Closes after the waiting messages have been sent. */
    public void close(CloseCode code) {
        outbox.close(code, code.wireName());
    }

    /** Closes at once and discards the waiting messages. */
    public void closeNow(CloseCode code) {
        outbox.closeNow(code, code.wireName());
    }

    /** Records that something arrived, so the peer is alive. */
    public void received() {
        receivedAt = nanoTime.getAsLong();
    }

    /** Processes a pong: the peer is alive and has received everything that was sent before that ping. */
    public void ponged(ByteBuffer payload) {
        received();
        outbox.ponged(payload);
    }

    /** Records that a fragmented message has begun and is not complete. */
    public void incomplete() {
        synchronized (lock) {
            if (incompleteSince.isEmpty()) {
                incompleteSince = OptionalLong.of(nanoTime.getAsLong());
            }
        }
    }

    public void complete() {
        synchronized (lock) {
            incompleteSince = OptionalLong.empty();
        }
    }

    /**
     * Ends the session: the container has ended the connection, or a close was sent. Idempotent. It does not close the
     * transport: Tyrus calls {@code @OnClose} before it sends its own close frame (1002, 1007, 1011), and a close of
     * ours would be sent instead.
     *
     * @return true if the container ended the connection; false if a close was sent or the session had ended before
     */
    public boolean end(int code, String reason) {
        int logged;
        synchronized (lock) {
            if (!state.mayBecome(State.ENDED)) {
                return false;
            }
            state = State.ENDED;
            logged = closedByUs.map(CloseCode::number).orElse(code);
        }
        boolean isEndedByContainer = outbox.discard();
        LOG.log(
                Level.INFO,
                "closed {0} of {1} at {2}: {3} {4} after {5} s",
                endpoint.path(),
                identity.map(who -> Field.shown(who.name())).orElse("nobody"),
                handshake.address(),
                Integer.toString(logged),
                closedByUs.map(CloseCode::wireName).orElseGet(() -> Field.shown(reason)),
                Long.toString(Duration.ofNanos(age()).toSeconds()));
        whenEnded.accept(this);
        return isEndedByContainer;
    }

    private void move(State next) {
        synchronized (lock) {
            if (state.mayBecome(next)) {
                state = next;
            }
        }
    }

    Outbox outbox() {
        return outbox;
    }

    /** Nanoseconds since the connection was opened. */
    public long age() {
        return nanoTime.getAsLong() - openedAt;
    }

    /** Nanoseconds since something last arrived. */
    long silence() {
        return nanoTime.getAsLong() - receivedAt;
    }

    /** Nanoseconds for which a fragmented message has been incomplete; 0 if none is. */
    long incompleteFor() {
        synchronized (lock) {
            return incompleteSince.isPresent() ? nanoTime.getAsLong() - incompleteSince.getAsLong() : 0;
        }
    }

    /**
     * Nanoseconds for which the last ping has been unanswered; empty if none is. Anything received is an answer. Sweep
     * only.
     */
    OptionalLong pingUnansweredFor() {
        if (pingedAt.isPresent() && receivedAt - pingedAt.getAsLong() >= 0) {
            pingedAt = OptionalLong.empty();
        }
        return pingedAt.isPresent()
                ? OptionalLong.of(nanoTime.getAsLong() - pingedAt.getAsLong())
                : OptionalLong.empty();
    }

    /**
     * Pings the peer. If the ping cannot leave now, no answer is expected and the next sweep tries again. Sweep only.
     */
    void ping() {
        long now = nanoTime.getAsLong();
        if (outbox.ping()) {
            pingedAt = OptionalLong.of(now);
        }
    }

    @Override
    public String toString() {
        return endpoint.path() + " " + id;
    }

    /**
     * Ends the session together with its transport: after a local close some containers never call back, others call
     * back with code 1006.
     */
    private final class EndingTransport implements Transport {
        private final Transport transport;

        EndingTransport(Transport transport) {
            this.transport = transport;
        }

        @Override
        public void send(String text, Consumer<Boolean> whenDone) {
            transport.send(text, whenDone);
        }

        @Override
        public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
            transport.send(frame, whenDone);
        }

        @Override
        public void ping(ByteBuffer payload) {
            transport.ping(payload);
        }

        @Override
        public void close(CloseCode code, String reason) {
            synchronized (lock) {
                if (closedByUs.isEmpty() && code != CloseCode.ABNORMAL) {
                    closedByUs = Optional.of(code);
                }
            }
            transport.close(code, reason);
            end(code.number(), reason);
        }
    }
}
