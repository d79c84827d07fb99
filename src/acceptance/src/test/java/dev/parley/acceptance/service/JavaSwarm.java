package dev.parley.acceptance.service;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Violation;
import dev.parley.acceptance.swarm.Swarm;
import dev.parley.client.ClientState;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A swarm of Java clients. */
final class JavaSwarm extends Swarm<InstrumentedJavaClient> {
    /** Longer than a frame, so that it is sent in chunks. */
    private static final int LONG_CONTENT = 70_000;

    private static final double MOVES = 0.05;
    private static final double REPLACED = 0.2;

    private final List<InstrumentedJavaClient> replaced = new CopyOnWriteArrayList<>();
    private double longShare;
    private boolean isRestless;

    JavaSwarm(String name, int rooms) {
        super(name, rooms);
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

    private InstrumentedJavaClient newClient(
            URI chat, Duration sendTimeout, InstrumentedJavaClient.ClientListener listener) {
        InstrumentedJavaClient client = new InstrumentedJavaClient(
                new InstrumentedJavaClient.ClientSpec(nextClientId(), chat, nextRooms(), sendTimeout, listener),
                recorder(),
                Map.of());
        clients().add(client);
        return client;
    }

    private void start(List<InstrumentedJavaClient> fresh) {
        fresh.forEach(InstrumentedJavaClient::start);
        await("everyone is in", () -> fresh.stream().allMatch(InstrumentedJavaClient::isIn));
    }

    /** A restless client sometimes moves instead. */
    @Override
    protected void say() {
        InstrumentedJavaClient mover = anyClient();
        if (isRestless && mover.isPatient() && happens(MOVES)) {
            move(mover);
        } else {
            super.say();
        }
    }

    private void move(InstrumentedJavaClient mover) {
        if (happens(REPLACED)) {
            InstrumentedJavaClient successor = mover.replace();
            clients().set(clients().indexOf(mover), successor);
            replaced.add(mover);
            successor.start();
        } else {
            mover.rejoin(mover.rooms().iterator().next());
        }
    }

    @Override
    protected String content() {
        return happens(longShare) ? "é".repeat(LONG_CONTENT / 2) : super.content();
    }

    InstrumentedJavaClient first() {
        return clients().get(0);
    }

    /** The first client sends this many messages to every room. */
    void sayInEveryRoom(int times) {
        for (int i = 0; i < times; i++) {
            rooms().forEach(room -> first().chat(room, content()));
        }
    }

    /** Number of connections after the first one of each client. */
    long reconnects() {
        return count(Event.Connected.class) - clients().size() - replaced.size();
    }

    /** Error codes of failed sends. */
    Set<String> refusals() {
        return history().stream()
                .filter(Event.Refused.class::isInstance)
                .map(event -> ((Event.Refused) event).code())
                .collect(Collectors.toSet());
    }

    /** The sum over all clients, including replaced ones. */
    int sum(ToIntFunction<InstrumentedJavaClient> figure) {
        return Stream.concat(clients().stream(), replaced.stream())
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
        await("everyone is back and has its outcomes", () -> clients().stream()
                .allMatch(InstrumentedJavaClient::isSettled));
    }

    /** Sends a last message to every channel, so that a reader that lacks the end of a channel detects the gap. */
    private void sendLastMessages() {
        List<InstrumentedJavaClient> present = clients().stream()
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
        List<InstrumentedJavaClient> readers = clients().stream()
                .filter(client -> client.state() != ClientState.CLOSED)
                .toList();
        List<Violation> violations =
                check(chat, readers, log -> InstrumentedJavaClient.renamed(log, begin(log.channel())));
        System.out.println("  " + sum(client -> client.outcomes().timedOut.get()) + " timed out, " + reconnects()
                + " reconnects, " + replaced() + " replaced, "
                + sum(client -> client.observed().duplicates.get()) + " duplicates dropped");
        return violations;
    }

    /**
     * The seq at which the first client began to read. Earlier broadcasts of other tests are not part of the history.
     */
    private long begin(String channel) {
        return history().stream()
                .filter(event -> event instanceof Event.Opened opened
                        && opened.channel().equals(channel)
                        && opened.asked().isEmpty())
                .mapToLong(event -> ((Event.Opened) event).from().seq())
                .min()
                .orElse(0);
    }

    @Override
    public void close() {
        loop().shutdownNow();
        clients().forEach(InstrumentedJavaClient::close);
    }
}
