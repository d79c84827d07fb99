package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.ThreadLiveness;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests when a fault of the threads that append requires a restart of the node, and when not. */
class WriterLivenessTest {
    private final List<Thread> made = new CopyOnWriteArrayList<>();
    private final ThreadFactory threads = task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        made.add(thread);
        return thread;
    };
    private final ManualClock clock = new ManualClock();
    private final SwitchedDatabase database =
            new SwitchedDatabase("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    private final Database stores = new Database(database, threads);
    private final MessageStore store = open();

    private MessageStore open() {
        Schema.migrate(database);
        return new MessageStore(
                stores,
                MessageStoreContract.KEEPS_ALL,
                threads,
                clock,
                () -> "epoch",
                MessageCodec::encode,
                Optional.empty());
    }

    @AfterEach
    void close() {
        database.comeBack();
        store.close();
        stores.close();
    }

    private Appended append(Append.Writer writer) throws Exception {
        CompletableFuture<Appended> outcome = new CompletableFuture<>();
        ContentDigest content = ContentDigest.of("chat", List.of(Channel.Room.LOBBY), List.of());
        store.append(
                new Append(
                        UserKey.user("anna"),
                        new MessageId(UUID.randomUUID().toString()),
                        List.of(Channel.Room.LOBBY),
                        content,
                        writer),
                () -> true,
                outcome::complete);
        return outcome.get(20, TimeUnit.SECONDS);
    }

    private static ServerMessage.Stored chat(Channel channel, long seq, String sentAt) {
        return new ServerMessage.Chat("lobby", seq, "id", "anna", Optional.empty(), "x", sentAt, Optional.empty());
    }

    private boolean hasFault() {
        return store.liveness().stream().anyMatch(thread -> thread.fault().isPresent());
    }

    @Test
    void writerThatStoresHasNoFault() throws Exception {
        assertThat(append(WriterLivenessTest::chat)).isInstanceOf(Appended.Stored.class);
        assertThat(hasFault()).isFalse();
    }

    @Test
    void unavailableDatabaseIsNoFault() throws Exception {
        database.goDown();
        assertThat(append(WriterLivenessTest::chat)).isInstanceOf(Appended.Unavailable.class);
        assertThat(hasFault()).isFalse();
    }

    @Test
    void writerThatEndedIsAFault() {
        made.forEach(Thread::interrupt);
        await().until(this::hasFault);
    }

    @Test
    void errorOfTheJvmInTheWriterIsAFault() throws Exception {
        assertThat(append((channel, seq, sentAt) -> {
                    throw new OutOfMemoryError("expected by this test");
                }))
                .isInstanceOf(Appended.Failed.class);
        assertThat(hasFault()).isTrue();
    }

    @Test
    void errorOfTheJvmAfterACommitIsAFault() throws Exception {
        store.onStored(copy -> {
            throw new OutOfMemoryError("expected by this test");
        });
        assertThat(append(WriterLivenessTest::chat)).isInstanceOf(Appended.Stored.class);
        await().until(this::hasFault);
    }

    @Test
    void blockedAcknowledgementIsAFault() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        try (CommitNotifier telling = new CommitNotifier(threads, (channel, head) -> {}, clock)) {
            telling.start(List.of(() -> {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            clock.advance(ThreadLiveness.SILENCE_MAX.multipliedBy(2));
            assertThat(telling.liveness().fault()).isPresent();
            end.countDown();
            telling.await();
            clock.advance(ThreadLiveness.SILENCE_MAX.multipliedBy(2));
            assertThat(telling.liveness().fault()).as("nothing to tell").isEmpty();
        }
    }

    @Test
    void requestedEndIsNoFault() {
        store.close();
        await().until(() -> made.stream().noneMatch(Thread::isAlive));
        assertThat(hasFault()).isFalse();
    }
}
