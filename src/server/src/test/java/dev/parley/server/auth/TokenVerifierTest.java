package dev.parley.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenVerifierTest {
    /** 64 bytes: long enough for every HS algorithm. */
    private static final String SECRET = "0123456789abcdef".repeat(4);

    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private static final Instant LATER = NOW.plusSeconds(600);

    private static final byte[] HEADER = "{\"alg\":\"HS256\"}".getBytes(StandardCharsets.UTF_8);
    private static final String HEADER64 =
            Base64.getUrlEncoder().withoutPadding().encodeToString(HEADER);
    private static final String EXP = "\"exp\":" + LATER.getEpochSecond();
    private static final byte[] CLAIMS = ("{\"sub\":\"anna\"," + EXP + "}").getBytes(StandardCharsets.UTF_8);

    private final TokenVerifier verifier = verifier(Map.of());

    @Test
    void signedTokenYieldsUserRolesAndExpiry() {
        assertThat(verifier.check(signed(claims().claim("roles", List.of("notify", "metrics")))))
                .isEqualTo(accepted("anna", "notify", "metrics"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void everyHashWithTheSecretIsAccepted(String algorithm) {
        assertThat(verifier.check(signed(JWSAlgorithm.parse(algorithm), SECRET, claims())))
                .isEqualTo(accepted("anna"));
    }

    @Test
    void withoutASecretEveryTokenIsRefused() {
        TokenVerifier unconfigured =
                new TokenVerifier(settings(Map.of()), InstantSource.system(), System::nanoTime, Thread::new);

        assertThat(unconfigured.isConfigured()).isFalse();
        assertThat(verifier.isConfigured()).isTrue();
        refuses(unconfigured, signed(claims()), "parley.token.secret");
    }

    @Test
    void aTokenWithoutASignatureIsRefused() {
        String plain = new PlainJWT(claims().build()).serialize();
        String[] parts = signed(claims()).split("\\.");
        String none = Base64URL.encode("{\"alg\":\"none\"}").toString();

        refuses(verifier, plain, "no JWT");
        refuses(verifier, none + "." + parts[1] + "." + parts[2], "no JWT");
        refuses(verifier, none + "." + parts[1] + ".", "no JWT");
        refuses(verifier, parts[0] + "." + parts[1] + ".", "no JWT");
    }

    @Test
    void aTokenOfAnotherSecretIsRefused() {
        refuses(verifier, signed(JWSAlgorithm.HS256, "x".repeat(64), claims()), "no JWT");
    }

    @Test
    void changedClaimsAreRefused() {
        String[] parts = signed(claims()).split("\\.");
        String admin =
                Base64URL.encode(claims().subject("admin").build().toString()).toString();

        refuses(verifier, parts[0] + "." + admin + "." + parts[2], "no JWT");
    }

    @Test
    void tokenOfAKeyPairIsRefusedIfASecretIsSet() throws GeneralSecurityException, JOSEException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();

        refuses(verifier, signed(JWSAlgorithm.RS256, new RSASSASigner(pair.getPrivate()), claims()), "no JWT");
        refuses(
                verifier,
                signed(JWSAlgorithm.HS256, new MACSigner(pair.getPublic().getEncoded()), claims()),
                "no JWT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "x", "a.b", "a.b.c", "..", "....", "null", "{}", "\u0000", "eyJhbGciOiJIUzI1NiJ9..x"})
    void garbageIsRefused(String token) {
        refuses(verifier, token, "");
    }

    @Test
    void expiredTokenIsReportedAsSuch() {
        assertThat(verifier.check(signed(claims().expirationTime(secondsFromNow(-120)))))
                .isInstanceOfSatisfying(TokenVerdict.Refused.class, refused -> assertThat(refused.code())
                        .isEqualTo(ErrorCode.TOKEN_EXPIRED));
    }

    @Test
    void aTokenThatIsNotYetValidIsRefused() {
        refuses(verifier, signed(claims().notBeforeTime(secondsFromNow(120))), "claims were refused");
    }

    @Test
    void clocksMayDifferByAMinute() {
        assertThat(verifier.check(signed(claims().expirationTime(secondsFromNow(-30)))))
                .isInstanceOf(TokenVerdict.Accepted.class);
        assertThat(verifier.check(signed(claims().notBeforeTime(secondsFromNow(30)))))
                .isInstanceOf(TokenVerdict.Accepted.class);
    }

    @Test
    void aTokenThatNeverExpiresIsRefused() {
        refuses(verifier, signed(claims().expirationTime(null)), "exp");
    }

    @Test
    void tokenWithoutAUserIsRefused() {
        refuses(verifier, signed(claims().subject(null)), "sub");
        refuses(verifier, signed(claims().subject("")), "user name");
    }

    @Test
    void nameThatIsNotTextIsRefused() {
        TokenVerifier byUid = verifier(Map.of("parley.token.user", "uid"));

        refuses(byUid, signed(claims().claim("uid", 7)), "uid");
        refuses(byUid, signed(claims().claim("uid", List.of("anna"))), "uid");
        refuses(byUid, signed(claims().claim("uid", Map.of("name", "anna"))), "uid");
        refuses(byUid, signed(claims()), "uid");
    }

    @Test
    void theUserMayBeInAnotherClaim() {
        assertThat(verifier(Map.of("parley.token.user", "uid")).check(signed(claims().claim("uid", "berta"))))
                .isEqualTo(accepted("berta"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {" ", " anna", "anna ", "an\nna", "\u202Eanna", "an\u200Bna", "an\u2066na", "\uFEFFanna", "\uE000"
            })
    void nameThatCouldPassForAnotherIsRefused(String name) {
        refuses(verifier, signed(claims().subject(name)), "user name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"sub\":\"an\\ud800na\"",
                "\"sub\":\"an\\u0000na\"",
                "\"sub\":\"anna\",\"roles\":[\"admin\\udfff\"]",
                "\"sub\":\"anna\",\"iss\":\"\\ude00\\ud83d\"",
                "\"sub\":\"anna\",\"x\":{\"y\\ud800\":1}",
                "\"sub\":\"anna\",\"roles\":[\"admin\\u0000\"]"
            })
    void invalidCharactersInClaimsAreRefused(String claims) {
        refuses(verifier, signed("{" + claims + "," + EXP + "}"), "claims cannot be read");
    }

    @ParameterizedTest
    @ValueSource(strings = {"c0af", "c1a1", "e080af", "f08080af", "eda080", "eda0bdedb880", "f4908080", "e4", "ff"})
    void claimsAndHeadersThatAreNotUtf8AreRefused(String hex) {
        String wrong = new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
        String good = signed("{\"sub\":\"anna\",\"x\":\"\u00e4\"," + EXP + "}");
        assertThat(verifier.check(good)).isEqualTo(accepted("anna"));

        for (String claim : List.of("sub", "iss", "x")) {
            String claims = "{\"a\":\"a\",\"" + claim + "\":\"anna" + wrong + "\"," + EXP + "}";
            refuses(verifier, signed(HEADER, claims.getBytes(StandardCharsets.ISO_8859_1)), "UTF-8");
        }
        String header = "{\"alg\":\"HS256\",\"x\":\"" + wrong + "\"}";
        refuses(verifier, signed(header.getBytes(StandardCharsets.ISO_8859_1), CLAIMS), "UTF-8");
    }

    @Test
    void claimsInUtf16AreRefused() {
        byte[] claims = new String(CLAIMS, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16);
        refuses(verifier, signed(HEADER, claims), "claims cannot be read");
        refuses(verifier, signed("\ufeff" + new String(CLAIMS, StandardCharsets.UTF_8)), "claims cannot be read");
    }

    @Test
    void tokenHasExactlyOneText() {
        String token = signed(HEADER, CLAIMS);
        assertThat(verifier.check(token)).isEqualTo(accepted("anna"));
        String[] parts = token.split("\\.");

        for (int part = 0; part < parts.length; part++) {
            String text = parts[part];
            for (String other : List.of(text + "=", text + "==", text + "\n", " " + text, text + "!")) {
                refuses(verifier, with(parts, part, other), "no JWT");
            }
            refuses(verifier, with(parts, part, text.substring(0, 4) + "\r\n" + text.substring(4)), "no JWT");
        }
        refuses(verifier, " " + token, "no JWT");
        refuses(verifier, token + "\n", "no JWT");
        refuses(verifier, token + ".", "no JWT");
        // The 256 bits of a signature leave two of the six bits of its last character unused.
        assertThat(others(token)).hasSize(3).allSatisfy(other -> refuses(verifier, other, "no JWT"));
    }

    @Test
    void signerCannotChooseAnotherTextEither() {
        String claims = Base64.getUrlEncoder().withoutPadding().encodeToString(CLAIMS);
        for (String text : List.of(claims + "=", claims + "==", " " + claims, claims + "\n", claims + "*")) {
            refuses(verifier, signedText(HEADER64 + "." + text), "no JWT");
            refuses(verifier, signedText(text + "." + claims), "no JWT");
        }
    }

    @Test
    void alphabetIsBase64Url() {
        // Contains the characters 62 and 63 of the alphabet.
        byte[] claims = ("{\"sub\":\"anna\",\"x\":\"\u00bf\u00bf\u00bf\u00fe\u00fe\u00fe~~~???>>>\"," + EXP + "}")
                .getBytes(StandardCharsets.UTF_8);
        String standard = Base64.getEncoder().withoutPadding().encodeToString(claims);
        assertThat(standard).containsPattern("[+/]");

        assertThat(verifier.check(signed(HEADER, claims))).isEqualTo(accepted("anna"));
        refuses(verifier, signedText(HEADER64 + "." + standard), "no JWT");
    }

    private static String with(String[] parts, int index, String part) {
        String[] all = parts.clone();
        all[index] = part;
        return String.join(".", all);
    }

    /** Other texts of the same bytes, which differ in the unused last bits. */
    private static List<String> others(String token) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        String begin = token.substring(0, token.length() - 1);
        int last = alphabet.indexOf(token.charAt(token.length() - 1));
        return IntStream.range(1, 4)
                .mapToObj(i -> begin + alphabet.charAt(last ^ i))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e300",
                "-1e300",
                "1e19",
                "1.5e19",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "9223372036854775807.9",
                "9223372036854776",
                "-9223372036854776",
                "253402300800",
                "253402300799.5",
                "-1",
                "-0.5",
                "\"1\"",
                "\"1e300\"",
                "null",
                "true",
                "[1]",
                "{}"
            })
    void invalidTimeIsRefused(String time) {
        for (String claim : List.of("nbf", "iat", "exp")) {
            String others = claim.equals("exp") ? "" : "," + EXP;
            refuses(verifier, signed("{\"sub\":\"anna\",\"" + claim + "\":" + time + others + "}"), "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e400", "-1e400", "1e999999999"})
    void timeBeyondTheRangeOfNumbersIsRefused(String time) {
        for (String claim : List.of("nbf", "iat", "exp")) {
            String others = claim.equals("exp") ? "" : "," + EXP;
            refuses(verifier, signed("{\"sub\":\"anna\",\"" + claim + "\":" + time + others + "}"), "no JWT");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0", "1.5", "1e9", "1E+9", "1e-400"})
    void timeMayBeAnyJsonNumber(String time) {
        assertThat(verifier.check(signed("{\"sub\":\"anna\",\"nbf\":" + time + "," + EXP + "}")))
                .isEqualTo(accepted("anna"));
    }

    @Test
    void lengthOfANameIsLimited() {
        assertThat(verifier.check(signed(claims().subject("x".repeat(64))))).isEqualTo(accepted("x".repeat(64)));
        refuses(verifier, signed(claims().subject("x".repeat(65))), "user name");
    }

    @ParameterizedTest
    @CsvSource({"Jose\u0301, José", "José, José", "李雷, 李雷", "\u212B, Å"})
    void canonicallyEquivalentNamesAreEqual(String written, String name) {
        assertThat(verifier.check(signed(claims().subject(written)))).isEqualTo(accepted(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ａｎｎａ", "ａdmin", "ﬁnn", "anna²", "Ⅷ", "ﾊﾟ"})
    void accountThatWouldBecomeAnothersUserIsRefused(String name) {
        refuses(verifier, signed(claims().subject(name)), "could pass for");
    }

    @Test
    void issueTimeIsRead() {
        for (int seconds : new int[] {-30, 30}) {
            assertThat(verifier.check(signed(claims().issueTime(secondsFromNow(seconds)))))
                    .isInstanceOfSatisfying(TokenVerdict.Accepted.class, accepted -> assertThat(
                                    accepted.identity().issuedAt())
                            .contains(NOW.plusSeconds(seconds)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sub\":\"HERE\",EXP}",
                "{\"sub\":\"HERE\",\"iss\":\"us\",\"aud\":\"parley\",EXP}",
                "{\"sub\":\"anna\",\"iss\":\"HERE\",\"aud\":\"parley\",EXP}",
                "{\"sub\":\"anna\",\"iss\":\"us\",\"aud\":[\"HERE\"],EXP}",
                "{\"sub\":\"anna\",\"iss\":\"us\",\"aud\":\"parley\",\"exp\":\"HERE\"}",
                "{\"HERE\":1,\"HERE\":2}",
                "{\"sub\":\"\\ud800\",\"HERE\":{\"HERE\":\"\\u0000\"}}",
                "HERE"
            })
    void reasonQuotesLittleOfTheToken(String place) {
        TokenVerifier choosy = verifier(Map.of("parley.token.issuer", "us", "parley.token.audience", "parley"));
        for (String hostile :
                List.of("\\u202e\\r\\n\\u001b[2J", "\u00a4".repeat(300), "\u202e\u2066" + "\u00a4".repeat(60))) {
            String text = place.replace("HERE", hostile).replace("EXP", EXP);
            String header = "{\"alg\":\"HS256\",\"typ\":\"" + hostile + "\",\"kid\":\"" + hostile + "\"}";
            for (String token : List.of(signed(text), signed(header.getBytes(StandardCharsets.UTF_8), CLAIMS))) {
                assertThat(choosy.check(token)).isInstanceOfSatisfying(TokenVerdict.Refused.class, refused -> {
                    assertThat(refused.reason().chars().filter(c -> c == '\u00a4'))
                            .hasSizeLessThanOrEqualTo(40);
                    assertThat(refused.reason()).doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
                });
            }
        }
    }

    @Test
    void secretIsUsedWhateverKeyTheTokenNames() throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("2024-10").build(), claims().build());
        token.sign(new MACSigner(SECRET));
        assertThat(verifier.check(token.serialize())).isEqualTo(accepted("anna"));
    }

    @Test
    void rolesAreAnArrayOrWords() {
        TokenVerifier byScope = verifier(Map.of("parley.token.roles", "scope"));

        assertThat(byScope.check(signed(claims().claim("scope", " notify  metrics"))))
                .isEqualTo(accepted("anna", "notify", "metrics"));
        assertThat(byScope.check(signed(claims().claim("scope", List.of("notify", 7)))))
                .isEqualTo(accepted("anna", "notify"));
        assertThat(byScope.check(signed(claims().claim("scope", 7)))).isEqualTo(accepted("anna"));
        assertThat(byScope.check(signed(claims().claim("roles", List.of("notify")))))
                .isEqualTo(accepted("anna"));
    }

    @Test
    void issuerMustMatchIfOneIsSet() {
        TokenVerifier choosy = verifier(Map.of("parley.token.issuer", "us"));

        assertThat(choosy.check(signed(claims().issuer("us")))).isEqualTo(accepted("anna"));
        refuses(choosy, signed(claims().issuer("them")), "iss");
        refuses(choosy, signed(claims()), "iss");
    }

    @Test
    void audienceMustMatchIfOneIsSet() {
        TokenVerifier choosy = verifier(Map.of("parley.token.audience", "parley"));

        assertThat(choosy.check(signed(claims().audience(List.of("mail", "parley")))))
                .isEqualTo(accepted("anna"));
        refuses(choosy, signed(claims().audience("mail")), "aud");
        refuses(choosy, signed(claims()), "aud");
    }

    @Test
    void anyAudienceIsAcceptedIfNoneIsSet() {
        assertThat(verifier.check(signed(claims().audience("mail")))).isEqualTo(accepted("anna"));
    }

    @Test
    void aTokenFromTheFutureIsRefused() {
        refuses(verifier, signed(claims().issueTime(secondsFromNow(120))), "iat");
        assertThat(verifier.check(signed(claims().issueTime(secondsFromNow(30)))))
                .isInstanceOf(TokenVerdict.Accepted.class);
    }

    @Test
    void allowedClockSkewIsConfigurable() {
        TokenVerifier exact = verifier(Map.of("parley.token.skew", "0s"));
        assertThat(exact.check(signed(claims().expirationTime(secondsFromNow(-1)))))
                .isInstanceOf(TokenVerdict.Refused.class);
        refuses(exact, signed(claims().notBeforeTime(secondsFromNow(1))), "claims were refused");
    }

    @Test
    void rolesMayBeNested() {
        TokenVerifier keycloak = verifier(Map.of("parley.token.roles", "realm_access.roles"));
        assertThat(keycloak.check(
                        signed(claims().claim("realm_access", Map.of("roles", List.of("notify", "offline_access"))))))
                .isEqualTo(accepted("anna", "notify", "offline_access"));
        assertThat(keycloak.check(signed(claims().claim("realm_access", "roles"))))
                .isEqualTo(accepted("anna"));
        assertThat(keycloak.check(signed(claims()))).isEqualTo(accepted("anna"));
    }

    @Test
    void duplicateMembersAreRefused() throws JOSEException {
        String sub = "\"sub\":\"anna\",";
        String exp = "\"exp\":" + LATER.getEpochSecond();
        for (String claims : List.of(
                "{" + sub + "\"sub\":\"admin\"," + exp + "}",
                "{" + sub + "\"\\u0073ub\":\"admin\"," + exp + "}",
                "{" + sub + "\"a\":{\"roles\":[],\"roles\":[\"admin\"]}," + exp + "}")) {
            JWSObject token = new JWSObject(new JWSHeader(JWSAlgorithm.HS256), new Payload(claims));
            token.sign(new MACSigner(SECRET));
            refuses(verifier, token.serialize(), "twice");
        }
        String header = Base64URL.encode("{\"alg\":\"none\",\"alg\":\"HS256\"}").toString();
        refuses(verifier, header + signed(claims()).substring(signed(claims()).indexOf('.')), "twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWE", "JOSE", "secevent+jwt", "logout+jwt", "dpop+jwt"})
    void tokenOfAnotherTypeIsRefused(String type) throws JOSEException {
        refuses(verifier, typed(type), "no JWT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "jwt", "at+jwt", "application/at+jwt"})
    void tokenMayDeclareItsType(String type) throws JOSEException {
        assertThat(verifier.check(typed(type))).isEqualTo(accepted("anna"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sub\":5,\"exp\":LATER}",
                "{\"sub\":\"anna\",\"exp\":null}",
                "{\"sub\":\"anna\",\"exp\":\"LATER\"}",
                "{\"sub\":\"anna\",\"exp\":1e400}",
                "{\"sub\":null,\"exp\":LATER}",
                "[]",
                "null",
                "5"
            })
    void oddClaimsAreRefused(String claims) throws JOSEException {
        JWSObject token = new JWSObject(
                new JWSHeader(JWSAlgorithm.HS256),
                new Payload(claims.replace("LATER", Long.toString(LATER.getEpochSecond()))));
        token.sign(new MACSigner(SECRET));
        refuses(verifier, token.serialize(), "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "5", "{\"alg\":null}", "{\"alg\":\"HS256\",\"crit\":[]}", "{\"alg\":5}"})
    void oddHeadersAreRefused(String header) {
        String token = signed(claims());
        refuses(verifier, Base64URL.encode(header) + token.substring(token.indexOf('.')), "");
    }

    @Test
    void deeplyNestedClaimsAreRefused() {
        String deep = Base64URL.encode("{\"a\":" + "[".repeat(2_000) + "]".repeat(2_000) + "}")
                .toString();
        String[] parts = signed(claims()).split("\\.");
        refuses(verifier, parts[0] + "." + deep + "." + parts[2], "");
    }

    @Test
    void oversizedTokenIsNotParsed() {
        refuses(verifier, signed(claims().claim("filler", "x".repeat(8 * 1024))), "longer than 8192");
    }

    @Test
    void unknownExtensionIsRefused() throws JOSEException {
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.HS256)
                .criticalParams(Set.of("exp"))
                .customParam("exp", 1)
                .build();
        SignedJWT token = new SignedJWT(header, claims().build());
        token.sign(new MACSigner(SECRET));

        refuses(verifier, token.serialize(), "extension");
    }

    private static void refuses(TokenVerifier verifier, String token, String reason) {
        assertThat(verifier.check(token)).isInstanceOfSatisfying(TokenVerdict.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(ErrorCode.LOGIN_REFUSED);
            assertThat(refused.reason()).contains(reason).doesNotContain(SECRET);
        });
    }

    private static TokenVerdict accepted(String name, String... roles) {
        return new TokenVerdict.Accepted(Identity.user(name, Set.of(roles), LATER.plusSeconds(60), Optional.empty()));
    }

    private static String typed(String type) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256)
                        .type(new JOSEObjectType(type))
                        .build(),
                claims().build());
        token.sign(new MACSigner(SECRET));
        return token.serialize();
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder().subject("anna").expirationTime(Date.from(LATER));
    }

    private static Date secondsFromNow(long seconds) {
        return Date.from(NOW.plusSeconds(seconds));
    }

    private static String signed(String claims) {
        return signed(HEADER, claims.getBytes(StandardCharsets.UTF_8));
    }

    private static String signed(byte[] header, byte[] claims) {
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return signedText(encoder.encodeToString(header) + "." + encoder.encodeToString(claims));
    }

    /** Signs without the library, which would write another text. */
    private static String signedText(String input) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HMAC"));
            byte[] signature = mac.doFinal(input.getBytes(StandardCharsets.UTF_8));
            return input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String signed(JWTClaimsSet.Builder claims) {
        return signed(JWSAlgorithm.HS256, SECRET, claims);
    }

    private static String signed(JWSAlgorithm algorithm, String secret, JWTClaimsSet.Builder claims) {
        try {
            return signed(algorithm, new MACSigner(secret), claims);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String signed(JWSAlgorithm algorithm, JWSSigner signer, JWTClaimsSet.Builder claims) {
        try {
            SignedJWT token = new SignedJWT(new JWSHeader(algorithm), claims.build());
            token.sign(signer);
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TokenVerifier verifier(Map<String, String> others) {
        Map<String, String> properties = new HashMap<>(others);
        properties.put("parley.token.secret", SECRET);
        return new TokenVerifier(settings(properties), InstantSource.fixed(NOW), System::nanoTime, Thread::new);
    }

    private static Settings settings(Map<String, String> properties) {
        return Settings.read(new SettingSource(properties, Map.of(), Map.of()));
    }
}
