package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.closed;
import static dev.parley.acceptance.hostile.peer.Answer.http;
import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.peer.Jws.AUDIENCE;
import static dev.parley.acceptance.hostile.peer.Jws.HS256;
import static dev.parley.acceptance.hostile.peer.Jws.ISSUER;
import static dev.parley.acceptance.hostile.peer.Jws.claims;
import static dev.parley.acceptance.hostile.peer.Jws.in;
import static dev.parley.acceptance.hostile.peer.Jws.signed;
import static dev.parley.acceptance.hostile.peer.Jws.unsigned;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Tokens;
import jakarta.json.JsonString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tokens that must be refused (RFC 8725), each in the header of the handshake and in a {@code login}. */
public final class TokenRows {
    private static final String SUB = "\"sub\":\"hostile-token\"";
    private static final String ANOTHER_SECRET = "another secret, as long as the first one is";

    private TokenRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        Map<String, String> tokens = new LinkedHashMap<>(bySignatures());
        tokens.putAll(byHeaders());
        tokens.putAll(byClaims());
        tokens.putAll(byUsers());
        tokens.putAll(byTimes());
        tokens.putAll(byForms());
        tokens.putAll(byCharacters());
        tokens.putAll(byTexts());
        tokens.forEach((name, token) -> rows.addAll(both(name, token, "login_refused", 4501)));
        rows.addAll(both(
                "expired a minute ago",
                signed(HS256, Jws.body("\"exp\":" + in(-61), SUB, iss(ISSUER), aud(AUDIENCE))),
                "token_expired",
                4003));
        rows.addAll(both(
                "expired in 1970",
                signed(HS256, Jws.body("\"exp\":1", SUB, iss(ISSUER), aud(AUDIENCE))),
                "token_expired",
                4003));
        rows.add(new Row("unknown roles give no right", TokenRows::unknownRoles, seen("forbidden, root superuser")));
        rows.add(new Row("roles of the wrong kind give no role", TokenRows::rolesOfTheWrongKind, seen("0 roles")));
        rows.add(new Row(
                "no token but another user's name",
                node -> unsignedLogin(node, "root"),
                Answer.told("login_required")));
        rows.add(new Row(
                "good token with another user's name", TokenRows::namedAsAnother, closed(4501, "login_refused")));
        rows.add(new Row(
                "token of another user on an open session", TokenRows::turncoat, closed(4501, "login_refused")));
        rows.add(new Row(
                "token of a fast clock after its revocation", TokenRows::revoked, closed(4505, "login_refused")));
        rows.addAll(odd());
        for (String member : List.of("jku", "x5u")) {
            rows.add(new Row(
                    "keys of its own at " + member + ", which nobody fetches",
                    node -> lure(node, member),
                    Answer.http(401, "login_refused")));
        }
        return rows;
    }

    /**
     * The token names a URL for its key. A server that fetched it before answering would be in the backlog of this
     * socket.
     */
    private static Answer lure(Node node, String member) {
        try (ServerSocketChannel lure = ServerSocketChannel.open()) {
            lure.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .configureBlocking(false);
            String address = "http://127.0.0.1:" + lure.socket().getLocalPort() + "/keys";
            Answer answer = HandshakeAttempt.proper()
                    .with("Authorization", "Bearer " + foreign("\"" + member + "\":\"" + address + "\""))
                    .on(node);
            return lure.accept() == null ? answer : seen("the server went there, and then " + answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tokens that the verifying library would accept, or fail on. */
    private static List<Row> odd() {
        List<Row> rows = new ArrayList<>();
        String expNull = Jws.body("\"exp\":null", SUB, iss(ISSUER), aud(AUDIENCE));
        rows.addAll(both("exp null", signed(HS256, expNull), "login_refused", 4501));
        rows.addAll(both("sub is 5", signed(HS256, claims("\"sub\":5")), "login_refused", 4501));
        rows.addAll(both("empty crit", signed(header("\"crit\":[]"), claims(SUB)), "login_refused", 4501));
        return rows;
    }

    private static List<Row> both(String name, String token, String code, int close) {
        boolean fitsAHeader = !token.isEmpty() && token.chars().allMatch(c -> c > ' ' && c < 0x7F);
        List<Row> rows = new ArrayList<>();
        if (fitsAHeader) {
            rows.add(new Row(
                    "token in the handshake: " + name,
                    HandshakeAttempt.proper().with("Authorization", "Bearer " + token),
                    http(401, code)));
        }
        rows.add(new Row("token in a login: " + name, node -> login(node, token), closed(close, code)));
        return rows;
    }

    private static Answer login(Node node, String token) {
        try (Peer peer = node.upgraded("/chat")) {
            return peer.text("{\"type\":\"login\",\"token\":\"" + token + "\"}").answer(1);
        }
    }

    private static Map<String, String> bySignatures() {
        String good = Jws.good("hostile-token", "user");
        String payload = claims(SUB);
        String input = good.substring(0, good.lastIndexOf('.'));
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put("signature stripped", input + ".");
        tokens.put("signature and its dot stripped", input);
        tokens.put("signature of another secret", signed(HS256, payload, ANOTHER_SECRET));
        tokens.put(
                "signature of another token",
                unsigned(HS256, claims("\"sub\":\"root\"")) + good.substring(good.lastIndexOf('.')));
        tokens.put("signature cut short", good.substring(0, good.length() - 4));
        tokens.put("signature with more behind it", good + "AAAA");
        tokens.put(
                "signature by SHA-512 under the name of HS256",
                input + "." + Jws.mac("HmacSHA512", Tokens.SECRET, input));
        tokens.put(
                "payload tampered with",
                signed(HS256, payload).replace(encoded(payload), encoded(claims("\"sub\":\"root\""))));
        tokens.put("one bit of the payload flipped", good.replaceFirst("\\.ey", ".ez"));
        return tokens;
    }

    private static String encoded(String claims) {
        return Jws.base64(claims.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> byHeaders() {
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String none : List.of("none", "None", "NONE", "nOnE", "none ", "")) {
            String header = "{\"alg\":\"" + none + "\"}";
            tokens.put("alg '" + none + "' without a signature", unsigned(header, claims(SUB)) + ".");
            tokens.put("alg '" + none + "' with a signature", signed(header, claims(SUB)));
        }
        for (String alg : List.of("RS256", "ES256", "PS256", "EdDSA", "HS1", "hs256", "dir")) {
            tokens.put("alg " + alg + " with a signature by HMAC", signed("{\"alg\":\"" + alg + "\"}", claims(SUB)));
        }
        tokens.put("no alg", signed("{\"typ\":\"JWT\"}", claims(SUB)));
        tokens.put("alg null", signed("{\"alg\":null}", claims(SUB)));
        tokens.put("alg is a number", signed("{\"alg\":256}", claims(SUB)));
        tokens.put("alg is a list", signed("{\"alg\":[\"HS256\"]}", claims(SUB)));
        tokens.put("alg twice", signed("{\"alg\":\"none\",\"alg\":\"HS256\"}", claims(SUB)));
        String jwk = "{\"kty\":\"oct\",\"k\":\"" + Jws.base64(ANOTHER_SECRET.getBytes(StandardCharsets.UTF_8)) + "\"}";
        tokens.put("key of its own in jwk", foreign("\"jwk\":" + jwk));
        tokens.put("kid with a path", foreign("\"kid\":\"../../../../dev/null\""));
        tokens.put("kid with SQL", foreign("\"kid\":\"x' UNION SELECT 'key\""));
        tokens.put(
                "kid with a path, signed by an empty file's text",
                signed(header("\"kid\":\"/dev/null\""), claims(SUB), "\0"));
        tokens.put("unknown crit", signed(header("\"crit\":[\"mustknow\"],\"mustknow\":1"), claims(SUB)));
        tokens.put("crit is no list", signed(header("\"crit\":\"exp\""), claims(SUB)));
        tokens.put(
                "payload that is not in base64 (b64)", signed(header("\"b64\":false,\"crit\":[\"b64\"]"), claims(SUB)));
        return tokens;
    }

    private static String header(String more) {
        return "{\"alg\":\"HS256\"," + more + "}";
    }

    private static String foreign(String more) {
        return signed(header(more), claims(SUB), ANOTHER_SECRET);
    }

    private static Map<String, String> byClaims() {
        String exp = "\"exp\":" + in(3_600);
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put("not valid yet", signed(HS256, claims(SUB, "\"nbf\":" + in(3_600))));
        tokens.put("nbf is a word", signed(HS256, claims(SUB, "\"nbf\":\"tomorrow\"")));
        tokens.put("no exp", signed(HS256, Jws.body(SUB, iss(ISSUER), aud(AUDIENCE))));
        tokens.put("exp is a word", signed(HS256, Jws.body("\"exp\":\"never\"", SUB, iss(ISSUER), aud(AUDIENCE))));
        tokens.put("exp is a list", signed(HS256, Jws.body("\"exp\":[9999999999]", SUB, iss(ISSUER), aud(AUDIENCE))));
        tokens.put("another audience", signed(HS256, Jws.body(exp, SUB, iss(ISSUER), aud("others"))));
        tokens.put("audience in upper case", signed(HS256, Jws.body(exp, SUB, iss(ISSUER), aud("PARLEY"))));
        tokens.put("other audiences", signed(HS256, Jws.body(exp, SUB, iss(ISSUER), "\"aud\":[\"a\",\"b\"]")));
        tokens.put("no audience", signed(HS256, Jws.body(exp, SUB, iss(ISSUER))));
        tokens.put("another issuer", signed(HS256, Jws.body(exp, SUB, iss("https://evil.example"), aud(AUDIENCE))));
        tokens.put("issuer with a slash more", signed(HS256, Jws.body(exp, SUB, iss(ISSUER + "/"), aud(AUDIENCE))));
        tokens.put(
                "issuers in a list", signed(HS256, Jws.body(exp, SUB, "\"iss\":[\"" + ISSUER + "\"]", aud(AUDIENCE))));
        tokens.put("no issuer", signed(HS256, Jws.body(exp, SUB, aud(AUDIENCE))));
        tokens.put("sub twice", signed(HS256, claims(SUB, "\"sub\":\"root\"")));
        tokens.put("exp twice", signed(HS256, claims(SUB, "\"exp\":9999999999")));
        return tokens;
    }

    /** Numbers that overflow when seconds are converted to milliseconds. */
    private static Map<String, String> byTimes() {
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String time : List.of(
                "1e300",
                "-1e300",
                "1e400",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775807.5",
                "1e19",
                "-1")) {
            tokens.put("nbf " + time, signed(HS256, claims(SUB, "\"nbf\":" + time)));
            tokens.put("iat " + time, signed(HS256, claims(SUB, "\"iat\":" + time)));
            tokens.put("exp " + time, signed(HS256, Jws.body("\"exp\":" + time, SUB, iss(ISSUER), aud(AUDIENCE))));
        }
        return tokens;
    }

    /** Invalid UTF-8, and escapes that are not characters. */
    private static Map<String, String> byCharacters() {
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String hex : List.of("c0af", "e080af", "c080", "eda080", "f4908080", "e4", "ff")) {
            String bytes = new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
            tokens.put("sub in the bytes " + hex, Jws.signedBytes(HS256, claims("\"sub\":\"anna" + bytes + "\"")));
            tokens.put(
                    "other claim in the bytes " + hex, Jws.signedBytes(HS256, claims(SUB, "\"x\":\"" + bytes + "\"")));
            tokens.put("header in the bytes " + hex, Jws.signedBytes(header("\"x\":\"" + bytes + "\""), claims(SUB)));
        }
        for (String escape : List.of("\\ud800", "\\ude00\\ud83d", "\\u0000")) {
            tokens.put("role '" + escape + "'", signed(HS256, claims(SUB, "\"roles\":[\"user" + escape + "\"]")));
            tokens.put("other claim '" + escape + "'", signed(HS256, claims(SUB, "\"x\":{\"y\":\"" + escape + "\"}")));
            tokens.put("claim named '" + escape + "'", signed(HS256, claims(SUB, "\"x" + escape + "\":1")));
            tokens.put("header '" + escape + "'", signed(header("\"x\":\"" + escape + "\""), claims(SUB)));
        }
        return tokens;
    }

    /** A valid token with a non-canonical encoding. */
    private static Map<String, String> byTexts() {
        String good = Jws.good("hostile-token", "user");
        String payload = Jws.unsigned(HS256, claims(SUB));
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put("with padding", good + "=");
        tokens.put("with padding behind each part", good.replace(".", "=.") + "=");
        tokens.put("with white space before it", " " + good);
        tokens.put("with a tab behind it", good + "\\t");
        tokens.put("with a line end in it", good.replaceFirst("\\.", ".\\\\r\\\\n"));
        tokens.put("with a character that is skipped", good.replaceFirst("\\.", "!."));
        tokens.put("with other last bits", lastBitFlipped(good));
        tokens.put("signed with padding", Jws.signedInput(payload + "=", Tokens.SECRET));
        tokens.put("signed with a character that is skipped", Jws.signedInput(payload + "*", Tokens.SECRET));
        return tokens;
    }

    /** Flips the last bit of a token. The 256 bits of a signature leave two bits of the last character unused. */
    public static String lastBitFlipped(String jws) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        int last = jws.length() - 1;
        return jws.substring(0, last) + alphabet.charAt(alphabet.indexOf(jws.charAt(last)) ^ 1);
    }

    /** A revoked token from an issuer whose clock is ahead by nearly the permitted skew. */
    private static Answer revoked(Node node) {
        String user = Node.newUser();
        String token = signed(HS256, claims("\"sub\":\"" + user + "\"", "\"iat\":" + in(50)));
        try (Peer peer = node.upgraded("/chat")) {
            peer.text("{\"type\":\"login\",\"token\":\"" + token + "\"}").next("welcome");
            int status = node.post("/api/users/" + user + "/revocation", Jws.good("hostile-admin", "admin"))
                    .status();
            Answer ending = peer.ending();
            return status == 204 && ending.equals(closed(4505)) ? login(node, token) : seen(status + ", " + ending);
        }
    }

    private static String iss(String issuer) {
        return "\"iss\":\"" + issuer + "\"";
    }

    private static String aud(String audience) {
        return "\"aud\":\"" + audience + "\"";
    }

    private static Map<String, String> byUsers() {
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put("no sub", signed(HS256, claims()));
        for (String sub : List.of("null", "true", "{}", "[\"root\"]")) {
            tokens.put("sub is " + sub, signed(HS256, claims("\"sub\":" + sub)));
        }
        for (String name : List.of(
                "",
                "   ",
                " root",
                "root ",
                "ro\\u202eot",
                "ro\\u2066ot",
                "ro\\u200bot",
                "\\ufeffroot",
                "ro\\u00adot",
                "ro\\u0000ot",
                "ro\\not",
                "ro\\u001b[2Jot",
                "\\ud800",
                "\\u3164",
                "\\ue000",
                "\\udb40\\udc41root")) {
            tokens.put("sub '" + name + "'", signed(HS256, claims("\"sub\":\"" + name + "\"")));
        }
        tokens.put("sub of 65 characters", signed(HS256, claims("\"sub\":\"" + "n".repeat(65) + "\"")));
        return tokens;
    }

    private static Map<String, String> byForms() {
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put("none at all", "");
        tokens.put("nonsense", "nonsense");
        tokens.put("dots", "..");
        tokens.put("five parts", "a.b.c.d.e");
        tokens.put("header that is no JSON", signed("nonsense", claims(SUB)));
        tokens.put("payload that is no JSON", signed(HS256, "nonsense"));
        tokens.put("payload that is a list", signed(HS256, "[" + claims(SUB) + "]"));
        tokens.put("payload 2,500 deep", signed(HS256, claims(SUB, "\"x\":" + "[".repeat(2_500) + "]".repeat(2_500))));
        tokens.put("longer than 8 KiB", signed(HS256, claims(SUB, "\"x\":\"" + "x".repeat(8 * 1024) + "\"")));
        tokens.put("a token in a token", signed("{\"alg\":\"HS256\",\"cty\":\"JWT\"}", Jws.good("hostile-token")));
        return tokens;
    }

    private static Answer unknownRoles(Node node) {
        try (Peer peer = node.upgraded("/chat")) {
            peer.text("{\"type\":\"login\",\"token\":\"" + Jws.good("hostile-roles", "root", "superuser") + "\"}");
            List<String> roles = peer.next("welcome").getJsonArray("roles").getValuesAs(JsonString::getString);
            peer.text("{\"type\":\"notification\",\"content\":\"x\",\"id\":\"n\"}");
            return seen(peer.next("error").getString("code") + ", " + String.join(" ", roles));
        }
    }

    private static Answer rolesOfTheWrongKind(Node node) {
        try (Peer peer = node.upgraded("/chat")) {
            String token = signed(HS256, claims("\"sub\":\"hostile-roles\"", "\"roles\":{\"admin\":true}"));
            peer.text("{\"type\":\"login\",\"token\":\"" + token + "\"}");
            return seen(peer.next("welcome").getJsonArray("roles").size() + " roles");
        }
    }

    private static Answer unsignedLogin(Node node, String name) {
        try (Peer peer = node.upgraded("/chat")) {
            return peer.text("{\"type\":\"login\",\"username\":\"" + name + "\"}")
                    .answer(1);
        }
    }

    private static Answer namedAsAnother(Node node) {
        try (Peer peer = node.upgraded("/chat")) {
            String token = Jws.good("hostile-token", "user");
            return peer.text("{\"type\":\"login\",\"username\":\"root\",\"token\":\"" + token + "\"}")
                    .answer(1);
        }
    }

    private static Answer turncoat(Node node) {
        try (Peer peer = node.signedIn()) {
            return peer.text("{\"type\":\"login\",\"token\":\"" + Jws.good("root", "admin") + "\"}")
                    .answer(1);
        }
    }
}
