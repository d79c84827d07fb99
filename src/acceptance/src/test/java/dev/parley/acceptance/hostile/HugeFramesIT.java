package dev.parley.acceptance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.RawSocket;
import dev.parley.acceptance.support.ServerJvm;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Peers that have not signed in announce frames of 2 GB each and send them, all at the same time. A server that
 * collects them has no memory left for others.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class HugeFramesIT {
    private static final int PEERS = 32;
    private static final int LENGTH_OF_8 = 0x80 | 127;
    /** Two bytes, the length and the mask. */
    private static final int HEAD = 2 + Long.BYTES + Integer.BYTES;

    private static final long ANNOUNCED = (1L << 31) - 1;
    private static final byte[] PART = new byte[64 * 1024];
    /** 512 MiB of all peers together: twice the server's heap. */
    private static final int PARTS_MAX = 256;

    private static final String HEAP = "-Xmx256m";

    /** Permitted heap growth: of other causes. One in eight of the frames would already be more. */
    private static final long MARGIN = 16L * 1024 * 1024;

    private final ExecutorService threads = Executors.newFixedThreadPool(PEERS);
    private RunningServer server;
    private URI http;
    private Bystanders bystanders;

    @BeforeAll
    void start() {
        server = OwnServer.named(
                        "huge",
                        Map.of(
                                "parley.guests", "true",
                                "parley.token.secret", Tokens.SECRET,
                                "parley.token.issuer", Jws.ISSUER,
                                "parley.token.audience", Jws.AUDIENCE))
                .jvmOptions(HEAP, "-XX:TieredStopAtLevel=1")
                .start();
        http = server.awaitReady(OwnServer.READY).baseUri();
        bystanders = new Bystanders(OwnServer.ws(http, "/chat"));
    }

    @AfterAll
    void stop() {
        bystanders.close();
        threads.shutdownNow();
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"/chat, 1", "/chat, 2", "/text, 1"})
    void announcedFramesAreRefusedAndNotCollected(String path, int opcode) throws Exception {
        // The first peer of a kind makes the server load classes.
        bystanders.unmeasured(() -> attack(path, opcode, 1));
        long before = new ServerJvm(server.pid()).liveBytes();

        attack(path, opcode, PEERS);

        bystanders.exchange();
        assertThat(new ServerJvm(server.pid()).liveBytes() - before)
                .as("growth of the live heap in bytes")
                .isLessThan(MARGIN);
    }

    /** Sends until the server refuses, and expects its close code; others can talk meanwhile. */
    private void attack(String path, int opcode, int peers) {
        List<RawSocket> sockets = Stream.generate(() -> RawSocket.upgraded(http, path))
                .limit(peers)
                .toList();
        List<CompletableFuture<Integer>> codes = sockets.stream()
                .map(socket -> CompletableFuture.supplyAsync(() -> sendAndRead(socket, opcode), threads))
                .toList();
        bystanders.exchange();
        assertThat(codes).extracting(CompletableFuture::join).containsOnly(ServerDifferences.hugeFrameCode());
        sockets.forEach(RawSocket::close);
    }

    private static int sendAndRead(RawSocket socket, int opcode) {
        socket.write(ByteBuffer.allocate(HEAD)
                .put((byte) (Frame.FIN | opcode))
                .put((byte) LENGTH_OF_8)
                .putLong(ANNOUNCED)
                .putInt(0)
                .array());
        for (int i = 0; i < PARTS_MAX && socket.tryWrite(PART); i++) {
            // The server decides when to close.
        }
        return socket.closeCode();
    }
}
