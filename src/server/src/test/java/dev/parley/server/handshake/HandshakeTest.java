package dev.parley.server.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.OwnTicketUses;
import dev.parley.server.auth.RecordingLog;
import dev.parley.server.auth.TicketKey;
import dev.parley.server.auth.TicketKeys;
import dev.parley.server.auth.Tickets;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.http.Problem;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TestSession;
import jakarta.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
    private static final Identity ANNA =
            Identity.user("anna", Set.of("notify"), Instant.parse("2030-01-01T00:00:00Z"), Optional.empty());

    private static final String OWN = "http://localhost:8080";
    private static final String SUBPROTOCOL = "Sec-WebSocket-Protocol";

    private boolean isDraining;
    private final Sessions sessions = new Sessions(new Sessions.Caps(3, 0, 2));
    private final ManualClock clock = new ManualClock();
    private final AtomicInteger names = new AtomicInteger();
    private final Tickets tickets = new Tickets(
            new TicketKeys(TicketKey.random()),
            new OwnTicketUses(clock),
            () -> "ticket-" + names.incrementAndGet(),
            clock);
    private final Credentials credentials =
            new Credentials(HandshakeTest::verdict, tickets, verdict -> verdict, new FailedAttempts(clock));
    private final Handshake handshake = handshake(false);

    private Handshake handshake(boolean isCredentialRequired) {
        return handshake(new Handshake.Rules(isCredentialRequired, true));
    }

    private Handshake handshake(Handshake.Rules rules) {
        return handshake(rules, 0);
    }

    /** @param admitted connections a second; 0 for no limit */
    private Handshake handshake(Handshake.Rules rules, int admitted) {
        return new Handshake(
                new AllowedOrigins(List.of("self"), false),
                credentials,
                rules,
                sessions,
                () -> isDraining,
                new Admission(admitted, clock, new Random(1)));
    }

    private static TokenVerdict verdict(String token) {
        return switch (token) {
            case "good" -> new TokenVerdict.Accepted(ANNA);
            case "old" -> new TokenVerdict.Refused(ErrorCode.TOKEN_EXPIRED, "It has expired.");
            case "later" -> new TokenVerdict.Unknown("The keys are not there.");
            default -> new TokenVerdict.Refused(ErrorCode.LOGIN_REFUSED, "It is no token.");
        };
    }

    @Test
    void plainRequestIsAdmittedWithItsAddressOnly() {
        assertThat(handshake.decide(request().build()))
                .isEqualTo(new Handshake.Verdict.Admitted(new HandshakeResult(Optional.empty(), "192.0.2.1")));
    }

    @Test
    void credentialMayBeRequired() {
        Handshake strict = handshake(true);

        Problem problem = ((Handshake.Verdict.Refused) strict.decide(request().build())).problem();
        assertThat(problem.status()).isEqualTo(401);
        assertThat(problem.code()).isEqualTo("login_required");
        assertThat(problem.headers()).containsEntry("WWW-Authenticate", "Bearer");
        assertThat(strict.decide(request().with("Authorization", "Bearer good").build()))
                .isEqualTo(new Handshake.Verdict.Admitted(new HandshakeResult(Optional.of(ANNA), "192.0.2.1")));
    }

    @Test
    void requestThatIsNoHandshakeTellsWhetherACredentialIsRequired() {
        Request request = request().method("POST").with("Upgrade");

        assertThat(refusal(handshake(true), request).status()).isEqualTo(401);
        assertThat(refusal(request).status()).isEqualTo(405);
        assertThat(refusal(handshake(true), request.with("Origin", "http://evil.example"))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void broughtCredentialIsJudgedAsEverWhereOneIsRequired() {
        Handshake strict = handshake(true);
        String ticket = "ticket=" + ticket(Optional.empty());

        assertThat(refusal(strict, request().query(ticket).with("Upgrade")).status())
                .isEqualTo(426);
        assertThat(refusal(strict, request().query("token=good")).status()).isEqualTo(400);
        assertThat(strict.decide(request().query(ticket).build())).isInstanceOf(Handshake.Verdict.Admitted.class);
        assertThat(strict.decide(request()
                        .with("Sec-WebSocket-Protocol", "parley.v1, bearer.good")
                        .build()))
                .isInstanceOf(Handshake.Verdict.Admitted.class);
    }

    private void connected(Optional<Identity> credential) {
        TestSession session = TestSession.on(RecordingTransport.completing());
        credential.ifPresent(session::credential);
        sessions.add(session.open());
    }

    private Problem refusal(HandshakeRequest request) {
        return ((Handshake.Verdict.Refused) handshake.decide(request)).problem();
    }

    @Test
    void unsignedConnectionsOfAnAddressAreBounded() {
        connected(Optional.empty());
        connected(Optional.empty());
        Problem problem = refusal(request().build());
        assertThat(problem.status()).isEqualTo(429);
        assertThat(problem.headers()).containsKey("Retry-After");
        assertThat(handshake.decide(
                        request().with("Authorization", "Bearer good").build()))
                .as("who does is no stranger")
                .isInstanceOf(Handshake.Verdict.Admitted.class);
    }

    @Test
    void fullNodeRefusesConnections() {
        for (int i = 0; i < 3; i++) {
            connected(Optional.of(ANNA));
        }
        Problem problem = refusal(request().with("Authorization", "Bearer good").build());
        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.headers()).containsKey("Retry-After");
    }

    @Test
    void guessesAreLimitedAndValidTokensAreNot() {
        HandshakeRequest guess = request().with("Authorization", "Bearer bad").build();
        int guesses = 0;
        while (refusal(guess).status() == 401) {
            assertThat(++guesses).isLessThan(1_000);
        }
        assertThat(refusal(guess).status()).isEqualTo(429);
        assertThat(refusal(guess).headers()).containsKey("Retry-After");
        assertThat(handshake.decide(
                        request().with("Authorization", "Bearer good").build()))
                .isInstanceOf(Handshake.Verdict.Admitted.class);
        clock.advance(Duration.ofSeconds(1));
        for (int i = 0; i < 20; i++) {
            assertThat(refusal(guess).status()).isEqualTo(401);
        }
        assertThat(refusal(guess).status()).as("of 20 a second").isEqualTo(429);
    }

    @Test
    void uncheckableTokensCountAsFailedAttempts() {
        HandshakeRequest unknown =
                request().with("Authorization", "Bearer later").build();
        assertThat(refusal(unknown).headers()).containsEntry("Retry-After", "10");
        int attempts = 0;
        while (refusal(unknown).status() == 503) {
            assertThat(++attempts).isLessThan(1_000);
        }
        assertThat(refusal(unknown).status()).isEqualTo(429);
    }

    @Test
    void guessesOverHttpCountForTheAddressAndAreLoggedOnce() {
        try (RecordingLog log = RecordingLog.of(FailedAttempts.class)) {
            int guesses = 0;
            String neighbour = "2001:db8::1";
            while (problem(credentials.ofToken(neighbour, List.of("Bearer bad"), ""))
                            .status()
                    == 401) {
                assertThat(++guesses).isLessThan(1_000);
            }
            int others = 0;
            for (int i = 2; i < 10; i++) {
                String address = "2001:db8::" + i;
                while (problem(credentials.ofTokenOrTicket(address, List.of(), "ticket=bad", origin -> true))
                                .status()
                        == 401) {
                    others++;
                }
            }
            // On a slow machine the limiter refills some guesses in the meantime.
            assertThat(others).as("guesses left to others of one /64").isLessThan(guesses / 4);
            assertThat(credentials.ofToken(neighbour, List.of(), "")).isEqualTo(new Credentials.Verdict.Nobody());
            assertThat(credentials.ofToken(neighbour, List.of("Bearer good"), ""))
                    .isEqualTo(new Credentials.Verdict.Known(ANNA));
            assertThat(refusal(request().with("Authorization", "Bearer bad").build())
                            .status())
                    .as("from elsewhere")
                    .isEqualTo(401);
            assertThat(log.lines()).singleElement().asString().contains("2001:db8:0:0:0:0:0:0/64");
        }
    }

    private static Problem problem(Credentials.Verdict verdict) {
        return ((Credentials.Verdict.Refused) verdict).problem();
    }

    @Test
    void problemKeepsItsHeaders() {
        assertThat(Problem.ofStatus(503)
                        .with("Retry-After", "2")
                        .with("Allow", "GET")
                        .headers())
                .containsOnly(Map.entry("Retry-After", "2"), Map.entry("Allow", "GET"));
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                // The origin is checked first: a page of another origin learns nothing else.
                row(403, "forbidden", request().with("Origin", "http://evil.com")),
                row(403, "forbidden", request().with("Origin", "http://localhost:8080", "http://localhost:8080")),
                row(403, "forbidden", request().with("Origin", "null")),
                row(403, "forbidden", request().with("Origin", "")),
                row(403, "forbidden", request().with("Origin", "about:blank")),
                row(
                        403,
                        "forbidden",
                        request().with("Origin", "http://evil.com").method("POST")),
                row(
                        403,
                        "forbidden",
                        request().with("Origin", "http://evil.com").with("Sec-WebSocket-Key", "abc")),
                row(
                        403,
                        "forbidden",
                        request().with("Origin", "http://evil.com").query("token=good")),
                row(
                        403,
                        "forbidden",
                        request().with("Origin", "http://evil.com").with("Authorization", "Bearer bad")),
                row(405, "bad_message", request().method("POST")),
                row(405, "bad_message", request().method("get")),
                row(405, "bad_message", request().method("HEAD")),
                row(426, "bad_message", request().with("Upgrade")),
                row(426, "bad_message", request().with("Upgrade", "h2c")),
                row(426, "bad_message", request().with("Connection")),
                row(426, "bad_message", request().with("Connection", "keep-alive")),
                row(426, "bad_message", request().with("Sec-WebSocket-Version")),
                row(426, "bad_message", request().with("Sec-WebSocket-Version", "8")),
                row(426, "bad_message", request().with("Sec-WebSocket-Version", "13", "13")),
                row(400, "bad_message", request().with("Sec-WebSocket-Key")),
                row(400, "bad_message", request().with("Sec-WebSocket-Key", "")),
                row(400, "bad_message", request().with("Sec-WebSocket-Key", "abc")),
                row(400, "bad_message", request().with("Sec-WebSocket-Key", "not base64 at all, 24 c!")),
                row(400, "bad_message", request().with("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
                row(400, "bad_message", request().with("Sec-WebSocket-Key", KEY, KEY)),
                row(400, "bad_message", request().with("Sec-WebSocket-Key", KEY.replace("=", ""))),
                row(400, "bad_message", request().protocol("HTTP/1.0")),
                row(400, "bad_message", request().protocol("HTTP/0.9")),
                row(400, "bad_message", request().with("Content-Length", "5")),
                row(400, "bad_message", request().with("Content-Length", "0", "5")),
                row(400, "bad_message", request().with("Transfer-Encoding", "chunked")),
                row(400, "bad_message", request().with("Transfer-Encoding", "")),
                row(400, "bad_message", request().with("X-Any", "a\0b")),
                row(400, "bad_message", request().with("X-Any", "fine", "a\rb")),
                row(400, "bad_message", request().with("X-Any", "a\u007Fb")),
                row(400, "bad_message", request().with("Sec-WebSocket-Protocol", "parley.v1, parley.v1")),
                row(400, "bad_message", request().with("Sec-WebSocket-Protocol", "\"parley.v1\"")),
                row(400, "bad_message", request().with("Sec-WebSocket-Protocol", "parley.v1 other")),
                row(400, "bad_message", request().with("Sec-WebSocket-Protocol", "parley.v1\tother")),
                row(400, "bad_message", request().with("Sec-WebSocket-Protocol", "pärley")),
                row(400, "bad_message", request().query("token=good")),
                row(400, "bad_message", request().query("a=b&token=good")),
                row(400, "bad_message", request().query("token")),
                row(400, "bad_message", request().query("TOKEN=good")),
                row(400, "bad_message", request().query("%74oken=good")),
                row(400, "bad_message", request().query("t%6Fke%6e=good")),
                row(401, "login_refused", request().with("Authorization", "Bearer bad")),
                row(401, "login_refused", request().with("Authorization", "Basic Z29vZA==")),
                row(401, "login_refused", request().with("Authorization", "good")),
                row(401, "login_refused", request().with("Authorization", "Bearer")),
                row(401, "login_refused", request().with("Authorization", "Bearer good good")),
                row(401, "login_refused", request().with("Authorization", "")),
                row(401, "login_refused", request().with("Authorization", "Bearer good", "Bearer good")),
                row(401, "login_refused", request().with("Sec-WebSocket-Protocol", "bearer.bad")),
                row(401, "login_refused", request().with("Sec-WebSocket-Protocol", "bearer.")),
                row(401, "login_refused", request().with("Sec-WebSocket-Protocol", "bearer.good, bearer.good")),
                row(
                        401,
                        "login_refused",
                        request().with("Authorization", "Bearer good").with("Sec-WebSocket-Protocol", "bearer.good")),
                row(401, "token_expired", request().with("Authorization", "Bearer old")),
                row(401, "token_expired", request().with("Sec-WebSocket-Protocol", "parley.v1, bearer.old")));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void malformedRequestIsRefusedWithAStatusAndACode(int status, String code, Request request) {
        Problem problem = refusal(request);

        assertThat(problem.status()).isEqualTo(status);
        assertThat(problem.code()).isEqualTo(code);
        assertThat(problem.detail()).endsWith(".");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer good", "bearer good", "BEARER   good "})
    void aTokenMayComeInTheAuthorizationHeader(String header) {
        assertThat(credential(request().with("Authorization", header))).contains(ANNA);
    }

    @Test
    void tokenMayBeASubprotocolInASplitHeaderOrNot() {
        assertThat(credential(request().with("Sec-WebSocket-Protocol", "parley.v1, bearer.good")))
                .contains(ANNA);
        assertThat(credential(request().with("Sec-WebSocket-Protocol", "parley.v1", "bearer.good")))
                .contains(ANNA);
    }

    @Test
    void headersAreReadSplitOrNot() {
        assertThat(credential(request().with("Connection", "keep-alive, Upgrade")))
                .isEmpty();
        assertThat(credential(request().with("Connection", "keep-alive", "upgrade")))
                .isEmpty();
        assertThat(credential(request().with("Upgrade", "WebSocket"))).isEmpty();
    }

    @Test
    void unusualButValidRequestIsAdmitted() {
        assertThat(credential(request().with("Content-Length", "0"))).isEmpty();
        assertThat(credential(request().with("X-Any", "tab\tand naïve"))).isEmpty();
        assertThat(credential(request().with("Sec-WebSocket-Protocol", "parley.v1, ,other")))
                .isEmpty();
        assertThat(credential(request().protocol("HTTP/2"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tokens=1", "a=token", "a=b&c", "%zz=1", "&&", "tickets=x", "a=ticket"})
    void queryWithoutATokenIsIgnored(String query) {
        assertThat(credential(request().query(query))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ticket=%s", "a=b&ticket=%s", "%%74icket=%s", "TICKET=%s&c"})
    void aTicketIsACredential(String query) {
        assertThat(credential(request().query(query.formatted(ticket(Optional.empty())))))
                .contains(ANNA);
    }

    @Test
    void ticketIsValidForOneHandshake() {
        Request request = page().query("ticket=" + ticket(Optional.of(OWN)));

        assertThat(credential(request)).contains(ANNA);
        assertThat(explanation(request).error().message()).contains("has been used");
        Request elsewhere = request().query("ticket=" + ticket(Optional.empty()));
        assertThat(credential(elsewhere)).contains(ANNA);
        assertThat(refusal(elsewhere).status()).isEqualTo(401);
        assertThat(refusal(elsewhere).code()).isEqualTo("login_refused");
    }

    @Test
    void ticketIsBoundToItsOriginOrToNone() {
        assertThat(refusal(request().query("ticket=" + ticket(Optional.of(OWN))))
                        .code())
                .isEqualTo("login_refused");
        assertThat(explanation(page().query("ticket=" + ticket(Optional.empty())))
                        .error()
                        .code())
                .isEqualTo("login_refused");
    }

    static Stream<Arguments> explanations() {
        return Stream.of(
                explained(CloseCode.LOGIN_REFUSED, "bad_message", page().query("token=good")),
                explained(CloseCode.LOGIN_REFUSED, "bad_message", page().query("TOKEN=&ticket=x")),
                explained(CloseCode.LOGIN_REFUSED, "login_refused", page().with(SUBPROTOCOL, "parley.v1, bearer.bad")),
                explained(CloseCode.LOGIN_REFUSED, "login_refused", page().with(SUBPROTOCOL, "bearer.")),
                explained(
                        CloseCode.LOGIN_REFUSED, "login_refused", page().with(SUBPROTOCOL, "bearer.good, bearer.good")),
                explained(CloseCode.LOGIN_REFUSED, "login_refused", page().query("ticket=x&ticket=y")),
                explained(
                        CloseCode.LOGIN_REFUSED,
                        "login_refused",
                        page().query("ticket=x").with(SUBPROTOCOL, "parley.v1, bearer.good")),
                explained(CloseCode.TOKEN_EXPIRED, "token_expired", page().with(SUBPROTOCOL, "bearer.old")),
                // The key of tickets is another one after a restart, so a new ticket may be good.
                explained(CloseCode.TOKEN_EXPIRED, "login_refused", page().query("ticket=x")),
                explained(CloseCode.TOKEN_EXPIRED, "login_refused", page().query("ticket")),
                explained(CloseCode.TRY_AGAIN_LATER, "internal", page().with(SUBPROTOCOL, "bearer.later")));
    }

    @ParameterizedTest
    @MethodSource("explanations")
    void pageIsToldWhyItsCredentialIsRefused(CloseCode closeCode, String code, Request request) {
        HandshakeResult.Refusal told = explanation(request);

        assertThat(told.code()).isEqualTo(closeCode);
        assertThat(told.error().code()).isEqualTo(code);
        assertThat(told.error().id()).isEmpty();
        assertThat(told.error().message()).endsWith(".");
        assertThat(told.error().retryAfter().isPresent()).isEqualTo(closeCode == CloseCode.TRY_AGAIN_LATER);
    }

    @ParameterizedTest
    @MethodSource("explanations")
    void othersGetAnHttpAnswer(CloseCode closeCode, String code, Request request) {
        int status = closeCode == CloseCode.TRY_AGAIN_LATER ? 503 : code.equals("bad_message") ? 400 : 401;

        assertThat(refusal(handshake(new Handshake.Rules(false, false)), request)
                        .status())
                .as("where refusals are not explained")
                .isEqualTo(status);
        assertThat(refusal(handshake(true), request).status())
                .as("where a credential is required")
                .isEqualTo(status);
        assertThat(refusal(request.with("Origin")).status()).as("no page").isEqualTo(status);
        assertThat(refusal(request.with("Origin", "http://evil.com")).status())
                .as("a foreign page")
                .isEqualTo(403);
    }

    @Test
    void clientWithAnAuthorizationHeaderGetsAnHttpAnswer() {
        assertThat(refusal(page().with("Authorization", "Bearer bad")).status()).isEqualTo(401);
        assertThat(refusal(page().with("Authorization", "Bearer good").query("ticket=x"))
                        .status())
                .isEqualTo(401);
        assertThat(refusal(page().with("Authorization", "").query("token=x")).status())
                .isEqualTo(400);
    }

    @Test
    void expiredTicketIsExplained() {
        String ticket = ticket(Optional.of(OWN));
        clock.advance(Tickets.LIFETIME);

        HandshakeResult.Refusal told = explanation(page().query("ticket=" + ticket));

        assertThat(told.code()).isEqualTo(CloseCode.TOKEN_EXPIRED);
        assertThat(told.error().code()).isEqualTo("token_expired");
        assertThat(told.error().message()).isEqualTo("The ticket has expired. Ask for a new one for each attempt.");
    }

    @Test
    void explanationsCountAsFailedAttempts() {
        Request guess = page().query("ticket=bad");
        int guesses = 0;
        while (handshake.decide(guess.build()) instanceof Handshake.Verdict.Explained) {
            assertThat(++guesses).isLessThan(1_000);
        }
        assertThat(guesses).isGreaterThan(100);
        assertThat(refusal(guess).status()).isEqualTo(429);
        assertThat(refusal(guess).headers()).containsKey("Retry-After");
    }

    @Test
    void noRefusalIsExplainedToACrowdOrByAFullNode() {
        sessions.addRefused("192.0.2.1");
        sessions.addRefused("192.0.2.1");
        assertThat(refusal(page().query("ticket=x")).status()).isEqualTo(429);
        assertThat(refusal(page()).status()).isEqualTo(429);

        sessions.addRefused("192.0.2.2");
        assertThat(refusal(page().query("ticket=x")).status()).isEqualTo(503);

        sessions.removeRefused("192.0.2.2");
        sessions.removeRefused("192.0.2.1");
        assertThat(explanation(page().query("ticket=x")).code()).isEqualTo(CloseCode.TOKEN_EXPIRED);
    }

    @Test
    void expiredTicketIsToldFromAnInvalidOne() {
        String ticket = ticket(Optional.empty());
        clock.advance(Tickets.LIFETIME);

        assertThat(refusal(request().query("ticket=" + ticket)).code()).isEqualTo("token_expired");
        assertThat(refusal(request().query("ticket=" + ticket.substring(1))).code())
                .isEqualTo("login_refused");
        assertThat(refusal(request().query("ticket")).status()).isEqualTo(401);
        assertThat(refusal(request().query("ticket=")).status()).isEqualTo(401);
        assertThat(refusal(request().query("ticket=%zz")).status()).isEqualTo(401);
    }

    @Test
    void ticketBesideAnotherCredentialIsRefusedAndStaysValid() {
        String query = "ticket=" + ticket(Optional.empty());

        for (Request two : List.of(
                request().query(query).with("Authorization", "Bearer good"),
                request().query(query).with("Sec-WebSocket-Protocol", "parley.v1, bearer.good"),
                request().query(query + "&" + query))) {
            assertThat(refusal(two).status()).isEqualTo(401);
            assertThat(refusal(two).detail()).isEqualTo("Bring one credential, not 2.");
        }
        assertThat(refusal(request().query(query + "&token=good")).status()).isEqualTo(400);
        assertThat(credential(request().query(query))).contains(ANNA);
    }

    @Test
    void handshakeThatFailsOtherwiseKeepsTheTicketValid() {
        String query = "ticket=" + ticket(Optional.empty());
        isDraining = true;
        assertThat(refusal(request().query(query)).status()).isEqualTo(503);
        isDraining = false;
        assertThat(refusal(request().query(query).method("POST")).status()).isEqualTo(405);

        assertThat(credential(request().query(query))).contains(ANNA);
    }

    @Test
    void nodeThatShutsDownRefusesWithARetry() {
        isDraining = true;

        Problem problem = refusal(request());

        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.code()).isEqualTo("try_again_later");
        assertThat(problem.headers()).containsEntry("Retry-After", "2");
    }

    @Test
    void nodeThatTakesEnoughAlreadySaysWhenToComeBackAndKeepsTheTicketValid() {
        Handshake limited = handshake(new Handshake.Rules(false, true), 1);
        String query = "ticket=" + ticket(Optional.empty());
        limited.decide(request().build());

        Problem problem = refusal(limited, request().query(query));
        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.code()).isEqualTo("try_again_later");
        assertThat(Integer.parseInt(problem.headers().get("Retry-After"))).isBetween(1, 30);

        clock.advance(Duration.ofSeconds(1));
        assertThat(limited.decide(request().query(query).build()))
                .isEqualTo(new Handshake.Verdict.Admitted(new HandshakeResult(Optional.of(ANNA), "192.0.2.1")));
    }

    @Test
    void foreignOriginLearnsNothingOfAShutdown() {
        isDraining = true;

        assertThat(refusal(request().with("Origin", "http://evil.com")).status())
                .isEqualTo(403);
    }

    @Test
    void refusalQuotesOnlyTheBeginningOfAMethod() {
        assertThat(refusal(request().method("\u009b\u202e" + "\u00a4".repeat(8_000)))
                        .detail())
                .contains("'\ufffd\ufffd" + "\u00a4".repeat(38) + "\u2026'");
    }

    @Test
    void refusalNamesWhatIsExpected() {
        assertThat(refusal(request().method("POST")).headers()).containsEntry("Allow", "GET");
        assertThat(refusal(request().with("Upgrade")).headers())
                .containsOnly(Map.entry("Upgrade", "websocket"), Map.entry("Connection", "close"));
        assertThat(refusal(request().with("Sec-WebSocket-Version", "8")).headers())
                .containsEntry("Sec-WebSocket-Version", "13");
        assertThat(refusal(request().with("Authorization", "Bearer bad")).headers())
                .containsEntry(
                        "WWW-Authenticate", "Bearer error=\"invalid_token\", error_description=\"login_refused\"");
        assertThat(refusal(request().with("Authorization", "Bearer old")).headers())
                .as("which a fresh token would mend")
                .containsEntry(
                        "WWW-Authenticate", "Bearer error=\"invalid_token\", error_description=\"token_expired\"");
    }

    @Test
    void missingTokenIsNotReportedAsInvalid() {
        assertThat(Credentials.unauthorized(ErrorCode.LOGIN_REQUIRED, "Send your token.")
                        .headers())
                .containsEntry("WWW-Authenticate", "Bearer");
    }

    @Test
    void refusalIsAProblemDocument() {
        Problem problem = refusal(request().with("Authorization", "Bearer old"));

        assertThat(problem.json())
                .isEqualTo(Json.createObjectBuilder()
                        .add("type", "about:blank")
                        .add("title", "Unauthorized")
                        .add("status", 401)
                        .add("code", "token_expired")
                        .add("detail", "It has expired.")
                        .build());
        assertThat(Problem.MEDIA_TYPE).isEqualTo("application/problem+json");
    }

    private String ticket(Optional<String> origin) {
        return tickets.issue(ANNA, origin).orElseThrow().ticket();
    }

    private Problem refusal(Request request) {
        return refusal(handshake, request);
    }

    private static Problem refusal(Handshake by, Request request) {
        return ((Handshake.Verdict.Refused) by.decide(request.build())).problem();
    }

    private HandshakeResult.Refusal explanation(Request request) {
        HandshakeResult result = ((Handshake.Verdict.Explained) handshake.decide(request.build())).handshake();
        assertThat(result.credential()).isEmpty();
        assertThat(result.address()).isEqualTo("192.0.2.1");
        return result.refusal().orElseThrow();
    }

    private Optional<Identity> credential(Request request) {
        return ((Handshake.Verdict.Admitted) handshake.decide(request.build()))
                .handshake()
                .credential();
    }

    private static Arguments explained(CloseCode closeCode, String code, Request request) {
        return Arguments.of(closeCode, code, request);
    }

    private static Arguments row(int status, String code, Request request) {
        return Arguments.of(status, code, request);
    }

    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    /** A request of a page. */
    private static Request page() {
        return request().with("Origin", OWN);
    }

    /** A client's request; each test changes one part of it. */
    private static Request request() {
        return new Request()
                .with("Upgrade", "websocket")
                .with("Connection", "Upgrade")
                .with("Sec-WebSocket-Version", "13")
                .with("Sec-WebSocket-Key", KEY);
    }

    private static final class Request {
        private final Map<String, List<String>> headers = new TreeMap<>();
        private final List<String> changes = new ArrayList<>();
        private String method = "GET";
        private String protocol = "HTTP/1.1";
        private String query = "";

        /** Sets a header; without values the header is missing. */
        Request with(String header, String... values) {
            headers.put(header.toLowerCase(Locale.ROOT), List.of(values));
            changes.add(header + "=" + List.of(values));
            return this;
        }

        Request method(String other) {
            method = other;
            changes.add(other);
            return this;
        }

        Request protocol(String other) {
            protocol = other;
            changes.add(other);
            return this;
        }

        Request query(String other) {
            query = other;
            changes.add("?" + other);
            return this;
        }

        HandshakeRequest build() {
            return new HandshakeRequest(method, protocol, OWN, "/chat", query, headers, "192.0.2.1");
        }

        @Override
        public String toString() {
            return changes.subList(4, changes.size()).toString();
        }
    }
}
