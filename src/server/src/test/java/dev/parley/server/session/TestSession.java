package dev.parley.server.session;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Builds sessions for tests. Values that a test does not set are those of a plain {@code /chat} connection. */
public final class TestSession {
    public static final int MAX_BYTES = 64 * 1024;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final Transport transport;
    private EndpointType endpoint = EndpointType.CHAT;
    private Framing framing = Framing.OBJECT;
    private Optional<Identity> credential = Optional.empty();
    private String address = "192.0.2.1";
    private int maxBytes = MAX_BYTES;
    private OutboxMemoryBudget total = new OutboxMemoryBudget(Long.MAX_VALUE, () -> 1);
    private LongSupplier nanoTime = System::nanoTime;
    private TrafficCounters traffic = new TrafficCounters();
    private Consumer<Session> whenEnded = session -> {};

    private TestSession(Transport transport) {
        this.transport = transport;
    }

    public static TestSession on(Transport transport) {
        return new TestSession(transport);
    }

    public TestSession door(EndpointType value) {
        endpoint = value;
        return this;
    }

    public TestSession framing(Framing value) {
        framing = value;
        return this;
    }

    public TestSession credential(Identity value) {
        credential = Optional.of(value);
        return this;
    }

    public TestSession address(String value) {
        address = value;
        return this;
    }

    public TestSession maxBytes(int value) {
        maxBytes = value;
        return this;
    }

    public TestSession total(OutboxMemoryBudget value) {
        total = value;
        return this;
    }

    public TestSession clock(LongSupplier value) {
        nanoTime = value;
        return this;
    }

    public TestSession traffic(TrafficCounters value) {
        traffic = value;
        return this;
    }

    public TestSession whenEnded(Consumer<Session> value) {
        whenEnded = value;
        return this;
    }

    public Session open() {
        return new Session(
                new SessionId("session-" + NUMBERS.incrementAndGet()),
                endpoint,
                new HandshakeResult(credential, address),
                transport,
                framing,
                MessageCodec::encode,
                new Outbox.Bounds(maxBytes, total),
                traffic,
                nanoTime,
                whenEnded);
    }

    /** The guest that a test knows by this name; its key is made of it. */
    public static Identity guest(String name) {
        return Identity.guest(UserKey.guest(name), name, "tag");
    }

    /** Opens a session that is signed in as a guest of this name. */
    public Session openAs(String name) {
        Session session = open();
        session.signIn(guest(name));
        return session;
    }
}
