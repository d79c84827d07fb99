package dev.parley.acceptance.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.ChannelPosition;
import dev.parley.acceptance.checker.Checker;
import dev.parley.acceptance.checker.ClientId;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Recorder;
import dev.parley.acceptance.checker.Violation;
import dev.parley.acceptance.support.Auditor;
import dev.parley.acceptance.support.Faults;
import dev.parley.client.ClientState;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A group of Java clients that talk to each other: in rooms, one to one, and to everyone. Messages and targets are
 * random, from a printed seed. The recorded history goes to the checker.
 */
final class JavaSwarm implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ROOMS_EACH = 2;
    private static final int CONTENT_MAX = 200;
    /** Longer than a frame, so that it is sent in chunks. */
    private static final int LONG_CONTENT = 70_000;

    private static final int SHOWN_MAX = 5;

    private final String name;
    private final long seed = Faults.seed();
    private final Random random = new Random(seed);
    private final Recorder recorder = new Recorder();
    private final List<InstrumentedJavaClient> clients = new CopyOnWriteArrayList<>();
    private final List<InstrumentedJavaClient> replaced = new CopyOnWriteArrayList<>();
    private final List<String> rooms = new ArrayList<>();
    private final ScheduledExecutorService talkers = Executors.newSingleThreadScheduledExecutor();
    private final AtomicReference<Throwable> bug = new AtomicReference<>();
    private double longShare;
    private boolean isRestless;

    /** @param name prefix of the names of users and rooms */
    JavaSwarm(String name, int rooms) {
        this.name = name;
        for (int i = 0; i < rooms; i++) {
            this.rooms.add(name + "-room-" + i);
        }
        System.out.println(name + ": seed " + seed);
    }

    /** Makes this share of the messages so long that they are sent in chunks. */
    JavaSwarm longShare(double share) {
        longShare = share;
        return this;
    }

    /** Makes clients leave and rejoin rooms, and replaces some by a successor. */
    JavaSwarm restless() {
        isRestless = true;
        return this;
    }

    /** A generator for other random choices that must be repeatable with the same seed. */
    Random random() {
        return new Random(random.nextLong());
    }

    JavaSwarm enter(int count, URI chat, Duration sendTimeout) {
        List<InstrumentedJavaClient> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fresh.add(newClient(chat, sendTimeout, InstrumentedJavaClient.ClientListener.SOUND));
        }
        start(fresh);
        return this;
    }

    InstrumentedJavaClient enter(URI chat, Duration sendTimeout, InstrumentedJavaClient.ClientListener listener) {
        InstrumentedJavaClient client = newClient(chat, sendTimeout, listener);
        start(List.of(client));
        return client;
    }

    /** Creates a client in some of the rooms. Every tenth user has two clients. */
    private InstrumentedJavaClient newClient(
            URI chat, Duration sendTimeout, InstrumentedJavaClient.ClientListener listener) {
        int number = clients.size();
        String user = name + "-" + (number % 10 == 1 ? number - 1 : number);
        Set<String> own = new LinkedHashSet<>();
        for (int i = 0; i < Math.min(ROOMS_EACH, rooms.size()); i++) {
            own.add(rooms.get((number + i) % rooms.size()));
        }
        ClientId clientId = new ClientId(user, name + "-d" + number);
        InstrumentedJavaClient client = new InstrumentedJavaClient(
                new InstrumentedJavaClient.ClientSpec(clientId, chat, own, sendTimeout, listener), recorder, Map.of());
        clients.add(client);
        return client;
    }

    private void start(List<InstrumentedJavaClient> fresh) {
        fresh.forEach(InstrumentedJavaClient::start);
        await("everyone is in", () -> fresh.stream().allMatch(InstrumentedJavaClient::isIn));
    }

    /** Sends one message from a random client: usually to a room, sometimes to one user, rarely to everyone. */
    private void say() {
        InstrumentedJavaClient speaker = clients.get(random.nextInt(clients.size()));
        int dice = random.nextInt(100);
        if (isRestless && speaker.isPatient() && dice >= 95) {
            move(speaker, dice);
        } else if (dice < 5) {
            speaker.broadcast(content());
        } else if (dice < 25) {
            speaker.message(clients.get(random.nextInt(clients.size())).who().user(), content());
        } else {
            List<String> own = List.copyOf(speaker.rooms());
            speaker.chat(own.get(random.nextInt(own.size())), content());
        }
    }

    private void move(InstrumentedJavaClient mover, int dice) {
        if (dice == 95) {
            InstrumentedJavaClient successor = mover.replace();
            clients.set(clients.indexOf(mover), successor);
            replaced.add(mover);
            successor.start();
        } else {
            mover.rejoin(mover.rooms().iterator().next());
        }
    }

    private String content() {
        return "é".repeat(random.nextDouble() < longShare ? LONG_CONTENT / 2 : random.nextInt(CONTENT_MAX));
    }

    /** Sends random messages at this rate in the background, until the result is cancelled. */
    Future<?> talk(int messagesPerSecond) {
        return talkers.scheduleAtFixedRate(
                () -> {
                    try {
                        say();
                    } catch (RuntimeException | Error e) {
                        bug.compareAndSet(null, e);
                        throw e;
                    }
                },
                0,
                1_000_000 / messagesPerSecond,
                TimeUnit.MICROSECONDS);
    }

    InstrumentedJavaClient first() {
        return clients.get(0);
    }

    /** The first client sends this many messages to every room. */
    void sayInEveryRoom(int times) {
        for (int i = 0; i < times; i++) {
            rooms.forEach(room -> first().chat(room, content()));
        }
    }

    long count(Class<? extends Event> kind) {
        return recorder.history().stream().filter(kind::isInstance).count();
    }

    /** Number of connections after the first one of each client. */
    long reconnects() {
        return count(Event.Connected.class) - clients.size() - replaced.size();
    }

    /** Error codes of failed sends. */
    Set<String> refusals() {
        return recorder.history().stream()
                .filter(Event.Refused.class::isInstance)
                .map(event -> ((Event.Refused) event).code())
                .collect(Collectors.toSet());
    }

    /** Positions that could not be served. That is allowed only with retention, which these tests do not have. */
    List<Event> notRecovered() {
        return recorder.history().stream()
                .filter(event ->
                        event instanceof Event.Opened opened && opened.asked().isPresent() && !opened.recovered())
                .toList();
    }

    /** The sum over all clients, including replaced ones. */
    int sum(ToIntFunction<InstrumentedJavaClient> figure) {
        return Stream.concat(clients.stream(), replaced.stream())
                .mapToInt(figure)
                .sum();
    }

    int replaced() {
        return replaced.size();
    }

    /**
     * Waits until every client that the server did not close is connected and in its rooms, and every message has a
     * result.
     */
    void settle() {
        await("everyone is back and has its outcomes", () -> clients.stream()
                .allMatch(InstrumentedJavaClient::isSettled));
    }

    /** Sends a last message to every channel, so that a reader that lacks the end of a channel detects the gap. */
    private void sendLastMessages() {
        List<InstrumentedJavaClient> present = clients.stream()
                .filter(client -> client.state() == ClientState.OPEN)
                .toList();
        present.forEach(client -> client.message(client.who().user(), "last"));
        present.forEach(client -> client.rooms().forEach(room -> client.chat(room, "last")));
        present.get(0).broadcast("last");
    }

    /**
     * Waits until all clients have settled and read to the end, and checks the history against the logs.
     *
     * @param chat address from which the logs are read
     */
    List<Violation> check(URI chat) {
        settle();
        sendLastMessages();
        settle();
        List<String> users =
                clients.stream().map(client -> client.who().user()).distinct().toList();
        List<Event.Audited> logs = new Auditor(chat).all(rooms, users);
        // The checker reports clients that never reach the head.
        Faults.awaitQuietly(PATIENCE, () -> logs.stream().allMatch(this::isReadByAll));
        List<Event> history = new ArrayList<>(recorder.history());
        logs.forEach(log -> history.add(InstrumentedJavaClient.renamed(log, begin(log.channel()))));
        List<Violation> violations = Checker.check(history);
        System.out.println(name + ": " + figures() + "; violations: " + violations.size());
        violations.stream().limit(SHOWN_MAX).forEach(violation -> System.out.println("  " + violation));
        return violations;
    }

    /**
     * The seq at which the first client began to read. Earlier broadcasts of other tests are not part of the history.
     */
    private long begin(String channel) {
        return recorder.history().stream()
                .filter(event -> event instanceof Event.Opened opened
                        && opened.channel().equals(channel)
                        && opened.asked().isEmpty())
                .mapToLong(event -> ((Event.Opened) event).from().seq())
                .min()
                .orElse(0);
    }

    private boolean isReadByAll(Event.Audited log) {
        ChannelPosition head = new ChannelPosition(log.epoch(), log.head());
        return clients.stream()
                .filter(client -> client.state() != ClientState.CLOSED)
                .allMatch(client ->
                        client.reached().getOrDefault(log.channel(), head).equals(head));
    }

    private String figures() {
        return sum(client -> client.outcomes().sent.get()) + " sent, "
                + sum(client -> client.outcomes().acked.get()) + " acked, "
                + sum(client -> client.outcomes().refused.get()) + " refused, "
                + sum(client -> client.outcomes().timedOut.get()) + " timed out, "
                + count(Event.Received.class) + " received, " + reconnects() + " reconnects, "
                + replaced() + " replaced, "
                + sum(client -> client.observed().duplicates.get()) + " duplicates dropped";
    }

    /** Waits for a condition. Fails at once on an exception in the test clients themselves. */
    void await(String what, Callable<Boolean> condition) {
        Awaitility.await(name + " (seed " + seed + "): " + what)
                .atMost(PATIENCE)
                .until(() -> {
                    assertThat(bug.get())
                            .as("a bug in the test clients themselves")
                            .isNull();
                    return condition.call();
                });
    }

    @Override
    public void close() {
        talkers.shutdownNow();
        clients.forEach(InstrumentedJavaClient::close);
    }
}
