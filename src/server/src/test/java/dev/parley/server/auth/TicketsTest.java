package dev.parley.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.PlainHeader;
import com.nimbusds.jose.PlainObject;
import com.nimbusds.jose.crypto.MACSigner;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.session.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketsTest {
    private static final Optional<String> PAGE = Optional.of("https://chat.example");
    private static final Optional<String> NO_PAGE = Optional.empty();

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger names = new AtomicInteger();
    private final Tickets tickets = tickets(TicketKey.random(), 1_000);
    private final Identity anna = identity(Duration.ofHours(1));

    private Tickets tickets(TicketKey key, int usesMax) {
        return new Tickets(
                new TicketKeys(key),
                new OwnTicketUses(clock, usesMax),
                () -> "ticket-" + names.incrementAndGet(),
                clock);
    }

    private Identity identity(Duration lifetime) {
        return Identity.user(
                "安娜", Set.of("notify", "metrics"), clock.instant().plus(lifetime), Optional.of(clock.instant()));
    }

    private String ticket(Optional<String> origin) {
        return tickets.issue(anna, origin).orElseThrow().ticket();
    }

    private TokenVerdict redeem(String ticket, Optional<String> origin) {
        return tickets.redeem(ticket, origin::equals);
    }

    private ErrorCode refusal(String ticket, Optional<String> origin) {
        return ((TokenVerdict.Refused) redeem(ticket, origin)).code();
    }

    @Test
    void ticketYieldsTheIdentityThatAskedForIt() {
        assertThat(redeem(ticket(NO_PAGE), NO_PAGE)).isEqualTo(new TokenVerdict.Accepted(anna));
        assertThat(redeem(ticket(PAGE), PAGE)).isEqualTo(new TokenVerdict.Accepted(anna));
    }

    @Test
    void ticketHoldsTheRevocationThatItCameAfter() {
        Identity later = anna.after(7);
        String ticket = tickets.issue(later, NO_PAGE).orElseThrow().ticket();
        assertThat(redeem(ticket, NO_PAGE)).isEqualTo(new TokenVerdict.Accepted(later));
    }

    @Test
    void ticketIsValidOnce() {
        String ticket = ticket(PAGE);
        redeem(ticket, PAGE);

        assertThat(refusal(ticket, PAGE)).isEqualTo(ErrorCode.LOGIN_REFUSED);
    }

    @Test
    void oneOfFiftyConcurrentUsesSucceeds() throws Exception {
        String ticket = ticket(NO_PAGE);
        ExecutorService threads = Executors.newFixedThreadPool(50);
        CountDownLatch start = new CountDownLatch(1);
        try {
            List<Future<TokenVerdict>> uses = IntStream.range(0, 50)
                    .mapToObj(i -> threads.submit(() -> {
                        start.await();
                        return redeem(ticket, NO_PAGE);
                    }))
                    .toList();
            start.countDown();
            int letIn = 0;
            for (Future<TokenVerdict> use : uses) {
                letIn += use.get() instanceof TokenVerdict.Accepted ? 1 : 0;
            }
            assertThat(letIn).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void ticketExpiresAfterHalfAMinute() {
        String early = ticket(NO_PAGE);
        String late = ticket(NO_PAGE);
        assertThat(tickets.issue(anna, NO_PAGE).orElseThrow().expiresIn()).isEqualTo(Duration.ofSeconds(30));

        clock.advance(Tickets.LIFETIME.minusMillis(1));
        assertThat(redeem(early, NO_PAGE)).isInstanceOf(TokenVerdict.Accepted.class);
        clock.advance(Duration.ofMillis(1));
        assertThat(refusal(late, NO_PAGE)).isEqualTo(ErrorCode.TOKEN_EXPIRED);
    }

    @Test
    void ticketNeverOutlivesItsToken() {
        Tickets.Issued issued =
                tickets.issue(identity(Duration.ofSeconds(3)), NO_PAGE).orElseThrow();
        assertThat(issued.expiresIn()).isEqualTo(Duration.ofSeconds(3));

        clock.advance(Duration.ofSeconds(3));
        assertThat(refusal(issued.ticket(), NO_PAGE)).isEqualTo(ErrorCode.TOKEN_EXPIRED);
    }

    @Test
    void expiredTokenGetsNoTicket() {
        // The clocks may differ, so a token is accepted for some seconds after its expiry.
        assertThat(tickets.issue(identity(Duration.ZERO), NO_PAGE)).isEmpty();
        assertThat(tickets.issue(identity(Duration.ofSeconds(-5)), NO_PAGE)).isEmpty();
    }

    @Test
    void ticketIsValidOnlyForTheOriginThatAskedForIt() {
        String ofPage = ticket(PAGE);
        String ofNone = ticket(NO_PAGE);

        for (Optional<String> other : List.of(NO_PAGE, Optional.of("http://chat.example"), Optional.of("null"))) {
            assertThat(refusal(ofPage, other)).isEqualTo(ErrorCode.LOGIN_REFUSED);
        }
        assertThat(refusal(ofNone, PAGE)).isEqualTo(ErrorCode.LOGIN_REFUSED);
        // A refused use from another origin does not consume the ticket.
        assertThat(redeem(ofPage, PAGE)).isInstanceOf(TokenVerdict.Accepted.class);
        assertThat(redeem(ofNone, NO_PAGE)).isInstanceOf(TokenVerdict.Accepted.class);
    }

    @Test
    void noCharacterOfATicketCanBeChanged() {
        String ticket = ticket(PAGE);
        for (int i = 0; i < ticket.length(); i++) {
            // Up to four bits of the last character of a part may be unused: change the highest and the lowest of
            // its six bits.
            for (int bit : new int[] {0x20, 1}) {
                char other = ticket.charAt(i) == '.' ? 'A' : flipped(ticket.charAt(i), bit);
                String forged = ticket.substring(0, i) + other + ticket.substring(i + 1);
                assertThat(refusal(forged, PAGE)).as(forged).isEqualTo(ErrorCode.LOGIN_REFUSED);
            }
        }
        assertThat(redeem(ticket, PAGE)).isInstanceOf(TokenVerdict.Accepted.class);
    }

    @Test
    void ticketHasExactlyOneText() {
        String ticket = ticket(PAGE);
        List<String> others = List.of(
                ticket + "=",
                ticket + "==",
                ticket + "\n",
                " " + ticket,
                ticket + " ",
                ticket + "!",
                ticket.replace(".", "=."),
                ticket + ".");
        for (String other : others) {
            assertThat(refusal(other, PAGE)).as(other).isEqualTo(ErrorCode.LOGIN_REFUSED);
        }
        assertThat(redeem(ticket, PAGE)).isInstanceOf(TokenVerdict.Accepted.class);
    }

    private static char flipped(char c, int bit) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return alphabet.charAt(alphabet.indexOf(c) ^ bit);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "...",
                "a.b.c",
                "{}",
                "e30.e30.e30",
                "eyJhbGciOiJub25lIn0.e30.",
                "bnVsbA.e30.AA",
                "\u0000"
            })
    void textThatIsNoTicketIsRefused(String ticket) {
        assertThat(refusal(ticket, NO_PAGE)).isEqualTo(ErrorCode.LOGIN_REFUSED);
    }

    @Test
    void overlongTextIsNotParsed() {
        assertThat(((TokenVerdict.Refused) redeem("x".repeat(20_000), NO_PAGE)).reason())
                .contains("16384");
    }

    @Test
    void ticketsOfAnotherKeyOrOfAnotherTypeAreRefused() throws Exception {
        byte[] secret = "a key of 32 bytes that is no key".getBytes(StandardCharsets.UTF_8);
        String foreign = tickets(TicketKey.random(), 10)
                .issue(anna, NO_PAGE)
                .orElseThrow()
                .ticket();
        Map<String, Object> claims =
                JWSObject.parse(ticket(NO_PAGE)).getPayload().toJSONObject();
        JWSObject signedByAnother = new JWSObject(
                new JWSHeader.Builder(JWSAlgorithm.HS256)
                        .type(new JOSEObjectType("parley-ticket"))
                        .build(),
                new Payload(claims));
        signedByAnother.sign(new MACSigner(secret));
        String unsigned = new PlainObject(new PlainHeader(), new Payload(claims)).serialize();

        for (String ticket : List.of(foreign, signedByAnother.serialize(), unsigned)) {
            assertThat(refusal(ticket, NO_PAGE)).isEqualTo(ErrorCode.LOGIN_REFUSED);
        }
    }

    @Test
    void ticketNeedsNoEscapesInAUrl() {
        assertThat(ticket(PAGE)).matches("[A-Za-z0-9._-]+");
    }

    @Test
    void toStringOfAnIssuedTicketHidesIt() {
        Tickets.Issued issued = tickets.issue(anna, PAGE).orElseThrow();
        String signature = issued.ticket().substring(issued.ticket().lastIndexOf('.') + 1);

        assertThat(issued).asString().doesNotContain(signature);
    }

    @Test
    void clockSetBackDoesNotRevalidateATicket() {
        Instant wall = clock.instant();
        Tickets withStoppedWallClock =
                new Tickets(new TicketKeys(TicketKey.random()), new OwnTicketUses(clock), () -> "one", () -> wall);
        String ticket = withStoppedWallClock.issue(anna, NO_PAGE).orElseThrow().ticket();
        withStoppedWallClock.redeem(ticket, NO_PAGE::equals);

        clock.advance(Tickets.LIFETIME.multipliedBy(2).minusMillis(1));

        assertThat(((TokenVerdict.Refused) withStoppedWallClock.redeem(ticket, NO_PAGE::equals)).code())
                .isEqualTo(ErrorCode.LOGIN_REFUSED);
    }

    @Test
    void usesAreBoundedAndNeverForgottenEarly() {
        Tickets few = tickets(TicketKey.random(), 3);
        List<String> four = IntStream.range(0, 4)
                .mapToObj(i -> few.issue(anna, NO_PAGE).orElseThrow().ticket())
                .toList();
        four.subList(0, 3).forEach(ticket -> assertThat(few.redeem(ticket, NO_PAGE::equals))
                .isInstanceOf(TokenVerdict.Accepted.class));

        TokenVerdict.Refused full = (TokenVerdict.Refused) few.redeem(four.get(3), NO_PAGE::equals);
        assertThat(full.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(((TokenVerdict.Refused) few.redeem(four.get(0), NO_PAGE::equals)).code())
                .isEqualTo(ErrorCode.LOGIN_REFUSED);

        clock.advance(Tickets.MEMORY);
        assertThat(few.redeem(few.issue(anna, NO_PAGE).orElseThrow().ticket(), NO_PAGE::equals))
                .isInstanceOf(TokenVerdict.Accepted.class);
    }

    @Test
    void ticketContainsNoSecret() {
        String payload = ticket(PAGE).split("\\.")[1];

        assertThat(new String(Base64.getUrlDecoder().decode(payload), StandardCharsets.UTF_8))
                .contains("安娜", "notify", "https://chat.example");
    }
}
