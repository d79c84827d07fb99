package dev.parley.server.dispatch;

import dev.parley.protocol.Attachment;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/** An upload in progress: its counters, and the part that is not stored yet. Confined to the session's queue. */
public final class Upload {
    private final Optional<String> id;
    private final Attachment attachment;
    private final long begunAt;
    private ByteArrayOutputStream part = new ByteArrayOutputStream(0);
    private long received;
    private int parts;
    private long receivedAt;

    /**
     * @param id of the {@code upload} message
     * @param now the monotonic time in nanoseconds, as in all methods
     */
    public Upload(Optional<String> id, Attachment attachment, long now) {
        this.id = id;
        this.attachment = attachment;
        this.begunAt = now;
        this.receivedAt = now;
    }

    public Optional<String> id() {
        return id;
    }

    public Attachment attachment() {
        return attachment;
    }

    public boolean isWhole() {
        return missing() == 0;
    }

    /** Bytes that have not arrived yet. */
    public long missing() {
        return attachment.size() - received;
    }

    /** Adds bytes, no more than {@link #missing}. */
    public void add(byte[] bytes, long now) {
        part.writeBytes(bytes);
        received += bytes.length;
        receivedAt = now;
    }

    /** Bytes of the part that is not stored yet. */
    public int partBytes() {
        return part.size();
    }

    /** Takes the part that is not stored yet, and begins the next one. */
    public byte[] takePart() {
        byte[] taken = part.toByteArray();
        part = new ByteArrayOutputStream(0);
        parts++;
        return taken;
    }

    /** Number of parts that were taken. */
    public int parts() {
        return parts;
    }

    /** Nanoseconds since the last byte arrived. */
    public long silence(long now) {
        return now - receivedAt;
    }

    /** Nanoseconds since the upload began. */
    public long age(long now) {
        return now - begunAt;
    }
}
