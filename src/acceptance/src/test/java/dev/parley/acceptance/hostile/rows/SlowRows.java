package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.ended;
import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.support.Frame.FIN;
import static dev.parley.acceptance.support.Frame.TEXT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.RawSocket;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Peers that start something and do not continue. The server must end it in bounded time. These rows run in parallel.
 */
public final class SlowRows {
    private static final int PACE_MILLIS = 200;
    /**
     * More connections than WildFly has request threads: 16 per processor, if it sees as many processors as this JVM.
     */
    private static final int LINES = Math.min(16 * Runtime.getRuntime().availableProcessors() + 8, 200);

    private static final int RECEIVE_BUFFER = 4 * 1024;
    private static final int FRAME = 32 * 1024;
    /** Longer than the kernel's buffers of a connection that nobody reads. */
    private static final int FILE = 8 * 1024 * 1024;

    /** A peer that uploads must read meanwhile, to answer the heartbeat. */
    private static final int READ_EVERY = 32 * FRAME;

    private static final int PINGERS = 8;
    private static final byte[] PING = Frame.masked(FIN | Frame.PING, new byte[125]);

    private SlowRows() {}

    public static List<Row> rows() {
        return List.of(
                new Row("half a head, then nothing", node -> silence(node, head(node)), ended()),
                new Row("zeros in the place of a request", node -> silence(node, "\0".repeat(100)), ended()),
                new Row(
                        "TLS in the place of a request",
                        node -> silence(node, "\u0016\u0003\u0001\u0002\0\u0001\0"),
                        ended()),
                new Row(LINES + " files read byte by byte", SlowRows::readers, seen("others come in")),
                new Row("who never signs in", SlowRows::unsigned, closed(4004, "login_required")),
                new Row(
                        "who says nothing at the root of the context",
                        EndpointRows::silentAtRoot,
                        seen(EndpointRows.NOBODY + " 4004")),
                new Row(PINGERS + " who ping without end and read no answer", SlowRows::manyPing, seen("ended")),
                new Row("who pings without end while a room talks to it", SlowRows::pingsInARoom, seen("ended")),
                new Row("who pings slowly, also after the close", SlowRows::pingsSlowly, seen("ended")),
                new Row("who never answers a ping", node -> dead(node), closed(4001)),
                new Row(
                        "half a frame's header, then nothing",
                        node -> dead(node, new byte[] {(byte) (FIN | TEXT)}),
                        closed(4001)),
                new Row(
                        "half a mask, then nothing",
                        node -> dead(node, FrameRows.header(FIN | TEXT, 5), new byte[2]),
                        closed(4001)),
                new Row(
                        "1 GiB announced, then nothing",
                        node -> dead(
                                node,
                                FrameRows.header(FIN | TEXT, Frame.LENGTH_OF_8),
                                FrameRows.bytes(8, 1L << 30),
                                Frame.withMask(new byte[0])),
                        closed(4001)),
                new Row("headers byte by byte", node -> trickle(node, head(node) + "X: "), ended()),
                new Row("request line byte by byte", node -> trickle(node, "GET /"), ended()));
    }

    private static String head(Node node) {
        String head = new String(HandshakeAttempt.proper().bytes(node), ISO_8859_1);
        return head.substring(0, head.length() - 2);
    }

    private static Answer silence(Node node, String bytes) {
        try (RawSocket raw = node.connect()) {
            raw.write(bytes.getBytes(ISO_8859_1));
            return HandshakeAttempt.response(raw, "GET");
        }
    }

    private static Answer trickle(Node node, String beginning) {
        ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
        try (RawSocket raw = node.connect()) {
            raw.write(beginning.getBytes(ISO_8859_1));
            pace.scheduleAtFixedRate(() -> drip(raw), 0, PACE_MILLIS, TimeUnit.MILLISECONDS);
            return HandshakeAttempt.response(raw, "GET");
        } finally {
            pace.shutdownNow();
        }
    }

