package dev.parley.bench.measure;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.system.ParleyWire;
import dev.parley.bench.system.RunningTarget;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A sender to Parley that keeps each message until it is acked, and sends what is not acked again, in order and with
 * the same ids: after each reconnect, and a moment after an error. Confined to the loop, except {@link #send}.
 */
public final class ResendingSender implements Client.Events, AckDialog.Answers {
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final ConnectionLoop loop;
    private final String room;
    private final ParleyWire wire;
    private final Client client;
    private final Reconnects reconnects;
    private final SortedMap<Long, Waiting> unacked = new TreeMap<>();
    private long longestWaitNanos;
    private boolean isAgainPlanned;

    /** @param since when the message was to be sent */
    private record Waiting(String text, long since) {}

    public ResendingSender(ConnectionLoop loop, RunningTarget server, ParleyWire wire, String room, Random random) {
        this(loop, server::address, wire, "resending-sender", room, random);
    }

    /**
     * A sender to several nodes.
     *
     * @param server asked before each connect
     * @param name that no other sender has
     */
    public ResendingSender(
            ConnectionLoop loop,
            Supplier<InetSocketAddress> server,
            ParleyWire wire,
            String name,
            String room,
            Random random) {
        this.loop = loop;
        this.room = room;
        this.wire = wire;
        this.reconnects = new Reconnects(loop, random);
        Dialog dialog = new AckDialog(wire.sender(name), this);
        this.client = new Client(loop, server, dialog, new Recorder(), 0, 1, 1, this);
        loop.execute(client::connect);
    }

    /** Sends a message now or after the next connect. Any thread. */
    public void send(long number) {
        long since = System.nanoTime();
        loop.execute(() -> {
            String text = wire.message(room, number);
            unacked.put(number, new Waiting(text, since));
            if (client.isReady()) {
                client.send(text);
            }
        });
    }

    /** Breaks the line; the sender connects again. */
    public void drop() {
        client.drop();
    }

    /** Messages that are not acked. */
    public int unacked() {
        return unacked.size();
    }

    /** The longest time from a message to its ack, or until now if it has none, since the last call. */
    public Duration takeLongestWait() {
        long now = System.nanoTime();
        long waiting = unacked.values().stream()
                .mapToLong(message -> now - message.since())
                .max()
                .orElse(0);
        Duration longest = Duration.ofNanos(Math.max(longestWaitNanos, waiting));
        longestWaitNanos = 0;
        return longest;
    }

    public boolean isReady() {
        return client.isReady();
    }

    @Override
    public void ready(Client ready) {
        reconnects.ready(client);
        sendAgain();
    }

    private void sendAgain() {
        if (client.isReady()) {
            unacked.values().forEach(waiting -> client.send(waiting.text()));
        }
    }

    @Override
    public void lost(Client lost, int code, String reason) {
        reconnects.lost(client, code, reason);
    }

    @Override
    public void acked(long number) {
        Waiting waited = unacked.remove(number);
        if (waited != null) {
            longestWaitNanos = Math.max(longestWaitNanos, System.nanoTime() - waited.since());
        }
    }

    @Override
    public void refused(int count) {
        if (!isAgainPlanned) {
            isAgainPlanned = true;
            loop.at(System.nanoTime() + AGAIN_NANOS, () -> {
                isAgainPlanned = false;
                sendAgain();
            });
        }
    }
}
