package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.acceptance.servers.ServerDifferences;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HTTPS and WSS with the server's self-signed certificate and with a configured one. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class TlsIT {
    private static final int ALERT = 21;
    private static final int HANDSHAKE = 22;
    private static final int HANDSHAKE_FAILURE = 40;
    private static final int PROTOCOL_VERSION = 70;
    /** TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256. */
    private static final int STRONG = 0xC02F;
    /**
     * Cipher suites without forward secrecy (RSA with AES-GCM and AES-CBC), or without authenticated encryption (ECDHE
     * and DHE with AES-CBC).
     */
    private static final int[] WEAK = {0x009C, 0x009D, 0x002F, 0x0035, 0xC013, 0xC014, 0xC027, 0xC028, 0x0033, 0x0067};

    private static final int HEAD_MAX = 64 * 1024;
    private static final long PACE_MILLIS = 200;
    private static final String PASSWORD = "not for everybody";

    @TempDir
    private static Path folder;

    private static ServerConfiguration configuration() {
        return OwnServer.named("tls", Map.of("parley.guests", "true")).httpsPort(0);
    }

    private static int httpsPort(ServerConfiguration configuration) {
        return configuration.httpsPort().orElseThrow();
    }

    private static String origin(ServerConfiguration configuration) {
        return "https://localhost:" + httpsPort(configuration);
    }

    @Test
    void httpsWorksWithoutAnySetting() throws Exception {
        ServerConfiguration configuration = configuration();
        try (RunningServer server = configuration.start().awaitReady(OwnServer.READY)) {
            HttpClient client = client(new TrustEverybody());

            // Liberty opens this port when it has made its certificate, which may be later.
            HttpResponse<String> page = Awaitility.await()
                    .ignoreException(ConnectException.class)
                    .until(() -> get(client, URI.create(origin(configuration) + "/")), answer -> true);
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
            assertThat(page.headers().firstValue("Strict-Transport-Security")).contains("max-age=31536000");
            assertThat(get(client, server.baseUri()).headers().firstValue("Strict-Transport-Security"))
                    .isEmpty();

            assertThat(welcome(client, configuration, origin(configuration))).contains("\"type\":\"welcome\"");
            assertThatThrownBy(() -> welcome(client, configuration, "http://localhost:" + configuration.port()))
                    .rootCause()
                    .hasMessageContaining("403");

            assertOldTlsIsRefused(configuration);
            assertConnectionHasOneHandshake(configuration);
        }
    }

    private static void assertOldTlsIsRefused(ServerConfiguration configuration) throws IOException {
        // TLS 1.1 (2006) is refused, TLS 1.2 (2008) is accepted.
        assertRefused(answerToHello(configuration, 2, STRONG), PROTOCOL_VERSION, "TLS 1.1");
        assertThat(answerToHello(configuration, 3, STRONG)).startsWith((byte) HANDSHAKE);
        for (int weak : WEAK) {
            assertRefused(
                    answerToHello(configuration, 3, weak),
                    HANDSHAKE_FAILURE,
                    "cipher suite " + Integer.toHexString(weak));
        }
    }

    private static void assertRefused(byte[] answer, int description, String what) {
        if (ServerDifferences.explainsRefusedTls()) {
            assertThat(answer).as("answer to " + what).startsWith((byte) ALERT).endsWith((byte) description);
        } else {
            assertThat(answer).as("answer to " + what).isEmpty();
        }
    }

    /** Renegotiation must fail: a client could request one expensive handshake after the other. */
    private static void assertConnectionHasOneHandshake(ServerConfiguration configuration) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustEverybody()}, new SecureRandom());
        try (SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), httpsPort(configuration))) {
            socket.setSoTimeout(30_000);
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        socket.getOutputStream()
                                .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                        socket.getInputStream().read();
                    })
                    .isInstanceOfAny(SSLException.class, SocketException.class);
        }
    }

    @Test
    void headsHaveTheSameBoundsAsWithoutTls() throws Exception {
        ServerConfiguration configuration = configuration();
        try (RunningServer server = configuration.start().awaitReady(OwnServer.READY)) {
            assertThat(server.log()).exists();
            // At full speed the head exceeds the size limit; byte by byte it exceeds the time limit.
            assertThat(endOfHead(configuration, 1024, 0))
                    .as("bytes of a long head")
                    .isLessThan(4 * HEAD_MAX);
            if (ServerDifferences.limitsTheTimeOfAHead()) {
                assertThat(endOfHead(configuration, 1, PACE_MILLIS))
                        .as("bytes of a slow head")
                        .isLessThan(HEAD_MAX);
            }
        }
    }

    /** Writes an endless head until the server ends the connection. Returns the number of written bytes. */
    private static int endOfHead(ServerConfiguration configuration, int bytesAtOnce, long pauseMillis)
            throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustEverybody()}, new SecureRandom());
        AtomicInteger written = new AtomicInteger();
        ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
        try (Socket socket =
                context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), httpsPort(configuration))) {
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            out.write("GET / HTTP/1.1\r\nHost: localhost\r\nX: ".getBytes(StandardCharsets.US_ASCII));
            pace.scheduleWithFixedDelay(
                    () -> {
                        try {
                            out.write("a".repeat(bytesAtOnce).getBytes(StandardCharsets.US_ASCII));
                            written.addAndGet(bytesAtOnce);
                        } catch (IOException e) {
                            // The reader notices the end too.
                            pace.shutdown();
                        }
                    },
                    0,
                    Math.max(1, pauseMillis),
                    TimeUnit.MILLISECONDS);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            if (!answer.isEmpty()) {
                assertThat(answer).startsWith("HTTP/1.1 400");
            }
        } catch (SocketException | SSLException e) {
            // The server has closed without an answer, which is as good. A timeout would be a failure.
        } finally {
            pace.shutdownNow();
        }
        return written.get();
    }

    @Test
    void configuredCertificateIsServed() throws Exception {
        Path keyStore = keyStore();
        ServerConfiguration configuration = configuration()
                .plusSettings(Map.of("parley.tls.keystore", keyStore.toString(), "parley.tls.password", PASSWORD));
        try (RunningServer server = configuration.start().awaitReady(OwnServer.READY)) {
            HttpClient client = client(trusting(keyStore));

            HttpResponse<String> page = get(client, URI.create(origin(configuration) + "/"));
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
            assertThat(welcome(client, configuration, origin(configuration))).contains("\"type\":\"welcome\"");
            assertOldTlsIsRefused(configuration);
            assertConnectionHasOneHandshake(configuration);
            assertThat(Files.readString(server.log()))
                    .doesNotContain(PASSWORD)
                    .doesNotContain("parley.tls.keystore; it is ignored");
            assertThatThrownBy(() -> get(HttpClient.newHttpClient(), URI.create(origin(configuration))))
                    .isInstanceOf(SSLHandshakeException.class);
        }
    }

    /** Another loopback address stands for the public one. */
    @Test
    void withACertificatePlainHttpIsForTheSameMachineOnly() throws Exception {
        String address = "127.0.0.2";
        ServerConfiguration configuration = configuration()
                .address(address)
                .plusSettings(Map.of("parley.tls.keystore", keyStore().toString(), "parley.tls.password", PASSWORD));
        try (RunningServer server = configuration.start().awaitReady(OwnServer.READY)) {
            assertThat(server.baseUri()).hasHost("127.0.0.1").hasPort(configuration.port());
            try (Socket https = new Socket(address, httpsPort(configuration))) {
                assertThat(https.isConnected()).isTrue();
            }
            assertThatThrownBy(() -> new Socket(address, configuration.port())).isInstanceOf(ConnectException.class);
        }
    }

    private static HttpClient client(TrustManager trust) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trust}, new SecureRandom());
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private static HttpResponse<String> get(HttpClient client, URI uri) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    /** Signs in as a guest from a page of this origin, and returns the first message. */
    private static String welcome(HttpClient client, ServerConfiguration configuration, String origin) {
        CompletableFuture<String> first = new CompletableFuture<>();
        WebSocket socket = client.newWebSocketBuilder()
                .header("Origin", origin)
                .buildAsync(
                        URI.create("wss://localhost:" + httpsPort(configuration) + "/chat"), new WebSocket.Listener() {
                            @Override
                            public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
                                first.complete(data.toString());
                                return null;
                            }
                        })
                .join();
        socket.sendText("{\"type\":\"login\",\"username\":\"tess\"}", true).join();
        return first.orTimeout(20, TimeUnit.SECONDS).join();
    }

    /**
     * The first record of the server's answer to a client that offers at most TLS 1.x and one cipher suite; empty if
     * the server closes without one. The client's record is built by hand, because a current Java client would refuse
     * to send it.
     */
    private static byte[] answerToHello(ServerConfiguration configuration, int minor, int cipherSuite)
            throws IOException {
        byte[] ciphers = {(byte) (cipherSuite >> 8), (byte) cipherSuite};
        // supported_groups: secp256r1; signature_algorithms: rsa_pkcs1_sha256, ecdsa_secp256r1_sha256.
        byte[] extensions = {0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 6, 0, 4, 4, 1, 4, 3};
        int length = 2 + 32 + 1 + 2 + ciphers.length + 2 + 2 + extensions.length;
        ByteBuffer hello = ByteBuffer.allocate(9 + length)
                .put((byte) HANDSHAKE)
                .putShort((short) 0x0301)
                .putShort((short) (4 + length))
                .putInt(0x01000000 | length)
                .putShort((short) (0x0300 | minor))
                .put(new byte[32])
                .put((byte) 0)
                .putShort((short) ciphers.length)
                .put(ciphers)
                .putShort((short) 0x0100)
                .putShort((short) extensions.length)
                .put(extensions);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), httpsPort(configuration))) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(hello.array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] head = in.readNBytes(5);
            if (head.length == 0) {
                return head;
            }
            byte[] body = in.readNBytes(ByteBuffer.wrap(head, 3, 2).getShort());
            return ByteBuffer.allocate(head.length + body.length)
                    .put(head)
                    .put(body)
                    .array();
        }
    }

    /** Creates a key store with keytool, once, like an operator for a test. */
    private static Path keyStore() throws IOException, InterruptedException {
        Path file = folder.resolve("parley.p12");
        if (Files.exists(file)) {
            return file;
        }
        int status = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "parley",
                        "-keyalg",
                        "RSA",
                        "-dname",
                        "CN=Parley",
                        "-ext",
                        "SAN=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start()
                .waitFor();
        assertThat(status).as("keytool").isZero();
        return file;
    }

    private static TrustManager trusting(Path keyStore) throws GeneralSecurityException, IOException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            own.load(in, PASSWORD.toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("parley", own.getCertificate("parley"));
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory.getTrustManagers()[0];
    }

    /** Accepts every certificate, like a person who dismisses the browser's warning. */
    private static final class TrustEverybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
