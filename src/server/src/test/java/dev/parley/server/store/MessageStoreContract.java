package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.SwitchedDatabase;
import dev.parley.server.store.jdbc.TestDatabase;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ChannelView;
import dev.parley.server.store.model.ContentDigest;
import dev.parley.server.store.model.HistoryPage;
import dev.parley.server.store.model.Retention;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An open, empty store and the calls that its tests share. A subclass has the rules of one subject; each of its tests
 * runs on every supported database.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(MessageStoreContract.Dialect.class)
abstract class MessageStoreContract {
    /** The supported databases. Each test gets an empty one of its own; the PostgreSQL server is started once. */
    enum Dialect {
        H2(TestDatabase::h2),
        POSTGRESQL(TestDatabase::postgres);

        private final Supplier<DataSource> empty;

        Dialect(Supplier<DataSource> empty) {
            this.empty = empty;
        }
    }

    static final UserKey ANNA = UserKey.user("anna");
    static final Channel.Room LOBBY = Channel.Room.LOBBY;
    static final Channel ANNAS = new Channel.Inbox(ANNA);
    static final Channel BERTAS = new Channel.Inbox(UserKey.user("berta"));
    static final long EVERYTHING = Long.MAX_VALUE;

    static final Retention KEEPS_ALL = new Retention(
            new Retention.Kind(1_000_000, Duration.ofDays(10_000)),
            new Retention.Kind(1_000_000, Duration.ofDays(10_000)),
            Duration.ofDays(10_000));

    static final Duration GUEST_AGE = Duration.ofDays(30);
    static final int MAX_BYTES = 100_000_000;

    @Parameter
    Dialect dialect;

    SwitchedDatabase database;
    /** Threads that wait for the same database, beside those of the store. */
    Database threads;

    final AtomicInteger epochs = new AtomicInteger();
    final AtomicInteger ids = new AtomicInteger();
    final AtomicLong uptime = new AtomicLong();
    volatile Instant now = Instant.parse("2030-01-01T00:00:00.123456Z");
    MessageStore store;
    GuestStore guests;

    @BeforeEach
    void open() {
        database = new SwitchedDatabase(empty());
        threads = new Database(database, Thread::new, uptime::get);
        store = open(database, KEEPS_ALL);
        guests = guests(GUEST_AGE, 1_000);
    }

    DataSource empty() {
        return dialect.empty.get();
    }

    /** The guests of the same database. */
    GuestStore guests(Duration age, int count) {
        return new GuestStore(
                threads,
                new GuestStore.Limits(age, count),
                () -> now,
                () -> "epoch-" + epochs.incrementAndGet(),
                () -> "x");
    }

    @AfterEach
    void close() {
        database.comeBack();
        store.close();
    }

    /** A store on the system's clock that keeps everything. Its tables must exist. */
    static MessageStore keepingAll(DataSource database) {
        return keepingAll(database, Optional.empty());
    }

    /** @param node its id, if it is one of several */
    static MessageStore keepingAll(DataSource database, Optional<String> node) {
        return keepingAll(database, node, () -> "epoch");
    }

    static MessageStore keepingAll(DataSource database, Optional<String> node, Supplier<String> epochs) {
        return new MessageStore(
                new Database(database, Thread::new),
                KEEPS_ALL,
                Thread::new,
                InstantSource.system(),
                epochs,
                MessageCodec::encode,
                node);
    }

    MessageStore open(SwitchedDatabase on, Retention retention) {
        Schema.migrate(on);
        return new MessageStore(
                new Database(on, Thread::new, uptime::get),
                retention,
                Thread::new,
                () -> now,
                () -> "epoch-" + epochs.incrementAndGet(),
                MessageCodec::encode,
                Optional.empty());
    }

    ChannelView view(Channel channel) {
        return view(UserKey.user("nobody"), channel);
    }

    String epoch(Channel channel) {
        return view(channel).head().epoch();
    }

    ChannelView view(UserKey reader, Channel channel) {
        return get(store.open(reader, List.of(channel))).get(channel);
    }

    static ServerMessage.Stored chat(Channel channel, long seq, String id, String content, String sentAt) {
        return new ServerMessage.Chat(
                channel.roomName().orElse("lobby"),
                seq,
                id,
                "anna",
                Optional.empty(),
                content,
                sentAt,
                Optional.empty());
    }

    static Append message(UserKey sender, String id, List<Channel> channels, String content) {
        return new Append(
                sender,
                new MessageId(id),
                channels,
                ContentDigest.of("chat", channels, List.of(Optional.of(content))),
                (channel, seq, sentAt) -> chat(channel, seq, id, content, sentAt));
    }

    CompletableFuture<Appended> later(UserKey sender, String id, List<Channel> channels, String content) {
        return later(store, message(sender, id, channels, content));
    }

    static CompletableFuture<Appended> later(MessageStore store, Append append) {
        CompletableFuture<Appended> outcome = new CompletableFuture<>();
        if (!store.append(append, () -> true, outcome::complete)) {
            outcome.complete(new Appended.Unavailable());
        }
        return outcome;
    }

    Appended append(UserKey sender, String id, List<Channel> channels, String content) {
        return get(later(sender, id, channels, content));
    }

    Appended append(String id, String content) {
        return append(ANNA, id, List.of(LOBBY), content);
    }

    void appendMany(int count) {
        for (int i = 1; i <= count; i++) {
            append(UserKey.user("many"), "many-" + ids.incrementAndGet(), List.of(LOBBY), "message " + i);
        }
    }

    static long seq(Appended outcome) {
        return ((Appended.Stored) outcome).position().seq();
    }

    HistoryPage history(long before, int limit, int maxBytes) {
        return get(store.history(LOBBY, UserKey.user("anna"), before, limit, maxBytes))
                .orElseThrow();
    }

    List<String> contents(Channel channel) {
        return contents(get(store.after(channel, Set.of(UserKey.user("anna")), 0, 1_000, MAX_BYTES)).entries().stream()
                .map(copy -> copy.message().json())
                .toList());
    }

    static List<String> contents(List<String> bodies) {
        return bodies.stream()
                .map(body -> MessageCodec.decodeStored(body).content())
                .toList();
    }

    static List<Long> seqs(CompletionStage<Backlog.Page> page) {
        return get(page).entries().stream().map(Backlog.Entry::seq).toList();
    }

    /** Waits for all earlier calls, including the fan-out. */
    void settle() {
        get(store.exists(LOBBY, UserKey.user("anna")));
    }

    static void assertUnavailable(CompletionStage<?> stage) {
        assertThatThrownBy(() -> get(stage))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StoreUnavailable.class);
    }

    static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }
}
