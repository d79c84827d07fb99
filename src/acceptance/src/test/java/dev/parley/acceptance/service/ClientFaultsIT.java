package dev.parley.acceptance.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Violation;
import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.support.Faults;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.Tokens;
import dev.parley.client.ParleyException;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import dev.parley.protocol.ServerMessage;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Promises 1 to 3 from application to application through the Java client, on bad networks and with a server that is
 * killed.
 */
@Tag(Faults.TAG)
class ClientFaultsIT {
    private static final int CLIENTS = Faults.isLong() ? 60 : 20;
    private static final int ROOMS = 4;
    private static final int MESSAGES_A_SECOND = 60;
    private static final double LONG_SHARE = 0.02;
    static final Duration PATIENT = Duration.ofMinutes(5);
    /** Shorter than a restart of the server. */
    private static final Duration IMPATIENT = Duration.ofSeconds(2);

    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");

    private static ServerConfiguration configuration;
    private static RunningServer server;
    private static URI chat;

    @BeforeAll
    static void unpack() {
        configuration = OwnServer.named(
                "client-faults",
                Map.of(
                        "parley.token.secret", Tokens.SECRET,
                        "parley.rate.messages", "0",
                        "parley.heartbeat.interval", "1s",
                        "parley.heartbeat.timeout", "1s"));
    }

    /** One server for all tests; a new one after a test that killed it. */
    @BeforeEach
    void start() {
        if (server == null || !server.isAlive()) {
            server = configuration.start();
            chat = OwnServer.chat(server);
        }
    }

    @AfterAll
    static void stop() {
        server.kill();
    }

    @Test
    void networkFaultsLoseDuplicateAndReorderNothing() {
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try (Relay network = Relay.to(chat);
                JavaSwarm swarm = new JavaSwarm("net", ROOMS)
                        .longShare(LONG_SHARE)
                        .restless()
                        .enter(CLIENTS, network.chat(), PATIENT)) {
            Random random = swarm.random();
            Map<NetworkFault, Integer> struck = Collections.synchronizedMap(new EnumMap<>(NetworkFault.class));
            AtomicInteger tick = new AtomicInteger();
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            Future<?> faults = scheduler.scheduleAtFixedRate(
                    () -> {
                        NetworkFault next =
                                NetworkFault.values()[tick.getAndIncrement() % NetworkFault.values().length];
                        struck.merge(next, next.strike(network, 0.1, random), Integer::sum);
                    },
                    0,
                    150,
                    TimeUnit.MILLISECONDS);
            Faults.run(Faults.seconds(7));
            swarm.await(
                    "every fault has struck, and a client was replaced",
                    () -> swarm.replaced() > 0
                            && struck.size() == NetworkFault.values().length
                            && struck.values().stream().allMatch(count -> count > 0));
            talk.cancel(false);
            faults.cancel(false);
            network.flow();

            assertKept(swarm, swarm.check(chat));
            assertThat(swarm.refusals())
                    .as("with this long timeout everything is acked, except for closed clients")
                    .isSubsetOf(ParleyException.CLOSED);
            assertThat(swarm.reconnects()).as("reconnects").isGreaterThanOrEqualTo(struck.get(NetworkFault.RESET));
            assertThat(network.lostBytes()).as("bytes lost").isPositive();
            assertThat(network.lateBytes()).as("bytes delayed").isPositive();
            System.out.println("net: struck " + struck + ", " + network.lostBytes() + " bytes lost, "
                    + network.lateBytes() + " late");
        } finally {
            scheduler.shutdownNow();
        }
    }

