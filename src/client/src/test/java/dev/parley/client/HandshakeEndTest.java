package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.client.internal.transport.RawServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Handshakes that end without a connection, and the resources that connections and attempts leave behind. */
@Timeout(60)
class HandshakeEndTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** A long timeout: no test here may depend on it. */
    private static final Duration NEVER = Duration.ofMinutes(10);

    private static final InetAddress LOCALHOST = InetAddress.getLoopbackAddress();

    private static SSLContext tls;

    private final RawServer server = new RawServer();
    private final BlockingQueue<String> states = new LinkedBlockingQueue<>();

    /** TLS context of both sides, with a key for localhost that the JVM does not trust. */
    @BeforeAll
    static void signForLocalhost(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("keys.p12");
        char[] password = "password".toCharArray();
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        "password",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        KeyStore store = KeyStore.getInstance(file.toFile(), password);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ParleyClientBuilder client(URI uri) {
        return ParleyClient.builder(uri)
                .name("ends")
                .connectTimeout(NEVER)
                .reconnectDelay(Duration.ofMillis(1))
                .listener(new ParleyListener() {
                    @Override
                    public void stateChanged(ClientState state, Optional<ParleyException> why) {
                        states.add(state
                                + why.map(reason -> ": " + reason.getMessage()).orElse(""));
                    }
                });
    }

    private String next() throws InterruptedException {
        return states.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void assertLostInTheHandshake() throws InterruptedException {
        assertThat(next()).isEqualTo("CONNECTING");
        assertThat(next())
                .isEqualTo("WAITING: " + server.uri()
                        + " cannot be reached: The server closed the connection before it answered the handshake.");
    }

    @Test
    void closeInsteadOfAnAnswerFailsTheAttemptAtOnce() throws Exception {
        try (ParleyClient client = client(server.uri()).build()) {
            client.connect();
            server.accept().close();
            assertLostInTheHandshake();
            server.turnAway();
            assertLostInTheHandshake();
            server.accept().reset();
            assertLostInTheHandshake();
            client.forceClose();
        }
    }

    @Test
    void closeDuringTheAnswerFailsTheAttemptAtOnce() throws Exception {
        try (ParleyClient client = client(server.uri()).build()) {
            client.connect();
            try (RawServer.Peer peer = server.accept()) {
                peer.write("HTTP/1.1 101 Switching Prot");
            }
            assertLostInTheHandshake();
            client.forceClose();
        }
    }

    @Test
    void closeDuringTheTlsHandshakeFailsTheAttemptAtOnce() throws Exception {
        URI uri = URI.create(server.uri().toString().replace("ws:", "wss:"));
        try (ParleyClient client = client(uri).build()) {
            client.connect();
            server.turnAway();
            assertThat(next()).isEqualTo("CONNECTING");
            assertThat(next())
                    .isEqualTo("WAITING: " + uri
                            + " cannot be reached: The server closed the connection before it answered the handshake.");
            client.forceClose();
        }
    }

    @Test
    void closeAfterTheTlsHandshakeFailsTheAttemptAtOnce() throws Exception {
        try (ServerSocket secure = tls.getServerSocketFactory().createServerSocket(0, 1, LOCALHOST);
                ParleyClient client = client(uri(secure)).tls(tls).build()) {
            client.connect();
            try (Socket peer = secure.accept()) {
                assertThat(peer.getInputStream().read())
                        .as("first byte of the request")
                        .isEqualTo('G');
            }
            assertThat(next()).isEqualTo("CONNECTING");
            assertThat(next()).endsWith("The server closed the connection before it answered the handshake.");
            client.forceClose();
        }
    }

    @Test
    void untrustedCertificateIsTheReason() throws Exception {
        try (ServerSocket secure = tls.getServerSocketFactory().createServerSocket(0, 1, LOCALHOST);
                ParleyClient client = client(uri(secure)).build()) {
            client.connect();
            try (Socket peer = secure.accept()) {
                // Ended by the client's alert, or by a reset that may overtake it.
                assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(IOException.class);
            }
            assertThat(next()).isEqualTo("CONNECTING");
            assertThat(next()).endsWith("unable to find valid certification path to requested target");
            client.forceClose();
        }
    }

    private static URI uri(ServerSocket secure) {
        return URI.create("wss://localhost:" + secure.getLocalPort() + "/chat");
    }

    @Test
    void closesInsteadOfAnswersCountAsFailedAttempts() throws Exception {
        try (ParleyClient client = client(server.uri()).maxReconnectAttempts(1).build()) {
            client.connect();
            server.turnAway();
            assertLostInTheHandshake();
            server.turnAway();
            assertThat(next()).isEqualTo("CONNECTING");
            assertThat(next()).startsWith("CLOSED");
        }
    }

    @Test
    void resetAndReopenedConnectionLeavesNoThread() throws Exception {
        try (ParleyClient client = client(server.uri()).build()) {
            client.connect();
            server.upgraded().reset();
            try (RawServer.Peer peer = server.upgraded()) {
                server.close();
                peer.reset();
            }
            client.forceClose();
            awaitNoConnectionThread();
        }
    }

    @Test
    void failedAttemptsLeaveNoThread() throws Exception {
        server.close();
        try (ParleyClient client = client(server.uri())
                .reconnectDelay(NEVER)
                .maxReconnectDelay(NEVER)
                .build()) {
            client.connect();
            assertThat(next()).isEqualTo("CONNECTING");
            assertThat(next()).startsWith("WAITING");
            awaitNoConnectionThread();
            client.forceClose();
        }
    }

    @Test
    void closeDuringAHangingHandshakeLeavesNoThread() throws Exception {
        try (ParleyClient client = client(server.uri()).build()) {
            client.connect();
            try (RawServer.Peer silent = server.accept()) {
                client.forceClose();
                silent.awaitEnd();
                awaitNoThread("parley-ends-");
            }
        }
    }

    /** Tyrus would wait 30 s for the end of the TLS handshake and delay the next attempt. */
    @Test
    void attemptThatHangsInTlsEndsWithItsTimeout() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, LOCALHOST);
                ParleyClient client = client(uri(silent))
                        .connectTimeout(Duration.ofSeconds(1))
                        .build()) {
            silent.setSoTimeout((int) PATIENCE.toMillis());
            client.connect();
            try (Socket first = silent.accept();
                    Socket second = silent.accept()) {
                assertThat(second.getPort()).isNotEqualTo(first.getPort());
            }
            client.forceClose();
            awaitNoConnectionThread();
        }
    }

    @Test
    void noThreadKeepsTheApplicationsClassLoader() throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader application = new URLClassLoader(new URL[0], before)) {
            Thread.currentThread().setContextClassLoader(application);
            try (ParleyClient client = client(server.uri()).build()) {
                client.connect();
                server.upgraded().reset();
                server.upgraded().reset();
                client.forceClose();
            }
            Awaitility.await().pollInSameThread().atMost(PATIENCE).untilAsserted(() -> assertThat(
                            Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> thread.getContextClassLoader() == application)
                    .containsOnly(Thread.currentThread()));
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static void awaitNoConnectionThread() {
        awaitNoThread("parley-ends-connection");
    }

    private static void awaitNoThread(String beginning) {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        Thread.getAllStackTraces().keySet())
                .extracting(thread -> thread.getName().toLowerCase(Locale.ROOT))
                .noneMatch(name -> name.startsWith(beginning) || name.matches(".*(tyrus|grizzly).*")));
    }
}
