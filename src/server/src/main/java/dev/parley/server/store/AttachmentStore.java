package dev.parley.server.store;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.AttachmentTables;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.EmbeddedDisk;
import dev.parley.server.store.jdbc.MemberTables;
import dev.parley.server.store.model.FileAdmission;
import dev.parley.server.store.model.FileQuotas;
import dev.parley.server.store.model.StoreUnavailable;
import dev.parley.server.store.model.StoredAttachment;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import org.jdbi.v3.core.Handle;

/**
 * Stores attachments of chat messages, in the parts in which they were uploaded. Any thread may call any method; none
 * blocks. A transient failure fails a stage with {@link StoreUnavailable}.
 */
public final class AttachmentStore {
    private final Database database;
    private final InstantSource clock;
    private final FileQuotas quotas;
    private final AttachmentTables tables = new AttachmentTables();
    private final MemberTables members = new MemberTables();

    public AttachmentStore(Database database, InstantSource clock, FileQuotas quotas) {
        this.database = database;
        this.clock = clock;
        this.quotas = quotas;
    }

    /**
     * Creates the entry of an attachment whose parts follow. From now on it counts for the quotas of its owners, until
     * it is deleted.
     *
     * @param guestAddress the address of an uploader that is a guest, an IPv6 address as its /64
     */
    public CompletionStage<FileAdmission> begin(
            Attachment attachment, Channel.Room room, UserKey uploader, Optional<String> guestAddress) {
        return database.query(sql -> {
            if (!members.mayRead(sql, room, Optional.of(uploader))) {
                return FileAdmission.NO_SUCH_ROOM;
            }
            return isDiskTooFull(sql, attachment.size())
                    ? FileAdmission.DISK_FULL
                    : tables.insert(sql, attachment, room, uploader, guestAddress, quotas, clock.instant());
        });
    }

    private boolean isDiskTooFull(Handle sql, long size) {
        if (quotas.free() == 0) {
            return false;
        }
        OptionalLong free = EmbeddedDisk.freeBytes(sql);
        return free.isPresent() && free.getAsLong() - size < quotas.free();
    }

    /** @param number index of the part, from 0 on */
    public CompletionStage<?> add(String id, int number, byte[] bytes) {
        return database.statements(sql -> {
            tables.addPart(sql, id, number, bytes);
            return id;
        });
    }

    /**
     * Completes an upload: from now on the attachment can be found.
     *
     * @return false if bytes are missing; then the attachment cannot be found
     */
    public CompletionStage<Boolean> complete(String id) {
        return database.statements(sql -> tables.complete(sql, id, clock.instant()));
    }

    /** Deletes an attachment whose upload will not be completed. */
    public CompletionStage<?> abandon(String id) {
        return database.query(sql -> {
            tables.delete(sql, id);
            return id;
        });
    }

    public CompletionStage<Optional<StoredAttachment>> find(String id) {
        return database.statements(sql -> tables.find(sql, id));
    }

    /**
     * Finds a complete attachment if the reader may read its room.
     *
     * @param reader empty for a reader who is not signed in
     */
    public CompletionStage<Optional<StoredAttachment>> find(String id, Optional<UserKey> reader) {
        return database.statements(
                sql -> tables.find(sql, id).filter(kept -> members.mayRead(sql, kept.room(), reader)));
    }

    /** A part's bytes; empty after the last one. */
    public CompletionStage<Optional<byte[]>> part(String id, int number) {
        return database.statements(sql -> tables.part(sql, id, number));
    }
}
