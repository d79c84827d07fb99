package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Tests the bound on bytes that a server has buffered and its peer has not read. */
class PingWindowTest {
    private static final int WINDOW = 256 * 1024;
    private static final int MAX_BYTES = 4 * WINDOW;

    private final AtomicLong marks = new AtomicLong(1_000);
    private final ManualClock clock = new ManualClock();
    /** Completes every send at once, as Tyrus does. */
    private final RecordingTransport transport = RecordingTransport.completing();

    private final Outbox outbox = new Outbox(
            transport,
            Framing.OBJECT,
            new Outbox.Bounds(MAX_BYTES, new OutboxMemoryBudget(Long.MAX_VALUE, () -> 1)),
            clock,
            marks::incrementAndGet);

    private static Encoded kilobytes(int count) {
        return Encoded.of("x".repeat(count * 1024));
    }

    private void send(int messages) {
        for (int i = 0; i < messages; i++) {
            outbox.offer(kilobytes(16));
            outbox.flush();
        }
    }

    private static long sum(List<String> frames) {
        return frames.stream().mapToLong(String::length).sum();
    }

    @Test
    void peerThatReadsNothingGetsAWindowAndIsThenClosed() {
        boolean isTaken = true;
        int offered = 0;
        while (isTaken && offered < 1_000) {
            isTaken = outbox.offer(kilobytes(16)) == Outbox.Offer.TAKEN;
            outbox.flush();
            offered++;
        }
        assertThat(isTaken).isFalse();
        assertThat(sum(transport.takeFrames())).isEqualTo(WINDOW);
        assertThat(offered * 16L * 1024).isLessThanOrEqualTo(MAX_BYTES + WINDOW + 16 * 1024);
    }

    @Test
    void peerThatReadsGetsEverything() {
        for (int round = 0; round < 100; round++) {
            send(4);
            outbox.ponged(transport.takeMark());
        }
        assertThat(sum(transport.takeFrames())).isEqualTo(400 * 16 * 1024);
        transport.assertExhausted();
    }

    @Test
    void waitingMessagesLeaveAfterThePong() {
        send(20);
        assertThat(transport.takeFrames()).hasSize(16);
        outbox.ponged(transport.takeMark());
        assertThat(transport.takeFrames()).hasSize(4);
    }

    @Test
    void timeWithoutAPongCountsAsTimeOfASend() {
        send(20);
        clock.advance(Duration.ofSeconds(3));
        assertThat(outbox.sendingForNanos()).isEqualTo(3_000_000_000L);
        outbox.ponged(transport.takeMark());
        assertThat(outbox.sendingForNanos()).isZero();
    }

    @Test
    void pongToALaterPingAnswersTheEarlierOnes() {
        send(17);
        List<ByteBuffer> all = new ArrayList<>();
        while (transport.isMarked()) {
            all.add(transport.takeMark());
        }
        assertThat(all).hasSize(4);
        outbox.ponged(all.get(3));
        send(15);
        assertThat(transport.takeFrames()).as("a whole window is free again").hasSize(32);
    }

    @Test
    void unsolicitedPongDoesNotOpenTheWindow() {
        send(20);
        outbox.ponged(ByteBuffer.allocate(8).putLong(0, 77));
        outbox.ponged(ByteBuffer.allocate(0));
        outbox.ponged(ByteBuffer.allocate(3));
        assertThat(transport.takeFrames()).hasSize(16);
    }

    @Test
    void closingDoesNotWaitForAPeerThatReadsNothing() {
        send(20);
        outbox.close(CloseCode.GOING_AWAY, CloseCode.GOING_AWAY.wireName());
        clock.advance(Duration.ofSeconds(2));
        outbox.closeIfOverdue(1_000_000_000L);
        assertThat(transport.takeClose()).isEqualTo(CloseCode.GOING_AWAY);
    }

    /**
     * Steps: a negative number lets the peer answer that many pings; a positive one offers a message of that many KiB.
     */
    @Property(tries = 2_000)
    void bytesInFlightAreBoundedAndAllArriveOnceInOrder(
            @ForAll @Size(min = 10, max = 200) List<@IntRange(min = -3, max = 60) Integer> steps) {
        RecordingTransport swallowing = RecordingTransport.completing();
        Outbox box = new Outbox(
                swallowing,
                Framing.OBJECT,
                new Outbox.Bounds(MAX_BYTES, new OutboxMemoryBudget(Long.MAX_VALUE, () -> 1)),
                clock,
                marks::incrementAndGet);
        Peer peer = new Peer(swallowing);
        List<String> taken = new ArrayList<>();
        for (int step : steps) {
            if (step > 0) {
                String message = taken.size() + "x".repeat(step * 1024);
                if (box.offer(Encoded.of(message)) == Outbox.Offer.TAKEN) {
                    taken.add(message);
                }
                box.flush();
            }
            for (int i = step; i < 0; i++) {
                peer.answer(box);
            }
            peer.look();
            assertThat(peer.unread).isLessThan(WINDOW + 61 * 1024);
        }
        while (peer.answer(box)) {
            peer.look();
        }
        assertThat(peer.arrived).isEqualTo(taken);
    }

    /** A peer that records what arrives and answers pings on request, after it has read everything before them. */
    private static final class Peer {
        private final RecordingTransport transport;
        private final List<String> arrived = new ArrayList<>();
        private final Deque<ByteBuffer> pings = new ArrayDeque<>();
        private final Deque<Long> before = new ArrayDeque<>();
        private long bytes;
        private long unread;

        Peer(RecordingTransport transport) {
            this.transport = transport;
        }

        void look() {
            List<String> frames = transport.takeFrames();
            arrived.addAll(frames);
            bytes += sum(frames);
            unread += sum(frames);
            while (transport.isMarked()) {
                pings.add(transport.takeMark());
                before.add(bytes);
            }
        }

        boolean answer(Outbox box) {
            if (pings.isEmpty()) {
                return false;
            }
            unread = bytes - before.poll();
            box.ponged(pings.poll());
            look();
            return true;
        }
    }
}
