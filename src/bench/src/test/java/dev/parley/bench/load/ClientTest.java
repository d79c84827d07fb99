package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client of a server that the test plays. */
@Timeout(20)
class ClientTest {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final ConnectionLoop loop = new ConnectionLoop();
    private final Recorder recorder = new Recorder();
    private ServerSocket listening;
    private Socket server;
    private Client client;

    /** Says hello, is ready after the welcome, and answers a question. */
    private final class Polite implements Dialog {
        @Override
        public Upgrade upgrade() {
            return new Upgrade("/", Map.of());
        }

        @Override
        public Turn opened() {
            return Turn.say("hello");
        }

        @Override
        public Turn heard(String frame) {
            return switch (frame) {
                case "welcome" -> Turn.READY;
                case "how are you?" -> Turn.say("fine");
                default -> Turn.LISTEN;
            };
        }

        @Override
        public boolean isTracking() {
            return true;
        }

        @Override
        public void delivered(String frame) {
            events.add("delivered " + frame.length());
        }
    }

    private final class Noted implements Client.Events {
        @Override
        public void ready(Client ready) {
            events.add("ready");
        }

        @Override
        public void lost(Client lost, int code, String reason) {
            events.add("lost " + code);
        }
    }

    @BeforeEach
    void start() throws IOException {
        listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort());
        client = new Client(loop, address, new Polite(), recorder, 0, 1, new Noted());
        connect();
    }

    @AfterEach
    void stop() throws IOException {
        loop.close();
        server.close();
        listening.close();
    }

    /** Accepts the client's next connection and makes it ready. */
    private void connect() throws IOException {
        loop.execute(client::connect);
        welcome();
    }

    private void welcome() throws IOException {
        server = listening.accept();
        StringBuilder request = new StringBuilder();
        while (request.indexOf("\r\n\r\n") < 0) {
            request.append((char) server.getInputStream().read());
        }
        write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        assertThat(readText()).isEqualTo("hello");
        send("welcome");
        assertThat(next()).isEqualTo("ready");
    }

    private void write(String bytes) throws IOException {
        server.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void send(String text) throws IOException {
        char length = (char) text.length();
        write(
                length < 126
                        ? "\u0081" + length + text
                        : "\u0081\u007e" + (char) (length >> 8) + (char) (length & 0xff) + text);
    }

    private String readText() throws IOException {
        byte[] head = server.getInputStream().readNBytes(6);
        return new String(server.getInputStream().readNBytes(head[1] & 0x7f), StandardCharsets.UTF_8);
    }

    private String next() {
        try {
            return events.poll(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Long> counts() {
        return loop.ask(() -> List.of(
                client.deliveries().received(),
                client.deliveries().missing(4),
                client.deliveries().repeated()));
    }

    @Test
    void loadMessagesAreCountedAndChecked() throws IOException {
        send(Marker.content(0) + Marker.content(1));
        assertThat(next()).isEqualTo("delivered 200");
        send(Marker.content(1));
        assertThat(next()).isEqualTo("delivered 100");
        send(Marker.content(3));
        assertThat(next()).isEqualTo("delivered 100");
        assertThat(counts()).containsExactly(3L, 1L, 1L);
        assertThat(recorder.delivered()).isEqualTo(4);
    }

    @Test
    void otherMessagesAreAnswered() throws IOException {
        send("how are you?");
        assertThat(readText()).isEqualTo("fine");
        client.send("and you?");
        assertThat(readText()).isEqualTo("and you?");
    }

    @Test
    void aLostConnectionIsReportedAndTheClientComesBack() throws IOException {
        server.close();
        assertThat(next()).isEqualTo("lost 1006");
        connect();
        send(Marker.content(0));
        assertThat(next()).isEqualTo("delivered 100");
        assertThat(counts().get(0)).isEqualTo(1);
    }

    @Test
    void aBrokenLineIsReportedAndMayOpenAtOnce() throws IOException {
        loop.execute(client::drop);
        assertThat(next()).isEqualTo("lost 1006");
        connect();
        assertThat(loop.ask(client::isReady)).isTrue();
    }

    @Test
    void aCutLineOpensOnlyWhenItIsBack() throws IOException {
        loop.execute(client::cut);
        loop.execute(client::connect);
        assertThat(loop.ask(client::isReady)).isFalse();
        loop.execute(client::lineIsBack);
        welcome();
        assertThat(events).isEmpty();
    }
}
