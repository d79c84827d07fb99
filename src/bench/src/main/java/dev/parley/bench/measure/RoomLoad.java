package dev.parley.bench.measure;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Pacer;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.load.Schedule;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.RunningTarget;
import dev.parley.bench.system.Wire;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Readers in rooms, and senders that write to the rooms in turn at a fixed rate. Each message is numbered; each reader
 * must receive each message of its room once and in order.
 */
public final class RoomLoad implements AutoCloseable {
    /** A rest of the generator between two looks at its sockets: the error that it adds to each delay. */
    public static final Duration REST = Duration.ofMillis(1);

    private static final int OPENED_AT_ONCE = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration DRAIN = Duration.ofSeconds(20);
    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long WATCH_MILLIS = 250;
    /** A server that is this far behind will not catch up: the rest of the run would show nothing. */
    private static final double BEHIND_MAX_SECONDS = 3;

    private final RunningTarget target;
    private final Wire wire;
    private final Rooms rooms;
    private final int readersInRoom;
    private final ConnectionLoop loop;
    private final Recorder recorder = new Recorder();
    private final Crowd readers;
    private final Crowd senders;
    /** Number of the next message. */
    private long next;

    private RoomLoad(
            ConnectionLoop loop, RunningTarget target, Wire wire, Rooms rooms, int readersInRoom, int senderCount) {
        this.loop = loop;
        this.target = target;
        this.wire = wire;
        this.rooms = rooms;
        this.readersInRoom = readersInRoom;
        this.readers = open(
                rooms.count() * readersInRoom,
                i -> address(i / rooms.count()),
                i -> wire.reader("bench-reader-" + i, rooms.name(i)),
                recorder);
        this.senders = open(senderCount, this::address, i -> wire.sender("bench-sender-" + i), new Recorder());
    }

    /**
     * Opens readers and senders, and waits until every reader receives.
     *
     * @param senders connections that send: for rooms of several senders, at least as many as each has
     * @param rest of the generator between two looks at its sockets
     */
    public static RoomLoad open(
            RunningTarget target, Wire wire, Rooms rooms, int readersInRoom, int senders, Duration rest)
            throws InterruptedException {
        ConnectionLoop loop = new ConnectionLoop();
        try {
            RoomLoad load = new RoomLoad(loop, target, wire, rooms, readersInRoom, senders);
            load.awaitReaders();
            loop.restAfterEachRound(rest);
            return load;
        } catch (RuntimeException | InterruptedException e) {
            loop.close();
            throw e;
        }
    }

    /** The readers of a room are spread over all nodes, and so are the senders. */
    private InetSocketAddress address(int index) {
        List<InetSocketAddress> nodes = target.addresses();
        return nodes.get(index % nodes.size());
    }

    private Crowd open(int count, IntFunction<InetSocketAddress> address, IntFunction<Dialog> dialog, Recorder to) {
        List<Dialog> dialogs = IntStream.range(0, count).mapToObj(dialog).toList();
        return Crowd.open(loop, to, index -> () -> address.apply(index), dialogs, rooms, OPENED_AT_ONCE, PATIENCE);
    }

    /** Sends message after message until every reader has received one: not every server confirms that one reads. */
    private void awaitReaders() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        do {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("Not every reader receives: " + readers.totals(next));
            }
            for (int i = 0; i < rooms.count() * rooms.senders(); i++) {
                send(next++);
            }
        } while (!readers.awaitAll(next, Duration.ofSeconds(2)));
        readers.expectFrom(next);
    }

    private void send(long number) {
        List<Client> all = senders.clients();
        all.get((int) (rooms.sender(number) % all.size())).send(wire.message(rooms.name(number), number));
    }

    /**
     * What a run found.
     *
     * @param figures of the measured time
     * @param isComplete whether every reader received everything, in the end
     */
    public record Result(Map<Figure, Double> figures, boolean isComplete) {
        public double get(Figure figure) {
            return figures.get(figure);
        }
    }

    /**
     * Loads the rooms for a time.
     *
     * @param deliveriesPerSecond over all readers
     * @param settleSeconds time before what is measured, with the same load
     */
    public Result run(double deliveriesPerSecond, double settleSeconds, double seconds) throws InterruptedException {
        Schedule schedule = Schedule.lasting(
                next, System.nanoTime() + LEAD_NANOS, deliveriesPerSecond / readersInRoom, settleSeconds + seconds);
        long from = schedule.numberAfter(settleSeconds);
        loop.ask(() -> {
            recorder.begin(schedule, from, schedule.end());
            return null;
        });
        long deliveredBefore = recorder.delivered();
        Pacer pacer = Pacer.start(schedule, this::send);
        boolean keepsUp = watch(schedule, deliveredBefore, schedule.dueAt(from));
        UsageSample before = UsageSample.of(target);
        long beforeCount = recorder.delivered();
        keepsUp = keepsUp && watch(schedule, deliveredBefore, schedule.dueAt(schedule.end()));
        UsageSample after = UsageSample.of(target);
        long count = recorder.delivered() - beforeCount;
        next = keepsUp ? pacer.awaitEnd() : pacer.stop();
        boolean isComplete = readers.awaitAll(next, DRAIN);

        Map<Figure, Double> figures = after.since(before, count);
        figures.put(Figure.ASKED_PER_S, deliveriesPerSecond);
        figures.put(Figure.DELIVERED_PER_S, count / after.secondsSince(before));
        addDelays(figures);
        addTotals(figures, schedule.first());
        if (isComplete) {
            readers.expectFrom(next);
        }
        return new Result(figures, isComplete);
    }

    private void addDelays(Map<Figure, Double> figures) {
        Recorder.Delays delays = loop.ask(recorder::delays);
        figures.put(Figure.P50_MS, delays.millis(50));
        figures.put(Figure.P99_MS, delays.millis(99));
        figures.put(Figure.MAX_MS, delays.maxMillis());
    }

    private void addTotals(Map<Figure, Double> figures, long first) {
        Crowd.Totals totals = readers.totals(next);
        figures.put(Figure.EXPECTED, (double) (next - first) * readersInRoom);
        figures.put(Figure.MISSING, (double) totals.missing());
        figures.put(Figure.REPEATED, (double) totals.repeated());
        figures.put(
                Figure.LOST_CLIENTS, (double) totals.lost() + senders.totals(0).lost());
    }

    /** Waits until a time. Returns false at once if the server is too far behind. */
    private boolean watch(Schedule schedule, long deliveredBefore, long untilNanos) throws InterruptedException {
        for (long left = untilNanos - System.nanoTime(); left > 0; left = untilNanos - System.nanoTime()) {
            TimeUnit.NANOSECONDS.sleep(Math.min(left, TimeUnit.MILLISECONDS.toNanos(WATCH_MILLIS)));
            loop.check();
            long due = (schedule.dueBefore(System.nanoTime()) - schedule.first()) * readersInRoom;
            double behind = (due - (recorder.delivered() - deliveredBefore)) / (schedule.perSecond() * readersInRoom);
            if (behind > BEHIND_MAX_SECONDS) {
                return false;
            }
        }
        return true;
    }

    /** Bytes that all clients have received. */
    public long receivedBytes() {
        return loop.receivedBytes();
    }

    @Override
    public void close() {
        loop.close();
    }
}
