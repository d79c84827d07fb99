package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.Schema;
import dev.parley.server.store.jdbc.TestDatabase;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import dev.parley.server.store.model.FileAdmission;
import dev.parley.server.store.model.FileQuotas;
import dev.parley.server.store.model.Retention;
import dev.parley.server.store.model.StoredAttachment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AttachmentStoreTest {
    private static final UserKey ANNA = UserKey.user("anna");
    private static final Duration LONG = Duration.ofDays(100);

    private volatile Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private Database database;
    private MessageStore messages;
    private AttachmentStore attachments;

    static Stream<Arguments> databases() {
        return Stream.of(
                Arguments.of(Named.of("H2", TestDatabase.h2())),
                Arguments.of(Named.of("PostgreSQL", TestDatabase.postgres())));
    }

    private void open(DataSource on) {
        open(on, FileQuotas.NONE);
    }

    private void open(DataSource on, FileQuotas quotas) {
        Schema.migrate(on);
        database = new Database(on, Thread::new);
        messages = new MessageStore(
                database,
                new Retention(new Retention.Kind(1, LONG), new Retention.Kind(1, LONG), LONG),
                Thread::new,
                () -> now,
                () -> "epoch",
                MessageCodec::encode,
                Optional.empty());
        attachments = new AttachmentStore(database, () -> now, quotas);
        get(messages.open(ANNA, List.of(Channel.Room.LOBBY)));
    }

    @AfterEach
    void close() {
        messages.close();
        database.close();
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    private static Attachment file(String id) {
        return new Attachment(id, "cat.png", "image/png", 3, Attachment.href(id));
    }

    /** Announces a file of three bytes. */
    private FileAdmission begin(String id, UserKey uploader) {
        return get(attachments.begin(file(id), Channel.Room.LOBBY, uploader, Optional.empty()));
    }

    private FileAdmission beginAsGuest(String id, String name, String address) {
        return get(attachments.begin(file(id), Channel.Room.LOBBY, UserKey.guest(name), Optional.of(address)));
    }

    private void upload(String id) {
        assertThat(begin(id, ANNA)).isEqualTo(FileAdmission.TAKEN);
        get(attachments.add(id, 0, new byte[] {1, 2}));
        get(attachments.add(id, 1, new byte[] {-1}));
        get(attachments.complete(id));
    }

    private void chat(String id, Optional<String> attachment) {
        CompletableFuture<Appended> outcome = new CompletableFuture<>();
        messages.append(
                new Append(
                        ANNA,
                        new MessageId(id),
                        List.of(Channel.Room.LOBBY),
                        ContentDigest.of("chat", List.of(Channel.Room.LOBBY), List.of(attachment)),
                        attachment,
                        (channel, seq, sentAt) -> new ServerMessage.Chat(
                                "lobby",
                                seq,
                                id,
                                "anna",
                                Optional.empty(),
                                "x",
                                sentAt,
                                attachment.map(AttachmentStoreTest::file))),
                () -> true,
                outcome::complete);
        assertThat(get(outcome)).isInstanceOf(Appended.Stored.class);
    }

    private boolean isThere(String id) {
        return get(attachments.find(id)).isPresent();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void completeAttachmentIsFoundAndReadInParts(DataSource on) {
        open(on);
        assertThat(begin("f", ANNA)).isEqualTo(FileAdmission.TAKEN);
        get(attachments.add("f", 0, new byte[] {1, 2}));
        assertThat(isThere("f")).isFalse();
        get(attachments.add("f", 1, new byte[] {-1}));
        assertThat(get(attachments.complete("f"))).isTrue();

        assertThat(get(attachments.find("f"))).contains(new StoredAttachment(file("f"), Channel.Room.LOBBY, ANNA));
        assertThat(get(attachments.part("f", 0)).orElseThrow()).containsExactly(1, 2);
        assertThat(get(attachments.part("f", 1)).orElseThrow()).containsExactly(-1);
        assertThat(get(attachments.part("f", 2))).isEmpty();
        assertThat(get(attachments.begin(file("g"), new Channel.Room("nowhere"), ANNA, Optional.empty())))
                .isEqualTo(FileAdmission.NO_SUCH_ROOM);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void unusedAttachmentIsDeletedAfterAnHour(DataSource on) {
        open(on);
        upload("unused");
        upload("shown");
        chat("c", Optional.of("shown"));
        begin("unfinished", ANNA);
        get(messages.trim());
        assertThat(isThere("unused")).isTrue();

        now = now.plus(Duration.ofMinutes(61));
        get(messages.trim());
        assertThat(isThere("unused")).isFalse();
        assertThat(get(attachments.part("unused", 0))).isEmpty();
        assertThat(get(attachments.complete("unfinished"))).isFalse();
        assertThat(isThere("unfinished")).isFalse();
        assertThat(isThere("shown")).isTrue();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void attachmentIsDeletedWithTheLastMessageThatShowsIt(DataSource on) {
        open(on);
        upload("f");
        chat("one", Optional.of("f"));
        chat("two", Optional.of("f"));
        get(messages.trim());
        get(messages.trim());
        assertThat(isThere("f")).isTrue();

        chat("three", Optional.empty());
        get(messages.trim());
        get(messages.trim());
        assertThat(isThere("f")).isFalse();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void filesOfAUserHaveAQuota(DataSource on) {
        open(on, new FileQuotas(7, 0, 0, 0));
        assertThat(begin("a", ANNA)).isEqualTo(FileAdmission.TAKEN);
        assertThat(begin("b", ANNA)).isEqualTo(FileAdmission.TAKEN);
        assertThat(begin("c", ANNA)).isEqualTo(FileAdmission.USER_FULL);
        assertThat(begin("d", UserKey.user("berta"))).isEqualTo(FileAdmission.TAKEN);

        get(attachments.abandon("a"));
        assertThat(begin("c", ANNA)).isEqualTo(FileAdmission.TAKEN);
        assertThat(begin("e", ANNA)).isEqualTo(FileAdmission.USER_FULL);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void filesOfTheGuestsOfAnAddressHaveAQuotaWhateverTheirNames(DataSource on) {
        open(on, new FileQuotas(0, 7, 0, 0));
        assertThat(beginAsGuest("a", "ana", "192.0.2.1")).isEqualTo(FileAdmission.TAKEN);
        assertThat(beginAsGuest("b", "ben", "192.0.2.1")).isEqualTo(FileAdmission.TAKEN);
        assertThat(beginAsGuest("c", "cid", "192.0.2.1")).isEqualTo(FileAdmission.ADDRESS_FULL);
        assertThat(beginAsGuest("c", "cid", "192.0.2.2")).isEqualTo(FileAdmission.TAKEN);
        assertThat(begin("d", ANNA)).isEqualTo(FileAdmission.TAKEN);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void allFilesTogetherHaveAQuota(DataSource on) {
        open(on, new FileQuotas(0, 0, 4, 0));
        assertThat(begin("a", ANNA)).isEqualTo(FileAdmission.TAKEN);
        assertThat(begin("b", UserKey.user("berta"))).isEqualTo(FileAdmission.STORE_FULL);
        get(attachments.abandon("a"));
        assertThat(begin("b", UserKey.user("berta"))).isEqualTo(FileAdmission.TAKEN);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void quotaIsTheSameOnEveryNodeAndAfterARestart(DataSource on) {
        FileQuotas quotas = new FileQuotas(7, 0, 0, 0);
        open(on, quotas);
        begin("a", ANNA);
        begin("b", ANNA);
        AttachmentStore other = new AttachmentStore(database, () -> now, quotas);
        assertThat(get(other.begin(file("c"), Channel.Room.LOBBY, ANNA, Optional.empty())))
                .isEqualTo(FileAdmission.USER_FULL);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void fileThatRetentionDeletesIsCountedNoLonger(DataSource on) {
        open(on, new FileQuotas(7, 0, 0, 0));
        upload("shown");
        chat("one", Optional.of("shown"));
        upload("unused");
        assertThat(begin("c", ANNA)).isEqualTo(FileAdmission.USER_FULL);

        now = now.plus(Duration.ofMinutes(61));
        get(messages.trim());
        assertThat(begin("c", ANNA)).isEqualTo(FileAdmission.TAKEN);
        assertThat(begin("d", ANNA)).isEqualTo(FileAdmission.USER_FULL);

        chat("two", Optional.empty());
        get(messages.trim());
        get(messages.trim());
        assertThat(isThere("shown")).isFalse();
        assertThat(begin("d", ANNA)).isEqualTo(FileAdmission.TAKEN);
        assertThat(begin("e", ANNA)).isEqualTo(FileAdmission.USER_FULL);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void concurrentUploadsDoNotExceedAQuota(DataSource on) {
        open(on, new FileQuotas(7, 0, 0, 0));
        List<CompletionStage<FileAdmission>> begun = IntStream.range(0, 20)
                .mapToObj(i -> attachments.begin(file("f" + i), Channel.Room.LOBBY, ANNA, Optional.empty()))
                .toList();
        List<FileAdmission> outcomes =
                begun.stream().map(AttachmentStoreTest::get).toList();
        assertThat(outcomes).filteredOn(FileAdmission.TAKEN::equals).hasSize(2);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void freeSpaceIsAskedOfAnEmbeddedDatabaseInAFileOnly(DataSource on) {
        open(on, new FileQuotas(0, 0, 0, Long.MAX_VALUE));
        assertThat(begin("a", ANNA)).isEqualTo(FileAdmission.TAKEN);
    }

    @Test
    void fileThatWouldLeaveTooLittleFreeSpaceIsRefused(@TempDir Path folder) {
        JdbcDataSource file = new JdbcDataSource();
        file.setURL("jdbc:h2:file:" + folder.resolve("parley") + ";WRITE_DELAY=0");
        open(file, new FileQuotas(0, 0, 0, Long.MAX_VALUE));
        assertThat(begin("a", ANNA)).isEqualTo(FileAdmission.DISK_FULL);
        chat("one", Optional.empty());

        attachments = new AttachmentStore(database, () -> now, new FileQuotas(0, 0, 0, 1));
        assertThat(begin("a", ANNA)).isEqualTo(FileAdmission.TAKEN);
    }
}
