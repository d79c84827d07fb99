package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.jdbc.HeldFiles;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** H2 shows a commit before it has written it: a kill in between would give the message's place to another one. */
@Timeout(60)
class DurableReadsTest {
    @TempDir
    private Path folder;

    private JdbcDataSource h2;
    private SwitchedDatabase database;
    private MessageStore store;

    @BeforeEach
    void open() {
        h2 = new JdbcDataSource();
        h2.setURL(HeldFiles.url(folder.resolve("parley")) + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;DB_CLOSE_DELAY=-1");
        h2.setUser("sa");
        Schema.migrate(h2);
        database = new SwitchedDatabase(h2);
        store = MessageStoreContract.keepingAll(database);
    }

    @AfterEach
    void close() throws SQLException {
        HeldFiles.release();
        store.close();
        try (Connection connection = h2.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("shutdown");
        }
    }

    @Test
    void pageHoldsNoMessageThatAKillCouldLose() throws Exception {
        append("one").get(20, TimeUnit.SECONDS);
        AtomicBoolean isHeld = new AtomicBoolean(true);
        HeldFiles.hold();
        CompletableFuture<Appended> second = append("two");
        await().until(() -> head() == 2);
        int queries = database.connections();
        int lent = database.lent();

        CompletableFuture<Backlog.Page> page = store.after(
                        Channel.Room.LOBBY, Set.of(UserKey.user("ben")), 0, 10, 100_000)
                .toCompletableFuture();
        AtomicBoolean wasHeld = new AtomicBoolean();
        CompletableFuture<Void> given = page.thenAccept(read -> wasHeld.set(isHeld.get()));
        await().until(() -> database.connections() > queries && database.lent() == lent);

        assertThat(page).isNotDone();
        isHeld.set(false);
        HeldFiles.release();
        given.get(20, TimeUnit.SECONDS);
        assertThat(wasHeld).isFalse();
        assertThat(page.join().entries()).extracting(Backlog.Entry::seq).containsExactly(1L, 2L);
        assertThat(second.get(20, TimeUnit.SECONDS)).isInstanceOf(Appended.Stored.class);
    }

    private CompletableFuture<Appended> append(String id) {
        CompletableFuture<Appended> outcome = new CompletableFuture<>();
        store.append(
                new Append(
                        UserKey.user("ana"),
                        new MessageId(id),
                        List.of(Channel.Room.LOBBY),
                        ContentDigest.of("chat", List.of(Channel.Room.LOBBY), List.of(Optional.of(id))),
                        (channel, seq, sentAt) -> new ServerMessage.Chat(
                                channel.roomName().orElseThrow(),
                                seq,
                                id,
                                "ana",
                                Optional.empty(),
                                id,
                                sentAt,
                                Optional.empty())),
                () -> true,
                outcome::complete);
        return outcome;
    }

    /** As another connection sees it. */
    private long head() throws SQLException {
        try (Connection connection = h2.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select head from parley_channel where name = 'lobby'")) {
            return row.next() ? row.getLong(1) : 0;
        }
    }
}
