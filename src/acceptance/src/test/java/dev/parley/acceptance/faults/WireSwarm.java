package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.ChannelPosition;
import dev.parley.acceptance.checker.Checker;
import dev.parley.acceptance.checker.ClientId;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Recorder;
import dev.parley.acceptance.checker.Violation;
import dev.parley.acceptance.faults.RecordingClient.State;
import dev.parley.acceptance.support.Auditor;
import dev.parley.acceptance.support.Delays;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.Tokens;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * A group of recording clients that talk to each other: in rooms, one to one, and to everyone. Messages and targets are
 * random, from a printed seed. The recorded history goes to the checker.
 */
final class WireSwarm implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int ROOMS_EACH = 2;
    private static final int CONTENT_MAX = 200;
    private static final int SHOWN_MAX = 5;
    private static final Duration TOKEN_LIFETIME = Duration.ofDays(1);

    private final String name;
    private final long seed;
    private final Random random;
    private final Recorder recorder = new Recorder();
    private final Delays delays = new Delays();
    private final List<RecordingClient> clients = new ArrayList<>();
    private final List<String> rooms = new ArrayList<>();
    private final ScheduledThreadPoolExecutor loop = new Loop();
    private volatile Optional<Throwable> bug = Optional.empty();
    private int said;

    /**
     * The single thread of all clients. It keeps exceptions, so that a bug in these clients does not look like a fault
     * of the server.
     */
    private final class Loop extends ScheduledThreadPoolExecutor {
        Loop() {
            super(1);
            setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        }

        @Override
        protected void afterExecute(Runnable task, Throwable thrown) {
            if (task instanceof Future<?> done && done.isDone() && !done.isCancelled()) {
                try {
                    done.get();
                } catch (ExecutionException e) {
                    bug = bug.or(() -> Optional.of(e.getCause()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /**
     * @param name prefix of the names of users and rooms
     * @param rooms number of rooms
     */
    WireSwarm(String name, int rooms) {
        this.name = name;
        this.seed = Faults.seed();
        this.random = new Random(seed);
        for (int i = 0; i < rooms; i++) {
            this.rooms.add(name + "-room-" + i);
        }
        System.out.println(name + ": seed " + seed);
    }

    /** A generator for other random choices that must be repeatable with the same seed. */
    Random random() {
        return new Random(random.nextLong());
    }

    /** Connects this many clients, each in some of the rooms. Every tenth user has two clients. */
    WireSwarm enter(int count, URI chat) {
        enter(count, chat, false);
        return this;
    }

    /**
     * Connects clients and waits until all are open.
     *
     * @param patient whether they never treat a silent connection as dead
     */
    List<RecordingClient> enter(int count, URI chat, boolean patient) {
        List<RecordingClient> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = clients.size();
            String user = name + "-" + (number % 10 == 1 ? number - 1 : number);
            Set<String> own = new LinkedHashSet<>();
            for (int room = 0; room < Math.min(ROOMS_EACH, rooms.size()); room++) {
                own.add(rooms.get((number + room * 7) % rooms.size()));
            }
            RecordingClient client = new RecordingClient(
                    new RecordingClient.ClientSpec(
                            new ClientId(user, "d" + number),
                            chat,
                            Tokens.of(user, TOKEN_LIFETIME, "user", "notify"),
                            number % 2 == 0,
                            own,
                            patient),
                    recorder,
                    delays,
                    loop,
                    random());
            clients.add(client);
            fresh.add(client);
        }
        fresh.forEach(RecordingClient::start);
        await("everyone is in", () -> fresh.stream().allMatch(client -> client.state() == State.OPEN));
        return fresh;
    }

    /** The delays of the messages that clients received, without the patient clients. */
    Delays delays() {
        return delays;
    }

    /** The events recorded so far. */
    List<Event> history() {
        return recorder.history();
    }

    long count(Class<? extends Event> kind) {
        return count(kind::isInstance);
    }

    long count(Predicate<Event> which) {
        return history().stream().filter(which).count();
    }

    /** Sends one message from a random client: usually to a room, sometimes to one user, rarely to everyone. */
    void say() {
        RecordingClient speaker = clients.get(random.nextInt(clients.size()));
        int dice = random.nextInt(100);
        if (dice < 3) {
            speaker.broadcast(content());
        } else if (dice < 25) {
            speaker.message(clients.get(random.nextInt(clients.size())).who().user(), content());
        } else {
            List<String> own = List.copyOf(speaker.rooms());
            speaker.chat(own.get(random.nextInt(own.size())), content());
        }
    }

    private String content() {
        said++;
        return "say " + said + " " + "é".repeat(random.nextInt(CONTENT_MAX));
    }

    /** Sends random messages at this rate in the background, until the result is cancelled. */
    Future<?> talk(int messagesPerSecond) {
        return talk(messagesPerSecond, this::say);
    }

    /** Calls {@code say} at this rate in the background, until the result is cancelled. */
    Future<?> talk(int messagesPerSecond, Runnable say) {
        return loop.scheduleAtFixedRate(say, 0, 1_000_000 / messagesPerSecond, TimeUnit.MICROSECONDS);
    }

    /** Waits until every client is connected and has all its acks. */
    void settle() {
        await("everyone is back and has its acks", () -> clients.stream()
                .allMatch(client -> client.state() == State.OPEN && client.unacked() == 0));
    }

    /**
     * Waits until all clients have settled and read to the end, and checks the history against the logs.
     *
     * @param chat address from which the logs are read
     */
    List<Violation> check(URI chat) {
        settle();
        List<String> users =
                clients.stream().map(client -> client.who().user()).distinct().toList();
        List<Event.Audited> logs = new Auditor(chat).all(rooms, users);
        // The checker reports clients that never reach the head.
        Faults.awaitQuietly(PATIENCE, () -> logs.stream().allMatch(this::isReadByAll));
        List<Event> history = new ArrayList<>(history());
        logs.forEach(history::add);
        List<Violation> violations = Checker.check(history);
        System.out.println(name + ": " + figures() + "; violations: " + violations.size());
        violations.stream().limit(SHOWN_MAX).forEach(violation -> System.out.println("  " + violation));
        return violations;
    }

    private boolean isReadByAll(Event.Audited log) {
        ChannelPosition head = new ChannelPosition(log.epoch(), log.head());
        return clients.stream()
                .allMatch(client ->
                        client.reached().getOrDefault(log.channel(), head).equals(head));
    }

    private String figures() {
        return Map.of(
                        "connections", count(Event.Connected.class),
                        "sent", count(Event.Sent.class),
                        "acked", count(Event.Acked.class),
                        "refused", count(Event.Refused.class),
                        "received", count(Event.Received.class),
                        "recovered", recoveries(),
                        "not recovered", notRecovered())
                .toString();
    }

    long recoveries() {
        return count(
                event -> event instanceof Event.Opened opened && opened.asked().isPresent() && opened.recovered());
    }

    /**
     * Number of positions that could not be served. That is allowed only with retention, which these tests do not have.
     */
    long notRecovered() {
        return count(
                event -> event instanceof Event.Opened opened && opened.asked().isPresent() && !opened.recovered());
    }

    private void await(String what, Callable<Boolean> condition) {
        Awaitility.await(name + " (seed " + seed + "): " + what)
                .atMost(PATIENCE)
                .failFast(what, this::assertNoTrouble)
                .until(condition);
    }

    private void assertNoTrouble() {
        bug.ifPresent(failure -> {
            throw new AssertionError("A bug in the clients of " + name, failure);
        });
        assertThat(closed()).isEmpty();
    }

    /** Clients that the server closed for good. */
    private List<String> closed() {
        return clients.stream()
                .filter(client -> client.state() == State.CLOSED)
                .map(client -> client.who() + " was closed with " + client.closeCode())
                .toList();
    }

    @Override
    public void close() {
        clients.forEach(RecordingClient::close);
        loop.shutdown();
    }
}
