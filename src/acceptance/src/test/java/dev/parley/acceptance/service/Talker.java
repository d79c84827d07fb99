package dev.parley.acceptance.service;

import dev.parley.acceptance.network.Relay;
import dev.parley.client.ClientObserver;
import dev.parley.client.ClientState;
import dev.parley.client.ParleyClient;
import dev.parley.client.ParleyListener;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.net.URI;
import java.time.Duration;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client that sends numbers to its own room, receives those of another room, and loses its connection after a fixed
 * number of acks, each time in another way. It keeps no messages.
 */
final class Talker implements ClientObserver, ParleyListener, AutoCloseable {
    static final int MESSAGES_A_LINE = 100;

    /** Messages in flight: fewer than one connection carries, so that every connection is used. */
    private static final int UNDER_WAY = 32;

    private static final int PROBLEMS_MAX = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CONTENT =
            " of what services say to each other, and about as long as that, or a bit more";
    private static final Relay.Cut[] CUTS = {Relay.Cut.RESET, Relay.Cut.END, Relay.Cut.WITHIN_A_FRAME};

    private final String room;
    private final Relay network;
    private final ParleyClient client;
    private final Random random = new Random(0);
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lines = new AtomicInteger();

    /** Written by the client's listener thread only. */
    private volatile int heard;

    // Guarded by this.
    private int target;
    private int sent;
    private int acked;

    private Talker(URI chat, String name) {
        room = name;
        network = Relay.to(chat);
        client = ParleyClient.builder(network.chat())
                .name(name)
                .username(name)
                .reconnectDelay(Duration.ofMillis(2))
                .maxReconnectDelay(Duration.ofMillis(20))
                .reconnectResetAfter(Duration.ZERO)
                .sendTimeout(Duration.ofMinutes(5))
                .observer(this)
                .listener(this)
                .build();
    }

    /** Connects, and joins the room of the other talker. */
    static Talker enter(URI chat, String name, String other) throws Exception {
        Talker talker = new Talker(chat, name);
        talker.client.connect().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        talker.client.join(other, talker::receive).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return talker;
    }

    /** Sends more messages, over this many connections. */
    synchronized void talk(int manyLines) {
        target += manyLines * MESSAGES_A_LINE;
        for (int i = 0; i < UNDER_WAY; i++) {
            say();
        }
    }

    private synchronized void say() {
        if (sent < target) {
            client.chat(room, sent++ + CONTENT).whenComplete((ack, failure) -> settled(failure));
        }
    }

    private synchronized void settled(Throwable failure) {
        if (failure != null) {
            problem("not acked: " + failure);
        }
        acked++;
        if (acked % MESSAGES_A_LINE == 0 && acked < target) {
            loseLine(acked / MESSAGES_A_LINE);
        }
        say();
    }

    private void loseLine(int number) {
        int way = number % (CUTS.length + 1);
        if (way == CUTS.length) {
            client.reconnect();
        } else {
            network.cut(CUTS[way], 1, random);
        }
    }

    private void receive(ServerMessage.Stored message) {
        int number = Integer.parseInt(
                message.content().substring(0, message.content().indexOf(' ')));
        if (number != heard) {
            problem("heard " + number + " instead of " + heard);
        }
        heard = number + 1;
    }

    @Override
    public void notRecovered(Channel channel, Position position) {
        problem(channel + " was not recovered at " + position);
    }

    @Override
    public void stateChanged(ClientState state) {
        if (state == ClientState.OPEN) {
            lines.incrementAndGet();
        }
    }

    private void problem(String what) {
        if (problems.size() < PROBLEMS_MAX) {
            problems.add(room + ": " + what);
        }
    }

    Queue<String> problems() {
        return problems;
    }

    /** Number of opened connections. */
    int lines() {
        return lines.get();
    }

    int heard() {
        return heard;
    }

    /** Whether all messages are acked and as many have arrived from the other talker. */
    synchronized boolean isDone() {
        return acked == target && heard == target && client.state() == ClientState.OPEN;
    }

    @Override
    public void close() {
        client.close();
        network.close();
    }
}
