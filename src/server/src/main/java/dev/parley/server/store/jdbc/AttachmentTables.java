package dev.parley.server.store.jdbc;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.FileAdmission;
import dev.parley.server.store.model.FileQuotas;
import dev.parley.server.store.model.StoredAttachment;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/** The SQL of attachments. Every method works inside the caller's transaction and blocks. */
public final class AttachmentTables {
    /** Limit of the attachments, of some MiB each, that one transaction deletes. */
    private static final int TRIMMED_MAX = 20;

    private static final String SELECT_FILES = "select id, uploader, guest_address, bytes from parley_attachment ";
    private static final String SOME = "fetch first :limit rows only for update";

    private final FileUsage usage = new FileUsage();

    /**
     * Creates the entry of an attachment whose parts follow, and counts it for its owners.
     *
     * @param guestAddress the address of an uploader that is a guest
     */
    public FileAdmission insert(
            Handle sql,
            Attachment attachment,
            Channel.Room room,
            UserKey uploader,
            Optional<String> guestAddress,
            FileQuotas quotas,
            Instant now) {
        if (!insert(sql, attachment, room, uploader, guestAddress, now)) {
            return FileAdmission.NO_SUCH_ROOM;
        }
        FileAdmission admission = usage.charge(
                sql, new FileUsage.File(attachment.id(), uploader, guestAddress, attachment.size()), quotas);
        if (admission != FileAdmission.TAKEN) {
            deleteRows(sql, List.of(attachment.id()));
        }
        return admission;
    }

    private static boolean insert(
            Handle sql,
            Attachment attachment,
            Channel.Room room,
            UserKey uploader,
            Optional<String> guestAddress,
            Instant now) {
        return sql.createUpdate("""
                        insert into parley_attachment
                          (id, channel_id, uploader, guest_address, name, media_type, bytes, is_complete, created_at)
                        select cast(:id as varchar), c.id, cast(:uploader as varchar), cast(:address as varchar),
                          cast(:name as varchar), cast(:mediaType as varchar), cast(:bytes as bigint), false,
                          cast(:now as timestamp with time zone)
                        from parley_channel c where c.name = :room
                        """)
                        .bind("id", attachment.id())
                        .bind("uploader", uploader.value())
                        .bind("address", guestAddress.orElse(null))
                        .bind("name", attachment.name())
                        .bind("mediaType", attachment.mediaType())
                        .bind("bytes", attachment.size())
                        .bind("now", now.atOffset(ZoneOffset.UTC))
                        .bind("room", room.name())
                        .execute()
                == 1;
    }

    public void addPart(Handle sql, String id, int number, byte[] bytes) {
        sql.createUpdate("""
                        insert into parley_attachment_part (attachment_id, number, bytes)
                        values (:id, :number, :bytes)
                        """)
                .bind("id", id)
                .bind("number", number)
                .bind("bytes", bytes)
                .execute();
    }

    /**
     * Marks an attachment as complete: from now on it can be found, and its time to be shown by a chat begins.
     *
     * @return false if bytes are missing
     */
    public boolean complete(Handle sql, String id, Instant now) {
        return sql.createUpdate("""
                        update parley_attachment
                        set is_complete = true, created_at = cast(:now as timestamp with time zone)
                        where id = :id and bytes =
                          (select coalesce(sum(octet_length(p.bytes)), 0) from parley_attachment_part p
                           where p.attachment_id = :id)
                        """)
                        .bind("id", id)
                        .bind("now", now.atOffset(ZoneOffset.UTC))
                        .execute()
                == 1;
    }

    public void delete(Handle sql, String id) {
        delete(sql, sql.createQuery(SELECT_FILES + "where id = :id for update").bind("id", id));
    }

    public Optional<StoredAttachment> find(Handle sql, String id) {
        return sql.createQuery("""
                        select a.id, a.name, a.media_type, a.bytes, a.uploader, c.name as room
                        from parley_attachment a
                        join parley_channel c on c.id = a.channel_id
                        where a.id = :id and a.is_complete
                        """)
                .bind("id", id)
                .map((row, context) -> new StoredAttachment(
                        new Attachment(
                                row.getString("id"),
                                row.getString("name"),
                                row.getString("media_type"),
                                row.getLong("bytes"),
                                Attachment.href(row.getString("id"))),
                        new Channel.Room(row.getString("room")),
                        new UserKey(row.getString("uploader"))))
                .findOne();
    }

    public Optional<byte[]> part(Handle sql, String id, int number) {
        return sql.createQuery(
                        "select bytes from parley_attachment_part where attachment_id = :id and number = :number")
                .bind("id", id)
                .bind("number", number)
                .mapTo(byte[].class)
                .findOne();
    }

    /**
     * Records that a chat shows the attachment: it is deleted with that chat.
     *
     * @return false if the attachment no longer exists
     */
    boolean markShown(Handle sql, String id, long seq) {
        return sql.createUpdate("update parley_attachment set seq = :seq where id = :id")
                        .bind("seq", seq)
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /**
     * Deletes some attachments whose chats were trimmed.
     *
     * @param before seq of the oldest chat that is kept
     * @return whether there may be more
     */
    public boolean trimShown(Handle sql, long channelId, long before) {
        return delete(
                        sql,
                        sql.createQuery(SELECT_FILES + "where channel_id = :channel and seq < :before " + SOME)
                                .bind("channel", channelId)
                                .bind("before", before)
                                .bind("limit", TRIMMED_MAX))
                == TRIMMED_MAX;
    }

    /**
     * Deletes some attachments that were created before this moment and that no chat shows.
     *
     * @return whether there may be more
     */
    public boolean trimUnused(Handle sql, Instant before) {
        return delete(
                        sql,
                        sql.createQuery(SELECT_FILES + "where seq is null and created_at < :before " + SOME)
                                .bind("before", before.atOffset(ZoneOffset.UTC))
                                .bind("limit", TRIMMED_MAX))
                == TRIMMED_MAX;
    }

    /**
     * Deletes files, and counts them for their owners no longer.
     *
     * @param files locks the rows: one that a chat shows in the meantime no longer matches, and stays
     * @return the number of files
     */
    private int delete(Handle sql, Query files) {
        List<FileUsage.File> found = files.map((row, context) -> new FileUsage.File(
                        row.getString("id"),
                        new UserKey(row.getString("uploader")),
                        Optional.ofNullable(row.getString("guest_address")),
                        row.getLong("bytes")))
                .list();
        if (!found.isEmpty()) {
            deleteRows(sql, found.stream().map(FileUsage.File::id).toList());
            usage.release(sql, found);
        }
        return found.size();
    }

    private static void deleteRows(Handle sql, List<String> ids) {
        sql.createUpdate("delete from parley_attachment where id = any(:ids)")
                .bindArray("ids", String.class, ids.toArray())
                .execute();
    }
}