    /** More downloads than the server has request threads. Each peer reads only the head of the answer. */
    private static Answer readers(Node node) {
        String href = file(node);
        List<RawSocket> lines = new ArrayList<>();
        try {
            for (int i = 0; i < LINES; i++) {
                RawSocket line = RawSocket.withReceiveBuffer(node.http(), RECEIVE_BUFFER);
                lines.add(line);
                line.write(("GET /" + href + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                + Jws.good(Node.newUser(), "user") + "\r\n\r\n")
                        .getBytes(ISO_8859_1));
                int status = line.head().status();
                if (status != 200) {
                    return seen(status + " for line " + i);
                }
            }
            return othersComeIn(node);
        } finally {
            lines.forEach(RawSocket::close);
        }
    }

    private static String file(Node node) {
        try (Peer peer = node.signedIn()) {
            peer.text("{\"type\":\"upload\",\"id\":\"u\",\"room\":\"lobby\",\"name\":\"f\","
                    + "\"mediaType\":\"image/png\",\"size\":"
                    + FILE + "}");
            for (int sent = 0; sent < FILE; sent += FRAME) {
                peer.binary(new byte[FRAME]);
                if (sent % READ_EVERY == 0) {
                    peer.text("{\"type\":\"ping\"}");
                    peer.next("pong");
                }
            }
            return peer.next("uploaded").getJsonObject("attachment").getString("href");
        }
    }

    private static Answer othersComeIn(Node node) {
        node.signedIn().close();
        return seen("others come in");
    }

    private static void drip(RawSocket raw) {
        try {
            raw.write(new byte[] {'a'});
        } catch (UncheckedIOException e) {
            // Ended; the reader notices it too.
        }
    }

    /**
     * Undertow answers pings until its answers are no longer read. Then it stops reading, and the heartbeat ends the
     * connection. It forgets some of these connections (see LingeringConnections), by chance: so there are several.
     * Each begins when the one before is mostly stuck: all at once would take the processors from the bystanders, who
     * share them with these threads.
     */
    private static Answer manyPing(Node node) {
        ExecutorService each = Executors.newFixedThreadPool(PINGERS);
        try {
            List<CompletableFuture<Answer>> endings = IntStream.range(0, PINGERS)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> pings(node), CompletableFuture.delayedExecutor(i, TimeUnit.SECONDS, each)))
                    .toList();
            return endings.stream()
                    .map(CompletableFuture::join)
                    .distinct()
                    .reduce((one, other) -> seen(one + ", " + other))
                    .orElseThrow();
        } finally {
            each.shutdownNow();
        }
    }

    private static Answer pings(Node node) {
        try (Peer peer = node.signedIn()) {
            return pings(peer);
        }
    }

    private static Answer pings(Peer peer) {
        try {
            while (true) {
                peer.write(PING);
            }
        } catch (UncheckedIOException e) {
            return seen("ended");
        }
    }

    /**
     * On Open Liberty the peer's messages wait for the answers to its pings. The thread that delivers to everybody must
     * not wait with them.
     */
    private static Answer pingsInARoom(Node node) {
        String room = Node.newUser();
        ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
        try (Peer talker = node.signedIn();
                Peer pinger = node.signedIn()) {
            String join = "{\"type\":\"join\",\"room\":\"" + room + "\"}";
            talker.text(join).next("joined");
            pinger.text(join).next("joined");
            pace.scheduleAtFixedRate(
                    () -> talker.text("{\"type\":\"chat\",\"room\":\"" + room + "\",\"content\":\"hello\"}"),
                    0,
                    PACE_MILLIS,
                    TimeUnit.MILLISECONDS);
            return pings(pinger);
        } finally {
            pace.shutdownNow();
        }
    }

    /** Each ping restarts the container's idle timeout, so only a deadline of the server ends the connection. */
    private static Answer pingsSlowly(Node node) {
        ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
        try (Peer peer = node.signedIn()) {
            pace.scheduleAtFixedRate(() -> peer.write(PING), 0, PACE_MILLIS, TimeUnit.MILLISECONDS)
                    .get();
            throw new IllegalStateException("The task ends by an exception only.");
        } catch (ExecutionException e) {
            return seen("ended");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return seen("interrupted");
        } finally {
            pace.shutdownNow();
        }
    }

    private static Answer unsigned(Node node) {
        try (Peer peer = node.upgraded("/chat")) {
            return peer.ending();
        }
    }

    private static Answer dead(Node node, byte[]... written) {
        try (Peer peer = node.signedIn()) {
            return peer.write(written).endingInSilence();
        }
    }
}
