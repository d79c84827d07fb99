package dev.parley.server.handshake;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.session.Identity;
import dev.parley.server.session.TokenVerdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens of an identity provider, whose keys lie at an address. */
@Timeout(60)
class KeySetTest {
    private static final String ISSUER = "https://login.example/realms/parley";
    private static final RSAKey RSA = rsa("rsa-1");
    private static final ECKey EC = ec("ec-1", Curve.P_256);

    private HttpServer provider;
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile Answer answer = exchange -> send(exchange, 200, keys(RSA, EC));
    private TokenVerifier verifier;

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
        provider.start();
        verifier = verifier(Map.of());
    }

    @AfterEach
    void close() {
        verifier.close();
        provider.stop(0);
    }

    private TokenVerifier verifier(Map<String, String> others) {
        Map<String, String> properties = new HashMap<>(Map.of(
                "parley.token.jwks",
                "http://127.0.0.1:" + provider.getAddress().getPort() + "/certs",
                "parley.token.issuer",
                ISSUER,
                "parley.token.audience",
                "parley"));
        properties.putAll(others);
        return new TokenVerifier(
                Settings.read(new SettingSource(properties, Map.of(), Map.of())), InstantSource.system(), Thread::new);
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
        assertThat(verifier.check(token)).isInstanceOf(TokenVerdict.Accepted.class);
    }

    private void refuses(String token) {
        assertThat(verifier.check(token)).isInstanceOf(TokenVerdict.Refused.class);
    }

    /** Where the provider was asked for an unknown key lately, nobody can say more. */
    private void neverAccepts(String token) {
        assertThat(verifier.check(token)).isNotInstanceOf(TokenVerdict.Accepted.class);
    }

    @Test
    void aTokenOfTheProviderIsGoodAndTheKeysAreFetchedOnce() throws JOSEException {
        accepts(good());
        accepts(signed(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec-1"), new ECDSASigner(EC), claims()));
        accepts(signed(new JWSHeader.Builder(JWSAlgorithm.PS512).keyID("rsa-1"), new RSASSASigner(RSA), claims()));
        assertThat(fetches.get()).isOne();
        assertThat(verifier.mayBlock()).isTrue();
    }

    @Test
    void aKeycloakTokenNamesItsUserAndRoles() throws JOSEException {
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
    void thePublicKeyIsNoSecret() throws JOSEException {
        for (byte[] secret : List.of(
                RSA.toRSAPublicKey().getEncoded(),
                RSA.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8))) {
            refuses(signed(new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa-1"), new MACSigner(secret), claims()));
        }
    }

    @Test
    void keysThatATokenBringsAreNotUsed() throws JOSEException {
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
            neverAccepts(signed(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(id), new RSASSASigner(own), claims()));
        }
    }

    @Test
    void aSignatureOfZeroesIsNone() throws JOSEException {
        String token = signed(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec-1"), new ECDSASigner(EC), claims());
        String unsigned = token.substring(0, token.lastIndexOf('.') + 1);
        refuses(unsigned + Base64URL.encode(new byte[64]));
        refuses(unsigned);
    }

    @Test
    void aKeyIsUsedForItsOwnAlgorithmOnly() throws JOSEException {
        RSAKey onlyPs = new RSAKey.Builder(RSA)
                .keyID("ps")
                .algorithm(JWSAlgorithm.PS256)
                .build();
        RSAKey encrypts =
                new RSAKey.Builder(RSA).keyID("enc").keyUse(KeyUse.ENCRYPTION).build();
        answer = exchange -> send(exchange, 200, keys(onlyPs, encrypts, EC));
        neverAccepts(signed(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("ps"), new RSASSASigner(RSA), claims()));
        accepts(signed(new JWSHeader.Builder(JWSAlgorithm.PS256).keyID("ps"), new RSASSASigner(RSA), claims()));
        neverAccepts(signed(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("enc"), new RSASSASigner(RSA), claims()));
        neverAccepts(signed(
                new JWSHeader.Builder(JWSAlgorithm.ES384).keyID("ec-1"),
                new ECDSASigner(ec("ec-1", Curve.P_384)),
                claims()));
    }

    @Test
    void aKeyThatIsTooShortIsNotTrusted() throws JOSEException, NoSuchAlgorithmException {
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
    void aNewKeyIsFoundAtOnceAndUnknownOnesCostTheProviderLittle() throws Exception {
        accepts(good());
        RSAKey next = rsa("rsa-2");
        answer = exchange -> send(exchange, 200, keys(RSA, next));
        accepts(good(next));
        int before = fetches.get();
        assertThat(before).isEqualTo(2);

        RSAKey stranger = rsa("stranger");
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> crowd = IntStream.range(0, 100)
                .mapToObj(i -> new Thread(() -> {
                    try {
                        go.await();
                        verifier.check(good(stranger));
                    } catch (InterruptedException | JOSEException e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        crowd.forEach(Thread::start);
        go.countDown();
        for (Thread one : crowd) {
            one.join();
        }
        assertThat(fetches.get() - before).isLessThanOrEqualTo(2);
        accepts(good());
    }

    @Test
    void theKeysOutliveTheirProvider() throws JOSEException {
        accepts(good());
        answer = exchange -> send(exchange, 500, "");
        accepts(good());
        assertThat(verifier.check(good(rsa("unknown")))).isNotInstanceOf(TokenVerdict.Accepted.class);
        accepts(good());
    }

    @Test
    void whileTheKeysWereNeverThereNobodyKnows() throws JOSEException {
        for (Answer bad : List.<Answer>of(
                exchange -> send(exchange, 500, ""),
                exchange -> send(exchange, 200, "no JSON"),
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
    void aProviderThatNeverAnswersEndsTheWait() throws JOSEException {
        CountDownLatch never = new CountDownLatch(1);
        answer = exchange -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        assertThat(verifier.check(good())).isInstanceOf(TokenVerdict.Unknown.class);
        never.countDown();
    }
}
