package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection to a server that the test plays byte by byte. */
@Timeout(20)
class WebSocketConnectionTest {
    private static final String ACCEPTED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private final ConnectionLoop loop = new ConnectionLoop();
    private ServerSocket listening;
    private Socket server;
    private WebSocketConnection connection;

    @BeforeEach
    void connect() throws IOException {
        listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort());
        connection = loop.ask(() -> WebSocketConnection.open(
                loop, address, new Upgrade("/chat?x=y", Map.of("Sec-WebSocket-Protocol", "parley.v1")), new Seen()));
        server = listening.accept();
    }

    @AfterEach
    void close() throws IOException {
        loop.close();
        server.close();
        listening.close();
    }

    private final class Seen implements WebSocketConnection.Listener {
        @Override
        public void opened() {
            seen.add("opened");
        }

        @Override
        public void text(byte[] bytes, int from, int end) {
            seen.add(new String(bytes, from, end - from, StandardCharsets.UTF_8));
        }

        @Override
        public void closed(int code, String reason) {
            seen.add("closed " + code + " " + reason.lines().findFirst().orElse(""));
        }
    }

    private String next() throws InterruptedException {
        return seen.poll(10, TimeUnit.SECONDS);
    }

    private void answer(String text) throws IOException {
        server.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private byte[] read(int count) throws IOException {
        return server.getInputStream().readNBytes(count);
    }

    private String requestHead() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) server.getInputStream().read());
        }
        return head.toString();
    }

    @Test
    void theHandshakeAsksForThePathWithTheHeaders() throws Exception {
        assertThat(requestHead())
                .startsWith("GET /chat?x=y HTTP/1.1\r\n")
                .contains("\r\nSec-WebSocket-Protocol: parley.v1\r\n")
                .containsPattern("\r\nHost: [a-z0-9.]+:" + listening.getLocalPort() + "\r\n");
    }

    @Test
    void aFrameBehindTheHandshakeIsNotLost() throws Exception {
        requestHead();
        answer(ACCEPTED + "\u0081\u0002hi");
        assertThat(next()).isEqualTo("opened");
        assertThat(next()).isEqualTo("hi");
    }

    @Test
    void aPingIsAnswered() throws Exception {
        requestHead();
        answer(ACCEPTED + "\u0089\u0003abc");
        assertThat(read(9)).containsExactly(0x8a, 0x83, 0, 0, 0, 0, 'a', 'b', 'c');
    }

    @Test
    void aTextIsSentMasked() throws Exception {
        requestHead();
        answer(ACCEPTED);
        assertThat(next()).isEqualTo("opened");
        connection.send("yes");
        assertThat(read(9)).containsExactly(0x81, 0x83, 0, 0, 0, 0, 'y', 'e', 's');
    }

    @Test
    void aCloseIsAnsweredAndReportedWithItsCode() throws Exception {
        requestHead();
        answer(ACCEPTED + "\u0088\u0002\u0003\u00f4");
        assertThat(next()).isEqualTo("opened");
        assertThat(next()).isEqualTo("closed 1012 ");
        assertThat(read(8)).containsExactly(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xf4);
    }

    @Test
    void aRefusedHandshakeIsReportedWithItsStatus() throws Exception {
        requestHead();
        answer("HTTP/1.1 429 Too Many Requests\r\n\r\n");
        assertThat(next()).isEqualTo("closed 1006 HTTP/1.1 429 Too Many Requests");
    }

    @Test
    void aBrokenConnectionIsReported() throws Exception {
        requestHead();
        answer(ACCEPTED);
        assertThat(next()).isEqualTo("opened");
        server.close();
        assertThat(next()).startsWith("closed 1006");
    }

    @Test
    void anAbortIsAResetAndNotReported() throws Exception {
        requestHead();
        answer(ACCEPTED);
        assertThat(next()).isEqualTo("opened");
        loop.execute(connection::abort);
        assertThat(readFails()).isTrue();
        assertThat(seen).isEmpty();
    }

    private boolean readFails() {
        try {
            return server.getInputStream().read() < -1;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aTimerRunsOnceItsTimeHasCome() {
        long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
        BlockingQueue<Long> ran = new LinkedBlockingQueue<>();
        loop.at(due + 1, () -> ran.add(System.nanoTime()));
        loop.at(due, () -> ran.add(System.nanoTime()));
        assertThat(loop.ask(ran::size)).isZero();
        try {
            assertThat(ran.poll(10, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(due);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
