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
 * Services that talk to each other by the Java client: in rooms, from one to one, and to everyone. What they say and
 * where is drawn from a seed, which is printed; what they saw goes to the checker.
 */
final class JavaSwarm implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ROOMS_EACH = 2;
    private static final int CONTENT_MAX = 200;
    /** Over the frame's limit, so that it goes in chunks. */
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

    /** @param name begins the names of its users and rooms */
    JavaSwarm(String name, int rooms) {
        this.name = name;
        for (int i = 0; i < rooms; i++) {
            this.rooms.add(name + "-room-" + i);
        }
        System.out.println(name + ": seed " + seed);
    }

    /** Lets this share of what is said go in chunks. */
    JavaSwarm longShare(double share) {
        longShare = share;
        return this;
    }

    /** Lets them leave rooms and come again, and lets some be replaced by a successor. */
    JavaSwarm restless() {
        isRestless = true;
        return this;
    }

    /** For what else is to be repeatable with the same seed. */
    Random random() {
        return new Random(random.nextLong());
    }

    JavaSwarm enter(int count, URI chat, Duration sendTimeout) {
        List<InstrumentedJavaClient> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fresh.add(seat(chat, sendTimeout, InstrumentedJavaClient.ClientListener.SOUND));
        }
        start(fresh);
        return this;
    }

    InstrumentedJavaClient enter(URI chat, Duration sendTimeout, InstrumentedJavaClient.ClientListener listener) {
        InstrumentedJavaClient client = seat(chat, sendTimeout, listener);
        start(List.of(client));
        return client;
    }

    /** In some of the rooms; every tenth user has two clients. */
    private InstrumentedJavaClient seat(
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

    /** Somebody says something somewhere: mostly in a room, sometimes to one person, now and then to everyone. */
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
            mover.comeAgain(mover.rooms().iterator().next());
        }
    }

    private String content() {
        return "é".repeat(random.nextDouble() < longShare ? LONG_CONTENT / 2 : random.nextInt(CONTENT_MAX));
    }

    /** They talk at this pace, in the background, until the result is cancelled. */
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

    /** The first of them says so much in every room. */
    void sayInEveryRoom(int times) {
        for (int i = 0; i < times; i++) {
            rooms.forEach(room -> first().chat(room, content()));
        }
    }

    long count(Class<? extends Event> kind) {
        return recorder.history().stream().filter(kind::isInstance).count();
    }

    /** Lines that came after a client's first one. */
    long reconnects() {
        return count(Event.Connected.class) - clients.size() - replaced.size();
    }

    /** Codes with which sends failed. */
    Set<String> refusals() {
        return recorder.history().stream()
                .filter(Event.Refused.class::isInstance)
                .map(event -> ((Event.Refused) event).code())
                .collect(Collectors.toSet());
    }

    /** Positions that could not be served: allowed with retention only, and there is none here. */
    long notRecovered() {
        return recorder.history().stream()
                .filter(event ->
                        event instanceof Event.Opened opened && opened.asked().isPresent() && !opened.recovered())
                .count();
    }

    /** Over all, those included that were replaced. */
    int sum(ToIntFunction<InstrumentedJavaClient> figure) {
        return Stream.concat(clients.stream(), replaced.stream())
                .mapToInt(figure)
                .sum();
    }

    int replaced() {
        return replaced.size();
    }

    /** Everyone whom the server did not send away is connected and in its rooms, and everything has its outcome. */
    void settle() {
        await("everyone is back and has its outcomes", () -> clients.stream()
                .allMatch(InstrumentedJavaClient::isSettled));
    }

    /** So that a reader who lacks the end of a channel finds out: on a whole line nothing can be missing there. */
    private void lastWords() {
        List<InstrumentedJavaClient> present = clients.stream()
                .filter(client -> client.state() == ClientState.OPEN)
                .toList();
        present.forEach(client -> client.message(client.who().user(), "last"));
        present.forEach(client -> client.rooms().forEach(room -> client.chat(room, "last")));
        present.get(0).broadcast("last");
    }

    /**
     * Lets everyone settle and read to the end, and checks all that happened against the logs.
     *
     * @param chat where the logs are read
     */
    List<Violation> check(URI chat) {
        settle();
        lastWords();
        settle();
        List<String> users =
                clients.stream().map(client -> client.who().user()).distinct().toList();
        List<Event.Audited> logs = new Auditor(chat).all(rooms, users);
        // Whoever never gets there is the checker's to name.
        Faults.awaitQuietly(PATIENCE, () -> logs.stream().allMatch(this::isReadByAll));
        List<Event> history = new ArrayList<>(recorder.history());
        logs.forEach(log -> history.add(InstrumentedJavaClient.renamed(log, begin(log.channel()))));
        List<Violation> violations = Checker.check(history);
        System.out.println(name + ": " + figures() + "; violations: " + violations.size());
        violations.stream().limit(SHOWN_MAX).forEach(violation -> System.out.println("  " + violation));
        return violations;
    }

    /** Where the first of them began to read: what others said to everyone before is not theirs to know. */
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
                + sum(client -> client.observed().doubled.get()) + " doubles dropped";
    }

    /** Waits for a condition; a bug of the services themselves ends it at once. */
    void await(String what, Callable<Boolean> condition) {
        Awaitility.await(name + " (seed " + seed + "): " + what)
                .atMost(PATIENCE)
                .until(() -> {
                    assertThat(bug.get()).as("a bug in the services themselves").isNull();
                    return condition.call();
                });
    }

    @Override
    public void close() {
        talkers.shutdownNow();
        clients.forEach(InstrumentedJavaClient::close);
    }
}
