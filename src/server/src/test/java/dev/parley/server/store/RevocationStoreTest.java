package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.RevocationTables;
import dev.parley.server.store.model.OpenedChannels;
import dev.parley.server.store.model.Revocation;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RevocationStoreTest extends MessageStoreContract {
    private static final UserKey BERTA = UserKey.user("berta");

    private Revocation revoke(UserKey user) {
        return get(new RevocationStore(threads).revoke(user, now));
    }

    private Map<UserKey, Revocation> since(long number) {
        return get(new RevocationStore(threads).since(number));
    }

    /** Otherwise a node that has read the later one would never look for the earlier one. */
    @Test
    void laterNumberIsNotSeenBeforeAnEarlierOne() throws Exception {
        RevocationTables tables = new RevocationTables();
        CountDownLatch isWritten = new CountDownLatch(1);
        CountDownLatch mayCommit = new CountDownLatch(1);
        CompletionStage<Revocation> frozen = threads.query(sql -> {
            Revocation written = tables.revoke(sql, ANNA, now.atOffset(ZoneOffset.UTC));
            isWritten.countDown();
            try {
                mayCommit.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return written;
        });
        assertThat(isWritten.await(20, TimeUnit.SECONDS)).isTrue();
        CompletionStage<Revocation> later = new RevocationStore(threads).revoke(BERTA, now);
        for (int i = 0; i < 20; i++) {
            assertThat(since(0)).isEmpty();
        }
        mayCommit.countDown();

        assertThat(get(frozen).number()).isLessThan(get(later).number());
        assertThat(since(0)).isEqualTo(Map.of(ANNA, get(frozen), BERTA, get(later)));
        assertThat(since(get(frozen).number())).isEqualTo(Map.of(BERTA, get(later)));
    }

    /** Sessions of before the restore hold higher numbers than the database has then. */
    @Test
    void numbersAreHigherAfterARestoredBackup() {
        Revocation lost = revoke(ANNA);
        get(threads.query(sql -> sql.execute("delete from parley_revocation")));
        get(threads.query(sql -> sql.execute("update parley_last_revocation set number = 0")));
        assertThat(revoke(BERTA).number()).isGreaterThanOrEqualTo(lost.number());
        assertThat(revoke(ANNA).number()).isGreaterThan(lost.number());
    }

    @Test
    void momentNeverGoesBack() {
        Revocation first = revoke(ANNA);
        now = now.minus(Duration.ofHours(1));
        Revocation second = revoke(ANNA);
        assertThat(second.at()).isEqualTo(first.at());
        assertThat(second.number()).isGreaterThan(first.number());
    }

    @Test
    void signInReadsTheLastRevocationOfItsUser() {
        assertThat(signIn().revocation()).isEmpty();
        revoke(BERTA);
        assertThat(signIn().revocation()).isEmpty();
        revoke(ANNA);
        Revocation last = revoke(ANNA);
        assertThat(signIn().revocation()).contains(last);
        assertThat(signIn().views()).containsOnlyKeys(LOBBY, ANNAS);
    }

    private OpenedChannels signIn() {
        return get(store.openForUser(ANNA, "anna", List.of(LOBBY, ANNAS), List.of()));
    }
}
