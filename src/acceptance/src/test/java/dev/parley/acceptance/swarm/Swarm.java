package dev.parley.acceptance.swarm;

import dev.parley.acceptance.checker.ChannelPosition;
import dev.parley.acceptance.checker.Checker;
import dev.parley.acceptance.checker.ClientId;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Recorder;
import dev.parley.acceptance.checker.Violation;
import dev.parley.acceptance.support.Auditor;
import dev.parley.acceptance.support.Faults;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * A group of clients that talk to each other: in rooms, one to one, and to everyone. Messages and targets are random,
 * from a printed seed. The recorded history goes to the checker.
 */
public abstract class Swarm<C extends SwarmClient> implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int ROOMS_EACH = 2;
    private static final int CONTENT_MAX = 200;
    private static final int BROADCASTS_IN_100 = 5;
    private static final int DIRECT_MESSAGES_IN_100 = 20;
    private static final int SHOWN_MAX = 5;

    private final String name;
    private final List<String> rooms;
    private final long seed = Faults.seed();
    private final Random random = new Random(seed);
    private final Recorder recorder = new Recorder();
    private final List<C> clients = new CopyOnWriteArrayList<>();
    private final TalkLoop loop = new TalkLoop();
    private final AtomicInteger said = new AtomicInteger();
    /** Owned by the thread of the test. */
    private boolean isAmongOthers;

    /**
     * @param name prefix of the names of users and rooms
     * @param rooms number of rooms
     */
    protected Swarm(String name, int rooms) {
        this.name = name;
        this.rooms =
                IntStream.range(0, rooms).mapToObj(i -> name + "-room-" + i).toList();
        System.out.println(name + ": seed " + seed);
    }

    /** Others send to the lobby and the broadcast channel too: what they sent is taken from the logs. */
    public final void beAmongOthers() {
        isAmongOthers = true;
    }

    /** A generator for other random choices that must be repeatable with the same seed. */
    public final Random random() {
        return new Random(random.nextLong());
    }

    /** Random decision: true with this probability. */
    protected final boolean happens(double probability) {
        return random.nextDouble() < probability;
    }

    protected final List<String> rooms() {
        return rooms;
    }

    /** The clients in the order in which they entered. Any thread may change the list. */
    protected final List<C> clients() {
        return clients;
    }

    protected final Recorder recorder() {
        return recorder;
    }

    /** The single thread on which the swarm talks. */
    protected final ScheduledExecutorService loop() {
        return loop;
    }

    /** The name of the next client. Every tenth user has two clients. */
    protected final ClientId nextClientId() {
        int number = clients.size();
        return new ClientId(name + "-" + (number % 10 == 1 ? number - 1 : number), name + "-d" + number);
    }

    /** Some of the rooms, for the next client. */
    protected final Set<String> nextRooms() {
        Set<String> own = new LinkedHashSet<>();
        for (int i = 0; i < Math.min(ROOMS_EACH, rooms.size()); i++) {
            own.add(rooms.get((clients.size() + i) % rooms.size()));
        }
        return own;
    }

    protected final C anyClient() {
        return clients.get(random.nextInt(clients.size()));
    }

    /** Sends one message from a random client: usually to a room, sometimes to one user, rarely to everyone. */
    protected void say() {
        C speaker = anyClient();
        int dice = random.nextInt(100);
        if (dice < BROADCASTS_IN_100) {
            speaker.broadcast(content());
        } else if (dice < BROADCASTS_IN_100 + DIRECT_MESSAGES_IN_100) {
            speaker.message(anyClient().who().user(), content());
        } else {
            List<String> own = List.copyOf(speaker.rooms());
            speaker.chat(own.get(random.nextInt(own.size())), content());
        }
    }

    /** The content of the next message; its number shows people the order in the checker's sentences. */
    protected String content() {
        return "say " + said.incrementAndGet() + " " + "é".repeat(random.nextInt(CONTENT_MAX));
    }

    /** Sends random messages at this rate in the background, until the result is cancelled. */
    public final Future<?> talk(int messagesPerSecond) {
        return talk(messagesPerSecond, this::say);
    }

    /** Calls {@code say} at this rate in the background, until the result is cancelled. */
    public final Future<?> talk(int messagesPerSecond, Runnable say) {
        return loop.scheduleAtFixedRate(say, 0, 1_000_000 / messagesPerSecond, TimeUnit.MICROSECONDS);
    }

    /** Waits for a condition. Fails at once on an exception in the test clients themselves. */
    public final void await(String what, Callable<Boolean> condition) {
        Awaitility.await(name + " (seed " + seed + "): " + what)
                .atMost(PATIENCE)
                .until(() -> {
                    loop.bug().ifPresent(bug -> {
                        throw new AssertionError("A bug in the clients of " + name, bug);
                    });
                    return condition.call();
                });
    }

    /** The events recorded so far. */
    public final List<Event> history() {
        return recorder.history();
    }

    public final long count(Class<? extends Event> kind) {
        return count(kind::isInstance);
    }

    public final long count(Predicate<Event> which) {
        return history().stream().filter(which).count();
    }

    /** Number of positions that were served. */
    public final long recoveries() {
        return count(
                event -> event instanceof Event.Opened opened && opened.asked().isPresent() && opened.recovered());
    }

    /** Positions that could not be served. That is allowed only with retention, which these tests do not have. */
    public final List<Event> notRecovered() {
        return history().stream()
                .filter(event ->
                        event instanceof Event.Opened opened && opened.asked().isPresent() && !opened.recovered())
                .toList();
    }

    /**
     * Waits until the readers have read to the end, and checks the history against the logs.
     *
     * @param chat address from which the logs are read
     * @param readers the clients that must read to the end
     * @param seen converts a log to what the clients may have seen of it
     */
    protected final List<Violation> check(URI chat, Collection<C> readers, UnaryOperator<Event.Audited> seen) {
        return check(chat, readers, seen, UnaryOperator.identity());
    }

    /** @param judged converts what clients recorded to what is judged of it */
    protected final List<Violation> check(
            URI chat, Collection<C> readers, UnaryOperator<Event.Audited> seen, UnaryOperator<List<Event>> judged) {
        List<String> users = users();
        List<Event.Audited> logs = logs(chat);
        // The checker reports clients that never reach the head.
        Faults.awaitQuietly(PATIENCE, () -> logs.stream().allMatch(log -> isReadBy(readers, log)));
        List<Event> history = new ArrayList<>(isAmongOthers ? sentByOthers(logs, users) : List.of());
        history.addAll(judged.apply(history()));
        logs.stream().map(seen).forEach(history::add);
        List<Violation> violations = Checker.check(history);
        System.out.println(name + ": " + figures() + "; violations: " + violations.size());
        violations.stream().limit(SHOWN_MAX).forEach(violation -> System.out.println("  " + violation));
        return violations;
    }

    /** The logs of all channels of the clients, as they are now. */
    protected final List<Event.Audited> logs(URI chat) {
        return new Auditor(chat).all(rooms, users());
    }

    private List<String> users() {
        return clients.stream().map(client -> client.who().user()).distinct().toList();
    }

    private static List<Event> sentByOthers(List<Event.Audited> logs, List<String> users) {
        return logs.stream()
                .flatMap(log -> log.entries().stream()
                        .map(Event.Audited.Entry::message)
                        .filter(message -> !users.contains(message.sender()))
                        .map(message -> (Event) new Event.Sent(
                                new ClientId(message.sender(), "of others"), List.of(log.channel()), message)))
                .toList();
    }

    private boolean isReadBy(Collection<C> readers, Event.Audited log) {
        ChannelPosition head = new ChannelPosition(log.epoch(), log.head());
        return readers.stream()
                .allMatch(client ->
                        client.reached().getOrDefault(log.channel(), head).equals(head));
    }

    private Map<String, Long> figures() {
        return Map.of(
                "connections", count(Event.Connected.class),
                "sent", count(Event.Sent.class),
                "acked", count(Event.Acked.class),
                "refused", count(Event.Refused.class),
                "received", count(Event.Received.class),
                "recovered", recoveries(),
                "not recovered", (long) notRecovered().size());
    }

    @Override
    public abstract void close();
}
