package dev.parley.bench.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Clients that connect to one server and stay. They are opened some at a time, as a storm of sign-ins is a measurement
 * of its own. Any thread but the loop's.
 */
public final class Crowd implements AutoCloseable {
    /** The sums over all clients. */
    public record Totals(long received, long missing, long repeated, long lost) {}

    private static final Client.Events NO_EVENTS = new Client.Events() {
        @Override
        public void ready(Client client) {}

        @Override
        public void lost(Client client, int code, String reason) {}
    };

    private final ConnectionLoop loop;
    private final Recorder recorder;
    private final Rooms rooms;
    private final List<Client> clients = new ArrayList<>();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    /** Confined to the loop, as the next four fields. */
    private final Queue<Client> toOpen = new ArrayDeque<>();

    private int notReady;
    private long lost;
    private String lastLoss = "";
    private Client.Events events = NO_EVENTS;

    private Crowd(ConnectionLoop loop, Recorder recorder, Rooms rooms) {
        this.loop = loop;
        this.recorder = recorder;
        this.rooms = rooms;
    }

    /**
     * Connects clients and waits until all are ready.
     *
     * @param dialogs one for each client
     * @param rooms the rooms that they read
     * @param atOnce connections that are being opened at the same time
     */
    public static Crowd open(
            ConnectionLoop loop,
            Recorder recorder,
            InetSocketAddress server,
            List<? extends Dialog> dialogs,
            Rooms rooms,
            int atOnce,
            Duration patience) {
        return open(loop, recorder, client -> () -> server, dialogs, rooms, atOnce, patience);
    }

    /**
     * Connects clients to several servers.
     *
     * @param servers gives for each client, by its index, what is asked before each of its connects
     */
    public static Crowd open(
            ConnectionLoop loop,
            Recorder recorder,
            IntFunction<Supplier<InetSocketAddress>> servers,
            List<? extends Dialog> dialogs,
            Rooms rooms,
            int atOnce,
            Duration patience) {
        Crowd crowd = new Crowd(loop, recorder, rooms);
        for (Dialog dialog : dialogs) {
            int index = crowd.clients.size();
            crowd.clients.add(new Client(
                    loop,
                    servers.apply(index),
                    dialog,
                    recorder,
                    rooms.firstFor(index, 0),
                    rooms.count(),
                    rooms.senders(),
                    crowd.new Opening()));
        }
        crowd.open(atOnce, patience);
        return crowd;
    }

    private void open(int atOnce, Duration patience) {
        loop.execute(() -> {
            toOpen.addAll(clients);
            notReady = clients.size();
            for (int i = 0; i < atOnce; i++) {
                openNext();
            }
        });
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            while (!isOpened()) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException(loop.ask(this::notReady) + " after " + patience);
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("A client could not sign in.", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits a moment for it. */
    private boolean isOpened() throws ExecutionException, InterruptedException {
        try {
            opened.get(1, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            loop.check();
            return false;
        }
    }

    private String notReady() {
        return notReady + " of " + clients.size() + " clients are not ready; the first of them heard: "
                + clients.stream()
                        .filter(client -> !client.isReady())
                        .map(Client::lastHeard)
                        .findFirst()
                        .orElse("");
    }

    private void openNext() {
        Client next = toOpen.poll();
        if (next != null) {
            next.connect();
        }
    }

    public List<Client> clients() {
        return Collections.unmodifiableList(clients);
    }

    public Recorder recorder() {
        return recorder;
    }

    public ConnectionLoop loop() {
        return loop;
    }

    /** Makes all clients forget what they received, and expect their messages from this number on. */
    public void expectFrom(long number) {
        loop.ask(() -> {
            for (int i = 0; i < clients.size(); i++) {
                clients.get(i).expectFrom(rooms.firstFor(i, number));
            }
            return null;
        });
    }

    /** @param end the number behind the last message that was sent */
    public Totals totals(long end) {
        return loop.ask(() -> new Totals(
                clients.stream()
                        .mapToLong(client -> client.deliveries().received())
                        .sum(),
                clients.stream()
                        .mapToLong(client -> client.deliveries().missing(end))
                        .sum(),
                clients.stream()
                        .mapToLong(client -> client.deliveries().repeated())
                        .sum(),
                lost));
    }

    /** Waits until every client has everything below this number. Returns whether that was so in time. */
    public boolean awaitAll(long end, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (System.nanoTime() - deadline < 0) {
            loop.check();
            if (loop.ask(() ->
                    clients.stream().allMatch(client -> client.deliveries().isAt(end)))) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return false;
    }

    /** Why the last client was lost; empty if none was. */
    public String lastLoss() {
        return loop.ask(() -> lastLoss);
    }

    /** Closes the connections of all clients, soon. */
    @Override
    public void close() {
        loop.execute(() -> {
            toOpen.clear();
            clients.forEach(Client::close);
        });
    }

    /** From now on tells about clients that lose their connection, and that are ready again. */
    public void onEvents(Client.Events listener) {
        loop.ask(() -> events = listener);
    }

    private final class Opening implements Client.Events {
        @Override
        public void ready(Client client) {
            if (!opened.isDone()) {
                if (--notReady == 0) {
                    opened.complete(null);
                }
                openNext();
            }
            events.ready(client);
        }

        @Override
        public void lost(Client client, int code, String reason) {
            lost++;
            lastLoss = code + " " + reason;
            opened.completeExceptionally(new IllegalStateException(lastLoss));
            events.lost(client, code, reason);
        }
    }
}