    /**
     * Frames in both directions are dropped and repeated, except that no send is dropped while later ones arrive: no
     * client could preserve the order then.
     */
    @Test
    void droppedAndRepeatedFramesLoseDuplicateAndReorderNothing() {
        AtomicBoolean isBad = new AtomicBoolean();
        Random random = new Random(Faults.seed());
        AtomicInteger dropped = new AtomicInteger();
        AtomicInteger repeated = new AtomicInteger();
        Relay.FrameFault fault = text -> {
            double dice = isBad.get() ? random.nextDouble() : 1;
            if (dice < 0.03) {
                dropped.incrementAndGet();
                return List.of();
            }
            if (dice < 0.15) {
                repeated.incrementAndGet();
                return List.of(text, text);
            }
            return List.of(text);
        };
        AtomicInteger sendsRepeated = new AtomicInteger();
        Relay.FrameFault toServer = text -> {
            List<String> passed = fault.pass(text);
            boolean isSend = text.contains("\"content\"");
            if (isSend && passed.size() > 1) {
                sendsRepeated.incrementAndGet();
            }
            return isSend && passed.isEmpty() ? List.of(text) : passed;
        };
        try (Relay network = Relay.to(chat, toServer, fault);
                JavaSwarm swarm =
                        new JavaSwarm("frames", ROOMS).enter(CLIENTS, network.chat(), Duration.ofSeconds(3))) {
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            isBad.set(true);
            Faults.run(Faults.seconds(4));
            talk.cancel(false);
            isBad.set(false);

            assertKept(swarm, swarm.check(chat));
            assertThat(dropped).as("frames dropped").hasPositiveValue();
            assertThat(repeated).as("frames repeated").hasPositiveValue();
            assertThat(sendsRepeated).as("sends repeated").hasPositiveValue();
            assertThat(swarm.sum(client -> client.observed().duplicates.get()))
                    .as("duplicates that the client dropped")
                    .isPositive();
            System.out.println("frames: " + dropped + " dropped, " + repeated + " repeated");
        }
    }

    @Test
    void killedServerLosesDuplicatesAndReordersNothing() {
        try (JavaSwarm swarm =
                new JavaSwarm("killed", ROOMS).longShare(LONG_SHARE).restless().enter(CLIENTS, chat, PATIENT)) {
            swarm.enter(CLIENTS / 2, chat, IMPATIENT);
            for (int i = 0; i < Faults.times(1); i++) {
                Future<?> talk = swarm.talk(5 * MESSAGES_A_SECOND);
                long acked = swarm.count(Event.Acked.class);
                swarm.await(
                        "messages are acked, and others are under way",
                        () -> swarm.count(Event.Acked.class) > acked + MESSAGES_A_SECOND
                                && swarm.sum(InstrumentedJavaClient::unacked) > 0);
                server.kill();
                long timedOut = timedOut(swarm);
                swarm.await("sends without a server end as timeouts", () -> timedOut(swarm) > timedOut);
                talk.cancel(false);
                server = configuration.start();
                server.awaitReady(OwnServer.READY);
            }

            assertKept(swarm, swarm.check(chat));
            assertThat(swarm.reconnects()).isGreaterThanOrEqualTo(CLIENTS);
            assertThat(swarm.refusals()).isSubsetOf(ParleyException.TIMEOUT, ParleyException.CLOSED);
        }
    }

    private static long timedOut(JavaSwarm swarm) {
        return swarm.sum(client -> client.outcomes().timedOut.get());
    }

    @Test
    void refusedClientRetriesAfterTheRequestedDelayOrStops() {
        List<Refused> all = new ArrayList<>();
        try (Relay elsewhere = Relay.to(chat);
                JavaSwarm swarm = new JavaSwarm("refused", 1)) {
            Refused full = Refused.next(swarm, chat, "503 Service Unavailable", "Retry-After: 2");
            Refused away = Refused.next(swarm, chat, "503 Service Unavailable");
            Refused tooMany = Refused.next(swarm, chat, "429 Too Many Requests", "Retry-After: 2");
            Refused unauthorized = Refused.next(swarm, chat, 2, "401 Unauthorized", "WWW-Authenticate: Bearer");
            Refused doubted = Refused.next(swarm, chat, "401 Unauthorized", "WWW-Authenticate: Bearer");
            Refused forbidden = Refused.next(swarm, chat, "403 Forbidden");
            Refused redirected = Refused.next(swarm, chat, "302 Found", "Location: " + elsewhere.chat());
            all.addAll(List.of(full, away, tooMany, unauthorized, doubted, forbidden, redirected));
            Future<?> talk = swarm.talk(MESSAGES_A_SECOND);
            all.forEach(Refused::cut);

            unauthorized.assertStopped("login_refused");
            forbidden.assertStopped("forbidden");
            redirected.assertStopped(ParleyException.HANDSHAKE_REFUSED);
            assertThat(elsewhere.handshakes()).as("handshakes elsewhere").isEmpty();
            List.of(full, away, tooMany, doubted).forEach(Refused::awaitBack);
            talk.cancel(false);

            assertKept(swarm, swarm.check(chat));
            full.assertNoSoonerThan(Duration.ofSeconds(2));
            tooMany.assertNoSoonerThan(Duration.ofSeconds(2));
        } finally {
            all.forEach(Refused::close);
        }
    }

