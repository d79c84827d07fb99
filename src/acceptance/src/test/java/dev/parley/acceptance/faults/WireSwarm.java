package dev.parley.acceptance.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.ClientId;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Violation;
import dev.parley.acceptance.faults.RecordingClient.State;
import dev.parley.acceptance.support.Delays;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.swarm.Swarm;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A swarm of clients that use the wire protocol. They run on the thread of the swarm. */
final class WireSwarm extends Swarm<RecordingClient> {
    private static final Duration TOKEN_LIFETIME = Duration.ofDays(1);

    private final Delays delays = new Delays();

    WireSwarm(String name, int rooms) {
        super(name, rooms);
    }

    /** Connects this many clients, each in some of the rooms. */
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
        return enter(count, List.of(chat), patient);
    }

    /**
     * Connects clients to several nodes, and waits until all are open.
     *
     * @param chats where each client connects, in turn: the first ones of them to the first address
     * @param patient whether they never treat a silent connection as dead
     */
    List<RecordingClient> enter(int count, List<URI> chats, boolean patient) {
        List<RecordingClient> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            RecordingClient client = newClient(chats, patient);
            clients().add(client);
            fresh.add(client);
        }
        fresh.forEach(RecordingClient::start);
        awaitAll("everyone is in", fresh, client -> client.state() == State.OPEN);
        return fresh;
    }

    private RecordingClient newClient(List<URI> chats, boolean patient) {
        ClientId clientId = nextClientId();
        RecordingClient.ClientSpec spec = new RecordingClient.ClientSpec(
                clientId,
                chats,
                Tokens.of(clientId.user(), TOKEN_LIFETIME, "user", "notify"),
                clients().size() % 2 == 0,
                nextRooms(),
                patient);
        return new RecordingClient(spec, recorder(), delays, loop(), random());
    }

    /** The delays of the messages that clients received, without the patient clients. */
    Delays delays() {
        return delays;
    }

    /** Waits until every client is connected and has all its acks. */
    void settle() {
        awaitAll(
                "everyone is back and has its acks",
                clients(),
                client -> client.state() == State.OPEN && client.unacked() == 0);
    }

    /**
     * Waits until all clients have settled and read to the end, and checks the history against the logs.
     *
     * @param chat address from which the logs are read
     */
    List<Violation> check(URI chat) {
        settle();
        return check(chat, clients(), UnaryOperator.identity());
    }

    /** Checks that no promise was broken, and that every position that a client asked for was served. */
    void assertKept(URI chat) {
        assertThat(check(chat)).as("violations").isEmpty();
        assertThat(notRecovered()).as("positions that could not be served").isEmpty();
    }

    /**
     * Checks that nothing is lost but what was acked in a part of the history, and that all readers were told of that.
     *
     * @param from index of the first event of the part
     * @param to index of the first event after it
     */
    void assertLostOnlyWhatWasAcked(int from, int to, URI chat) {
        assertThat(check(chat))
                .as("what was acked and is lost")
                .isNotEmpty()
                .allMatch(violation -> violation.kind() == Violation.Kind.ACKED_BUT_LOST);
        assertThat(check(chat, clients(), UnaryOperator.identity(), history -> withoutAcks(history, from, to)))
                .as("other violations")
                .isEmpty();
        assertThat(notRecovered()).as("positions that are not served").isNotEmpty();
        assertThat(inOtherEpochs(chat)).as("readers that nobody told").isEmpty();
    }

    private static List<Event> withoutAcks(List<Event> history, int from, int to) {
        return IntStream.range(0, history.size())
                .filter(i -> i < from || i >= to || !(history.get(i) instanceof Event.Acked))
                .mapToObj(history::get)
                .toList();
    }

    /** The positions of clients in an epoch that their channel does not have any more. */
    private List<String> inOtherEpochs(URI chat) {
        Map<String, String> epochs =
                logs(chat).stream().collect(Collectors.toMap(Event.Audited::channel, Event.Audited::epoch));
        return clients().stream()
                .flatMap(client -> client.reached().entrySet().stream()
                        .filter(at -> !at.getValue().epoch().equals(epochs.get(at.getKey())))
                        .map(at -> client.who() + " reads " + at))
                .toList();
    }

    /** Waits until this many more messages are acked. */
    void awaitAcks(int more) {
        long before = count(Event.Acked.class);
        await(more + " more acks", () -> count(Event.Acked.class) >= before + more);
    }

    private Duration untilCaughtUp(Future<?> event) {
        CaughtUp caughtUp = new CaughtUp(System.nanoTime());
        await("99 % of the clients read on", () -> caughtUp.isSteady(clients(), System.nanoTime()) && event.isDone());
        return caughtUp.after();
    }

    /**
     * Waits until 99 % of the clients read on without a break, and prints the time from now until then. A client does
     * so while it is connected and has what others had half a second before. Messages must be under way.
     */
    void printUntilCaughtUp(String what, int goalSeconds) {
        printUntilCaughtUp(what, CompletableFuture.completedFuture(null), goalSeconds);
    }

    /** The same while something happens: not before it is over. */
    void printUntilCaughtUp(String what, Future<?> event, int goalSeconds) {
        System.out.printf(
                "# %s: 99 %% read on after %.1f s (goal %d s)%n",
                what, untilCaughtUp(event).toMillis() / 1e3, goalSeconds);
    }

    /** Sends a broadcast of a random client. */
    void sayToAll() {
        anyClient().broadcast(content());
    }

    /** Drops all connections at once. */
    void cutAll() {
        clients().forEach(RecordingClient::cut);
    }

    private void awaitAll(String what, Collection<RecordingClient> some, Predicate<RecordingClient> condition) {
        await(what, () -> {
            assertThat(closed()).as("clients that the server closed for good").isEmpty();
            return some.stream().allMatch(condition);
        });
    }

    private List<String> closed() {
        return clients().stream()
                .filter(client -> client.state() == State.CLOSED)
                .map(client -> client.who() + " was closed with " + client.closeCode())
                .toList();
    }

    @Override
    public void close() {
        clients().forEach(RecordingClient::close);
        loop().shutdown();
    }
}
