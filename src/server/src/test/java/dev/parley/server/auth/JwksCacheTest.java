package dev.parley.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.opts.AllowWeakRSAKey;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.session.ManualClock;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests tokens of an identity provider whose keys are fetched over HTTP. */
@Timeout(60)
class JwksCacheTest {
    private static final String ISSUER = "https://login.example/realms/parley";
    private static final RSAKey RSA = rsa("rsa-1");
    private static final ECKey EC = ec("ec-1", Curve.P_256);

    private HttpServer provider;
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile Answer answer = exchange -> send(exchange, 200, keys(RSA, EC));
    private final ManualClock clock = new ManualClock();
    private final ExecutorService answers = Executors.newCachedThreadPool();
    private Optional<TokenVerifier> started = Optional.empty();

    @FunctionalInterface
    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void open() throws IOException {
        provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext("/certs", exchange -> {
            fetches.incrementAndGet();
            answer.to(exchange);
        });
        provider.createContext("/elsewhere", exchange -> send(exchange, 200, keys(RSA, EC)));
        provider.setExecutor(answers);
        provider.start();
    }

    @AfterEach
    void close() {
        started.ifPresent(TokenVerifier::close);
        provider.stop(0);
        answers.shutdownNow();
    }

    /** Creates the verifier lazily, so that a test can set the provider's answer before. */
    private TokenVerifier verifier() {
        started = Optional.of(started.orElseGet(() -> verifier(Map.of())));
        return started.get();
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + provider.getAddress().getPort() + "/certs");
    }

    private TokenVerifier verifier(Map<String, String> others) {
        Map<String, String> properties = new HashMap<>(Map.of(
                "parley.token.jwks",
                address().toString(),
                "parley.token.issuer",
                ISSUER,
                "parley.token.audience",
                "parley"));
        properties.putAll(others);
        TokenVerifier verifier = new TokenVerifier(
                Settings.read(new SettingSource(properties, Map.of(), Map.of())),
                InstantSource.system(),
                clock,
                Thread::new);
        verifier.start();
        return verifier;
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String keys(JWK... keys) {
        return new JWKSet(List.of(keys)).toString();
    }

    private static RSAKey rsa(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).keyUse(KeyUse.SIGNATURE).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ECKey ec(String id, Curve curve) {
        try {
            return new ECKeyGenerator(curve).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .subject("anna")
                .issuer(ISSUER)
                .audience("parley")
                .expirationTime(new Date(System.currentTimeMillis() + 600_000));
    }

    private static String signed(JWSHeader.Builder header, JWSSigner signer, JWTClaimsSet.Builder claims)
            throws JOSEException {
        SignedJWT token = new SignedJWT(header.build(), claims.build());
        token.sign(signer);
        return token.serialize();
    }

    private static String good(RSAKey key) throws JOSEException {
        return signed(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()), new RSASSASigner(key), claims());
    }

    private static String good() throws JOSEException {
        return good(RSA);
    }

    private void accepts(String token) {
        assertThat(verifier().check(token)).isInstanceOf(TokenVerdict.Accepted.class);
    }

    private void refuses(String token) {
        assertThat(verifier().check(token)).isInstanceOf(TokenVerdict.Refused.class);
    }

    /** Asserts that the token cannot be checked now. */
    private void cannotTell(String token) {
        assertThat(verifier().check(token)).isInstanceOf(TokenVerdict.Unknown.class);
    }

    @Test
    void providersTokenIsAcceptedAndKeysAreFetchedOnce() throws JOSEException {
        accepts(good());
        accepts(signed(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec-1"), new ECDSASigner(EC), claims()));
        accepts(signed(new JWSHeader.Builder(JWSAlgorithm.PS512).keyID("rsa-1"), new RSASSASigner(RSA), claims()));
        assertThat(fetches.get()).isOne();
        assertThat(verifier().mayBlock()).isTrue();
    }

    @Test
    void keycloakTokenYieldsUserAndRoles() throws JOSEException {
        TokenVerifier keycloak =
                verifier(Map.of("parley.token.user", "preferred_username", "parley.token.roles", "realm_access.roles"));
        String token = signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa-1").type(JOSEObjectType.JWT),
                new RSASSASigner(RSA),
                claims().subject("5d0e7d8c-5f4e-4a8b-9f0e-0c1f3f1b8a52")
                        .audience(List.of("parley", "account"))
                        .claim("typ", "Bearer")
                        .claim("azp", "parley-web")
                        .claim("preferred_username", "anna")
                        .claim("realm_access", Map.of("roles", List.of("notify", "default-roles-parley"))));
        assertThat(keycloak.check(token)).isInstanceOfSatisfying(TokenVerdict.Accepted.class, accepted -> {
            assertThat(accepted.identity().name()).isEqualTo("anna");
            assertThat(accepted.identity().has(Identity.ROLE_NOTIFY)).isTrue();
            assertThat(accepted.identity().has(Identity.ROLE_ADMIN)).isFalse();
        });
        keycloak.close();
    }

    @Test
    void claimsAreChecked() throws JOSEException {
        JWSHeader.Builder header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa-1");
        refuses(signed(header, new RSASSASigner(RSA), claims().issuer("https://evil.example")));
        refuses(signed(header, new RSASSASigner(RSA), claims().issuer(null)));
        refuses(signed(header, new RSASSASigner(RSA), claims().audience("another-app")));
        refuses(signed(header, new RSASSASigner(RSA), claims().audience((String) null)));
    }

    @Test
    void publicKeyIsNotUsedAsASecret() throws JOSEException {
        for (byte[] secret : List.of(
                RSA.toRSAPublicKey().getEncoded(),
                RSA.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8))) {
            refuses(signed(new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa-1"), new MACSigner(secret), claims()));
        }
    }

    @Test
    void keysInATokenAreNotUsed() throws JOSEException {
        RSAKey own = rsa("rsa-1");
        URI address = URI.create("http://127.0.0.1:" + provider.getAddress().getPort() + "/own");
        refuses(signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa-1").jwk(own.toPublicJWK()),
                new RSASSASigner(own),
                claims()));
        AtomicInteger asked = new AtomicInteger();
        provider.createContext("/own", exchange -> {
            asked.incrementAndGet();
            send(exchange, 200, keys(own));
        });
        refuses(signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID("rsa-1")
                        .jwkURL(address)
                        .x509CertURL(address),
                new RSASSASigner(own),
                claims()));
        assertThat(asked).hasValue(0);
        for (String id : List.of("../../etc/passwd", "' or 1=1 --", "rsa-1\u0000", "")) {
            clock.advance(JwksCache.UNKNOWN_KEY_INTERVAL);
            refuses(signed(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(id), new RSASSASigner(own), claims()));
        }
    }

    @Test
    void signatureOfZeroesIsRefused() throws JOSEException {
        String token = signed(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec-1"), new ECDSASigner(EC), claims());
        String unsigned = token.substring(0, token.lastIndexOf('.') + 1);
        refuses(unsigned + Base64URL.encode(new byte[64]));
        refuses(unsigned);
    }

    @Test
    void keyIsUsedForItsOwnAlgorithmOnly() throws JOSEException {
        RSAKey onlyPs = new RSAKey.Builder(RSA)
                .keyID("ps")
                .algorithm(JWSAlgorithm.PS256)
                .build();
        RSAKey encrypts =
                new RSAKey.Builder(RSA).keyID("enc").keyUse(KeyUse.ENCRYPTION).build();
        answer = exchange -> send(exchange, 200, keys(onlyPs, encrypts, EC));
        refuses(signed(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("ps"), new RSASSASigner(RSA), claims()));
        accepts(signed(new JWSHeader.Builder(JWSAlgorithm.PS256).keyID("ps"), new RSASSASigner(RSA), claims()));
        refuses(signed(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("enc"), new RSASSASigner(RSA), claims()));
        refuses(signed(
                new JWSHeader.Builder(JWSAlgorithm.ES384).keyID("ec-1"),
                new ECDSASigner(ec("ec-1", Curve.P_384)),
                claims()));
    }

    @Test
    void shortKeyIsNotTrusted() throws JOSEException, NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        var pair = generator.generateKeyPair();
        RSAKey weak = new RSAKey.Builder((RSAPublicKey) pair.getPublic())
                .privateKey((RSAPrivateKey) pair.getPrivate())
                .keyID("weak")
                .build();
        answer = exchange -> send(exchange, 200, keys(weak));
        refuses(signed(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("weak"),
                new RSASSASigner(weak.toRSAPrivateKey(), Set.of(AllowWeakRSAKey.getInstance())),
                claims()));
    }

    @Test
    void newKeyIsFoundAtOnceAndUnknownKeysAreRateLimited() throws JOSEException {
        accepts(good());
        RSAKey next = rsa("rsa-2");
        answer = exchange -> send(exchange, 200, keys(RSA, next));
        accepts(good(next));
        assertThat(fetches).hasValue(2);

        RSAKey stranger = rsa("stranger");
        for (int i = 0; i < 100; i++) {
            cannotTell(good(stranger));
        }
        assertThat(fetches).hasValue(2);
        clock.advance(JwksCache.UNKNOWN_KEY_INTERVAL);
        refuses(good(stranger));
        cannotTell(good(stranger));
        assertThat(fetches).hasValue(3);
        accepts(good());
    }

    @Test
    void refreshBlocksItsCallerOnly() throws Exception {
        accepts(good());
        RSAKey next = rsa("rsa-2");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        answer = exchange -> {
            asked.countDown();
            await(goOn);
            send(exchange, 200, keys(RSA, next));
        };
        String token = good(next);
        Future<TokenVerdict> looks = answers.submit(() -> verifier().check(token));
        asked.await();
        cannotTell(token);
        accepts(good());
        assertThat(looks.isDone()).isFalse();
        goOn.countDown();
        assertThat(looks.get()).isInstanceOf(TokenVerdict.Accepted.class);
        accepts(token);
    }

    @Test
    void tokenWithInvalidClaimsCausesNoRefresh() throws JOSEException {
        accepts(good());
        RSAKey old = rsa("rotated-out");
        JWSHeader.Builder header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rotated-out");
        Date past = new Date(System.currentTimeMillis() - 600_000);
        assertThat(verifier().check(signed(header, new RSASSASigner(old), claims().expirationTime(past))))
                .isInstanceOfSatisfying(TokenVerdict.Refused.class, refused -> assertThat(refused.code())
                        .isEqualTo(ErrorCode.TOKEN_EXPIRED));
        refuses(signed(header, new RSASSASigner(old), claims().audience("another-app")));
        assertThat(fetches).hasValue(1);
    }

    @Test
    void keysAreUsedForHoursDuringAnOutage() throws JOSEException {
        accepts(good());
        answer = exchange -> send(exchange, 500, "");
        clock.advance(JwksCache.OUTAGE_MAX);
        accepts(good());
        clock.advance(Duration.ofNanos(1));
        cannotTell(good());
    }

    @Test
    void newKeyIsNotRefusedForGoodDuringAnOutage() throws JOSEException {
        accepts(good());
        answer = exchange -> send(exchange, 500, "");
        RSAKey next = rsa("rsa-2");
        cannotTell(good(next));
        assertThat(fetches).hasValueGreaterThan(1);
        answer = exchange -> send(exchange, 200, keys(RSA, next));
        clock.advance(JwksCache.UNKNOWN_KEY_INTERVAL);
        accepts(good(next));
    }

    @Test
    void unreadableKeyDoesNotInvalidateOthers() throws JOSEException {
        String odd = "{\"kty\":\"EC\",\"kid\":\"odd\",\"crv\":\"P-999\",\"x\":\"AA\",\"y\":\"AA\"}";
        String broken = "{\"kty\":\"RSA\",\"kid\":\"broken\",\"n\":5}";
        String other = "{\"kty\":\"NEW\",\"kid\":\"other\"}";
        answer = exchange -> send(
                exchange,
                200,
                "{\"keys\":["
                        + String.join(",", odd, broken, other, RSA.toPublicJWK().toJSONString()) + "]}");
        try (RecordingLog log = RecordingLog.of(JwksFetcher.class)) {
            accepts(good());
            clock.advance(JwksCache.UNKNOWN_KEY_INTERVAL);
            refuses(good(rsa("stranger")));
            assertThat(log.lines()).singleElement().asString().contains("odd", "broken", "other");
        }
    }

    @Test
    void verdictIsUnknownBeforeTheFirstFetch() throws JOSEException {
        for (Answer bad : List.<Answer>of(
                exchange -> send(exchange, 500, ""),
                exchange -> send(exchange, 200, "no JSON"),
                exchange -> send(exchange, 200, "null"),
                exchange -> send(exchange, 200, "{}"),
                exchange -> send(exchange, 200, "{\"keys\":[{\"kty\":\"NEW\"}]}"),
                exchange -> send(exchange, 200, "{\"keys\":[" + " ".repeat(512 * 1024) + "]}"),
                exchange -> {
                    exchange.getResponseHeaders().add("Location", "/elsewhere");
                    send(exchange, 302, "");
                })) {
            answer = bad;
            TokenVerifier fresh = verifier(Map.of());
            assertThat(fresh.check(good())).isInstanceOf(TokenVerdict.Unknown.class);
            fresh.close();
        }
    }

    @Test
    void waitForASilentProviderEnds() throws JOSEException {
        CountDownLatch never = new CountDownLatch(1);
        answer = exchange -> await(never);
        cannotTell(good());
        never.countDown();
    }

    @Test
    void documentThatTricklesInIsAbandoned() {
        assertThatThrownBy(() -> new JwksFetcher(address(), Duration.ZERO).fetch())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not whole within");
    }

    @Test
    void keysRefreshInBackgroundAndOutagesAreLoggedOnce() {
        RSAKey next = rsa("rsa-2");
        JwksCache.RefreshIntervals hurried = new JwksCache.RefreshIntervals(Duration.ZERO, Duration.ofMillis(1));
        try (RecordingLog log = RecordingLog.of(JwksCache.class);
                JwksCache keys = new JwksCache(
                        new JwksFetcher(address(), JwksFetcher.DEADLINE), hurried, System::nanoTime, Thread::new)) {
            keys.start();
            Awaitility.await().until(() -> holds(keys, RSA));
            assertThat(holds(keys, next)).isFalse();
            answer = exchange -> send(exchange, 200, keys(next));
            Awaitility.await().until(() -> holds(keys, next));
            assertThat(holds(keys, RSA)).as("the provider withdrew it").isFalse();

            answer = exchange -> send(exchange, 500, "");
            int before = fetches.get();
            Awaitility.await().until(() -> fetches.get() > before + 5);
            answer = exchange -> send(exchange, 200, keys(next));
            Awaitility.await().until(() -> log.lines().size() == 3);
            assertThat(log.lines().get(0))
                    .startsWith("INFO")
                    .contains("2 keys", address().toString());
            assertThat(log.lines().get(1)).startsWith("WARNING").contains("500", "12 hours");
            assertThat(log.lines().get(2)).startsWith("INFO").contains("1 keys");
        }
    }

    /** A provider that sends one byte of an endless header after the other, and then the answers of another one. */
    private static final class TricklingProvider implements AutoCloseable {
        private static final int PERIOD_MILLIS = 20;

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final AtomicInteger requests = new AtomicInteger();
        private final AtomicInteger trickling = new AtomicInteger();
        private volatile Optional<String> document = Optional.empty();

        TricklingProvider() throws IOException {
            start(this::accept);
        }

        private static void start(Runnable task) {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
        }

        URI address() {
            return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/certs");
        }

        private void accept() {
            try {
                while (true) {
                    Socket client = server.accept();
                    requests.incrementAndGet();
                    start(() -> answer(client));
                }
            } catch (IOException e) {
                // The test is over.
            }
        }

        private void answer(Socket client) {
            try (client) {
                OutputStream out = client.getOutputStream();
                if (document.isPresent()) {
                    out.write(("HTTP/1.1 200 OK\r\nContent-Length: "
                                    + document.get().length() + "\r\n\r\n" + document.get())
                            .getBytes(StandardCharsets.UTF_8));
                    out.flush();
                    // Until the client has read it and closes.
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                } else {
                    trickle(client, out);
                }
            } catch (IOException e) {
                // The client has closed the connection.
            }
        }

        private void trickle(Socket client, OutputStream out) throws IOException {
            trickling.incrementAndGet();
            try {
                out.write("HTTP/1.1 200 OK\r\nX-Endless: ".getBytes(StandardCharsets.US_ASCII));
                client.setSoTimeout(PERIOD_MILLIS);
                while (true) {
                    out.write('x');
                    out.flush();
                    try {
                        if (client.getInputStream().read() == -1) {
                            return;
                        }
                    } catch (SocketTimeoutException e) {
                        // The client is still there: the next byte is due.
                    }
                }
            } finally {
                trickling.decrementAndGet();
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private static boolean hasRequestThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(JwksFetcher.THREAD_NAME));
    }

    @Test
    void startEndsAtItsDeadlineThoughTheHeaderTricklesIn() throws Exception {
        Duration deadline = Duration.ofMillis(300);
        try (TricklingProvider slow = new TricklingProvider();
                RecordingLog log = RecordingLog.of(JwksCache.class);
                JwksCache keys = new JwksCache(
                        new JwksFetcher(slow.address(), deadline),
                        JwksCache.RefreshIntervals.USUAL,
                        System::nanoTime,
                        Thread::new)) {
            CompletableFuture.runAsync(keys::start, answers).get(10, TimeUnit.SECONDS);

            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARNING")
                    .contains(slow.address().toString(), "300 ms", "Trying again");
            Awaitility.await().until(() -> !hasRequestThread());
            Awaitility.await().until(() -> slow.trickling.get() == 0);
        }
    }

    @Test
    void keysAreFetchedAgainAfterAnAnswerThatTrickledIn() throws Exception {
        JwksCache.RefreshIntervals hurried =
                new JwksCache.RefreshIntervals(Duration.ofMinutes(4), Duration.ofMillis(1));
        try (TricklingProvider slow = new TricklingProvider();
                JwksCache keys = new JwksCache(
                        new JwksFetcher(slow.address(), Duration.ofMillis(300)),
                        hurried,
                        System::nanoTime,
                        Thread::new)) {
            CompletableFuture.runAsync(keys::start, answers).get(10, TimeUnit.SECONDS);
            Awaitility.await().until(() -> slow.requests.get() > 3);
            slow.document = Optional.of(keys(RSA));
            Awaitility.await().until(() -> holds(keys, RSA));
        }
    }

    /** A request that waits for more of a body ends by its read timeout, 2 s later. */
    @Test
    void requestsDoNotOverlap() {
        CountDownLatch never = new CountDownLatch(1);
        answer = exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            await(never);
        };
        JwksFetcher fetcher = new JwksFetcher(address(), Duration.ofSeconds(1));
        assertThatThrownBy(fetcher::fetch).isInstanceOf(IOException.class).hasMessageContaining("within 1000 ms");
        assertThatThrownBy(fetcher::fetch).isInstanceOf(IOException.class).hasMessageContaining("earlier request");
        assertThat(fetches).hasValue(1);
        Awaitility.await().until(() -> !hasRequestThread());
        answer = exchange -> send(exchange, 200, keys(RSA));
        assertThatCode(fetcher::fetch).doesNotThrowAnyException();
        never.countDown();
    }

    @Test
    void closeEndsAFetchThatTricklesIn() throws Exception {
        JwksCache.RefreshIntervals hurried = new JwksCache.RefreshIntervals(Duration.ZERO, Duration.ofMillis(1));
        try (TricklingProvider slow = new TricklingProvider()) {
            slow.document = Optional.of(keys(RSA));
            JwksCache keys = new JwksCache(
                    new JwksFetcher(slow.address(), Duration.ofMinutes(5)), hurried, System::nanoTime, Thread::new);
            keys.start();
            slow.document = Optional.empty();
            Awaitility.await().until(() -> slow.trickling.get() == 1);
            keys.close();
            Awaitility.await().until(() -> !hasRequestThread());
            Awaitility.await().until(() -> slow.trickling.get() == 0);
        }
    }

    /** Open Liberty runs no thread of an application that is starting. */
    @Test
    void startFetchesKeysWithoutAThreadOfTheFactory() {
        ThreadFactory neverRunning = task -> new Thread(() -> {});
        try (JwksCache keys = new JwksCache(
                new JwksFetcher(address(), JwksFetcher.DEADLINE),
                JwksCache.RefreshIntervals.USUAL,
                System::nanoTime,
                neverRunning)) {
            keys.start();
            assertThat(holds(keys, RSA)).isTrue();
        }
    }

    private static boolean holds(JwksCache keys, RSAKey key) {
        try {
            return !keys.get(
                            new JWKSelector(new JWKMatcher.Builder()
                                    .keyID(key.getKeyID())
                                    .build()),
                            null)
                    .isEmpty();
        } catch (JwksCache.UnknownKey e) {
            return false;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