    // The fault tests can fail: each of the following breaks one promise, and the checker reports it.

    @Test
    void applicationThatMissesAMessageIsCaught() {
        AtomicInteger number = new AtomicInteger();
        assertCaught(
                "misses",
                message -> number.incrementAndGet() == 3 ? List.of() : List.of(message),
                Violation.Kind.SILENTLY_MISSING);
    }

    @Test
    void applicationThatGetsAMessageTwiceIsCaught() {
        AtomicInteger number = new AtomicInteger();
        assertCaught(
                "doubles",
                message -> number.incrementAndGet() == 3 ? List.of(message, message) : List.of(message),
                Violation.Kind.DOUBLED);
    }

    @Test
    void applicationThatGetsMessagesInTheWrongOrderIsCaught() {
        List<ServerMessage.Stored> late = new ArrayList<>();
        AtomicInteger number = new AtomicInteger();
        assertCaught(
                "swaps",
                message -> {
                    if (number.incrementAndGet() == 3) {
                        late.add(message);
                        return List.of();
                    }
                    return number.get() == 4 ? List.of(message, late.get(0)) : List.of(message);
                },
                Violation.Kind.REORDERED);
    }

    private static void assertCaught(String name, InstrumentedJavaClient.ClientListener listener, Violation.Kind kind) {
        try (JavaSwarm swarm = new JavaSwarm(name, 1)) {
            swarm.enter(chat, PATIENT, InstrumentedJavaClient.ClientListener.SOUND);
            swarm.enter(chat, PATIENT, listener);
            swarm.sayInEveryRoom(10);
            assertThat(swarm.check(chat)).extracting(Violation::kind).contains(kind);
        }
    }

    @Test
    void clientThatSendsAgainUnderAnotherIdIsCaught() {
        Relay.FrameFault again = text ->
                text.contains("\"content\"") ? List.of(text, text.replace("\"id\":\"", "\"id\":\"x")) : List.of(text);
        try (Relay network = Relay.to(chat, again, Relay.FrameFault.NONE);
                JavaSwarm swarm = new JavaSwarm("renames", 1).enter(2, network.chat(), PATIENT)) {
            swarm.sayInEveryRoom(1);
            assertThat(swarm.check(chat)).extracting(Violation::kind).contains(Violation.Kind.DOUBLED);
        }
    }

    @Test
    void ackOfAnUnstoredMessageIsCaught() {
        Queue<String> swallowed = new ConcurrentLinkedQueue<>();
        Relay.FrameFault swallow = text -> {
            if (!text.contains("never")) {
                return List.of(text);
            }
            ID.matcher(text).results().forEach(match -> swallowed.add(match.group(1)));
            return List.of();
        };
        Relay.FrameFault forge = text -> {
            List<String> texts = new ArrayList<>(List.of(text));
            for (String id = swallowed.poll(); id != null; id = swallowed.poll()) {
                texts.add("{\"type\":\"ack\",\"id\":\"" + id
                        + "\",\"room\":\"forged-room-0\",\"seq\":1,\"sentAt\":\"2026-01-31T12:00:00.000Z\"}");
            }
            return texts;
        };
        try (Relay network = Relay.to(chat, swallow, forge);
                JavaSwarm swarm = new JavaSwarm("forged", 1).enter(1, network.chat(), PATIENT)) {
            swarm.enter(chat, PATIENT, InstrumentedJavaClient.ClientListener.SOUND)
                    .chat("forged-room-0", "stored");
            swarm.settle();
            swarm.first().chat("forged-room-0", "never");
            assertThat(swarm.check(chat)).extracting(Violation::kind).contains(Violation.Kind.ACKED_BUT_LOST);
        }
    }

    private static void assertKept(JavaSwarm swarm, List<Violation> violations) {
        assertThat(violations).isEmpty();
        assertThat(swarm.notRecovered())
                .as("positions that could not be served")
                .isEmpty();
        assertThat(swarm.sum(InstrumentedJavaClient::misrouted))
                .as("messages of a room that missed its listener")
                .isZero();
        assertThat(swarm.sum(client -> client.outcomes().settled()))
                .as("outcomes: one for each sent message")
                .isEqualTo(swarm.sum(client -> client.outcomes().sent.get()));
        assertThat(swarm.sum(client -> client.observed().acked.get()))
                .as("acks counted by the observer")
                .isEqualTo(swarm.sum(client -> client.outcomes().acked.get()));
    }
}
