package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests promise 1, with H2 in a file as {@code server-config} sets it up. */
class AckedIsKeptTest {
    private static final int ACKED_BEFORE_THE_KILL = 200;

    @Test
    @Timeout(60)
    void killRightAfterAnAckLosesNothing(@TempDir Path folder) throws Exception {
        String url = "jdbc:h2:file:" + folder.resolve("parley") + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";

        List<Long> acked = ackedUntilKilled(url);

        assertThat(acked).hasSizeGreaterThanOrEqualTo(ACKED_BEFORE_THE_KILL);
        try (MessageStore store = open(database(url))) {
            List<Long> kept = store
                    .after(Channel.Room.LOBBY, Set.of(UserKey.user("anna")), 0, 1_000_000, Integer.MAX_VALUE)
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS)
                    .entries()
                    .stream()
                    .map(Backlog.Entry::seq)
                    .toList();
            assertThat(kept).startsWith(acked.toArray(Long[]::new));
        }
    }

    private static List<Long> ackedUntilKilled(String url) throws IOException, InterruptedException {
        Process sender = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Sender.class.getName(),
                        url)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<Long> acked = new ArrayList<>();
        try (BufferedReader out = sender.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                acked.add(Long.parseLong(line));
                if (acked.size() == ACKED_BEFORE_THE_KILL) {
                    // Process.destroyForcibly would discard output that was not read yet.
                    sender.toHandle().destroyForcibly();
                }
            }
        } finally {
            sender.destroyForcibly().waitFor();
        }
        return acked;
    }

    private static JdbcDataSource database(String url) {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL(url);
        return database;
    }

    private static MessageStore open(JdbcDataSource database) {
        Schema.migrate(database);
        return MessageStoreContract.keepingAll(database);
    }

    /** Sends endlessly and prints each acknowledged seq. */
    static final class Sender {
        private Sender() {}

        public static void main(String[] arguments) throws Exception {
            JdbcDataSource database = database(arguments[0]);
            // Keeps a connection open, as a pool does; otherwise H2 closes the database properly after each
            // transaction.
            Connection pooled = database.getConnection();
            MessageStore store = open(database);
            for (int i = 0; !pooled.isClosed(); i++) {
                String id = "id-" + i;
                store.append(
                        new Append(
                                UserKey.user("anna"),
                                new MessageId(id),
                                List.of(Channel.Room.LOBBY),
                                ContentDigest.of("chat", List.of(Channel.Room.LOBBY), List.of()),
                                (channel, seq, sentAt) -> new ServerMessage.Chat(
                                        "lobby", seq, id, "anna", Optional.empty(), "x", sentAt, Optional.empty())),
                        () -> true,
                        outcome -> System.out.println(
                                ((Appended.Stored) outcome).position().seq()));
                if (i % 100 == 0) {
                    store.exists(Channel.Room.LOBBY, UserKey.user("anna"))
                            .toCompletableFuture()
                            .get();
                }
            }
        }
    }
}
