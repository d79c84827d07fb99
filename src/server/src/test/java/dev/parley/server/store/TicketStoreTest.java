package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.FailedAttempts;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.TicketKey;
import dev.parley.server.auth.TicketKeys;
import dev.parley.server.auth.TicketUses.Use;
import dev.parley.server.auth.Tickets;
import dev.parley.server.auth.TokenVerdict;
import dev.parley.server.store.model.Revocation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two nodes that give and take each other's tickets. */
class TicketStoreTest extends MessageStoreContract {
    private int keys;

    private final class Node {
        private final TicketKeys own = new TicketKeys(TicketKey.random());
        private final TicketStore store;
        private final Tickets tickets;
        private final Credentials credentials;

        Node() {
            this(Optional.empty());
        }

        Node(Optional<String> tokenSecret) {
            store = new TicketStore(threads, own, () -> "key-" + ++keys, tokenSecret);
            tickets = new Tickets(own, store, () -> "ticket-" + ids.incrementAndGet(), () -> now);
            // It never hears of a revocation.
            credentials = new Credentials(
                    token -> new TokenVerdict.Unknown("No tokens here."),
                    tickets,
                    verdict -> verdict,
                    new FailedAttempts(System::nanoTime));
            store.start();
        }

        String issue() {
            return issue(ana().after(0));
        }

        String issue(Identity who) {
            return tickets.issue(who, Optional.empty()).orElseThrow().ticket();
        }

        boolean takes(String ticket) {
            return credentials.ofTokenOrTicket("192.0.2.1", List.of(), "ticket=" + ticket, Optional::isEmpty)
                    instanceof Credentials.Verdict.Known;
        }
    }

    private Identity ana() {
        return Identity.user("ana", Set.of(), now.plus(Duration.ofHours(1)), Optional.of(now));
    }

    private int keyCount() {
        return count("parley_ticket_key");
    }

    private int count(String table) {
        return get(threads.query(sql -> sql.createQuery("select count(*) from " + table)
                .mapTo(Integer.class)
                .one()));
    }

    private void age(String what, Duration by) {
        get(threads.query(sql -> sql.execute("update " + what + " - interval '" + by.toSeconds() + "' second")));
    }

    @Test
    void ticketOfOneNodeIsUsedOnceOnAnother() {
        Node one = new Node();
        Node two = new Node();
        String ticket = one.issue();
        assertThat(two.takes(ticket)).isTrue();
        assertThat(one.takes(ticket)).isFalse();
        assertThat(two.takes(ticket)).isFalse();
        assertThat(keyCount()).isEqualTo(1);
    }

    @Test
    void ofManyUsesAtOnceOneIsTheFirst() {
        Node one = new Node();
        Node two = new Node();
        ExecutorService many = Executors.newFixedThreadPool(10);
        try {
            List<CompletableFuture<Use>> uses = IntStream.range(0, 50)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> (i % 2 == 0 ? one : two).store.use("same", now.plusSeconds(30), ana()), many))
                    .toList();
            assertThat(uses.stream().map(CompletableFuture::join).filter(Use.FIRST::equals))
                    .hasSize(1);
        } finally {
            many.shutdown();
        }
    }

    @Test
    void newKeySignsWhenEveryNodeKnowsIt() {
        Node one = new Node();
        age("parley_ticket_key set created_at = created_at", Duration.ofHours(25));
        get(one.store.refresh());
        assertThat(keyCount()).isEqualTo(2);
        Node two = new Node();
        assertThat(two.takes(one.issue())).isTrue();

        // A node that has not read the new key takes what the old one signed.
        age("parley_ticket_key set created_at = created_at", Duration.ofMinutes(1));
        get(one.store.refresh());
        String ticket = one.issue();
        get(two.store.refresh());
        assertThat(two.takes(ticket)).isTrue();
    }

    @Test
    void usesAndKeysAreForgottenWhenTheyHaveExpired() {
        Node one = new Node();
        assertThat(one.takes(one.issue())).isTrue();
        age("parley_ticket_use set expires_at = current_timestamp", Duration.ofMinutes(3));
        age("parley_ticket_key set created_at = created_at", Duration.ofHours(49));
        get(one.store.refresh());
        assertThat(count("parley_ticket_use")).isZero();
        assertThat(keyCount()).isEqualTo(1);
    }

    @Test
    void whileTheDatabaseIsAwayNobodyKnows() {
        Node one = new Node();
        String ticket = one.issue();
        database.goDown();
        assertThat(one.store.use("any", now, ana())).isEqualTo(Use.UNKNOWN);
        assertThat(one.takes(ticket)).isFalse();
        database.comeBack();
        assertThat(one.takes(ticket)).isTrue();
    }

    @Test
    void ofFiftyConnectionsWithOneTicketOnTwoNodesOneIsLetIn() throws Exception {
        Node one = new Node();
        Node two = new Node();
        String ticket = one.issue();
        ExecutorService many = Executors.newFixedThreadPool(50);
        CountDownLatch start = new CountDownLatch(1);
        try {
            List<Future<Boolean>> uses = IntStream.range(0, 50)
                    .mapToObj(i -> many.submit(() -> {
                        start.await();
                        return (i % 2 == 0 ? one : two).takes(ticket);
                    }))
                    .toList();
            start.countDown();
            int letIn = 0;
            for (Future<Boolean> use : uses) {
                letIn += use.get(30, TimeUnit.SECONDS) ? 1 : 0;
            }
            assertThat(letIn).isEqualTo(1);
        } finally {
            many.shutdownNow();
        }
        assertThat(count("parley_ticket_use")).isEqualTo(1);
    }

    /** Whatever the clocks say: the token is from a provider that is a day ahead. */
    @Test
    void ticketFromBeforeARevocationIsRefusedWhereNobodyHeardOfIt() {
        Node one = new Node();
        Node two = new Node();
        Identity ahead = Identity.user(
                        "ana", Set.of(), now.plus(Duration.ofDays(2)), Optional.of(now.plus(Duration.ofDays(1))))
                .after(0);
        String before = one.issue(ahead);
        Revocation last = get(new RevocationStore(threads).revoke(UserKey.user("ana"), now));
        String after = one.issue(ana().after(last.number()));

        assertThat(two.takes(before)).isFalse();
        assertThat(two.store.use("other", now.plusSeconds(30), ahead)).isEqualTo(Use.REVOKED);
        assertThat(count("parley_ticket_use")).as("it is not used up").isZero();
        assertThat(two.takes(after)).isTrue();
        assertThat(two.takes(after)).isFalse();
    }

    @Test
    void whoReadsTheDatabaseMakesNoTicketsWithoutTheTokenSecret() {
        Optional<String> secret = Optional.of("a secret of all nodes, which is not in the database");
        Node one = new Node(secret);
        Node two = new Node(secret);
        Node reader = new Node();

        assertThat(one.takes(reader.issue())).isFalse();
        assertThat(two.takes(one.issue())).isTrue();
        assertThat(keyCount()).isEqualTo(1);
    }
}
