package dev.parley.server.dispatch;

import dev.parley.protocol.Attachment;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/** An upload in progress: what has come of it, and the part that is not stored yet. Owned by the session's queue. */
public final class Upload {
    private final Optional<String> id;
    private final Attachment attachment;
    private final long begunAt;
    private ByteArrayOutputStream part = new ByteArrayOutputStream(0);
    private long received;
    private int parts;
    private long receivedAt;

    /** @param id of the message that announced it; {@code now} and all times are monotonic, in nanoseconds */
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

    /** Bytes that have not come yet. */
    public long missing() {
        return attachment.size() - received;
    }

    /** Takes bytes of it, no more than {@link #missing}. */
    public void add(byte[] bytes, long now) {
        part.writeBytes(bytes);
        received += bytes.length;
        receivedAt = now;
    }

    /** Bytes of the part that is not stored yet. */
    public int partBytes() {
        return part.size();
    }

    /** The part that is not stored yet; the next one begins. */
    public byte[] takePart() {
        byte[] taken = part.toByteArray();
        part = new ByteArrayOutputStream(0);
        parts++;
        return taken;
    }

    /** Parts that were taken. */
    public int parts() {
        return parts;
    }

    /** For how many ns nothing of it has come. */
    public long silence(long now) {
        return now - receivedAt;
    }

    /** For how many ns it has gone on. */
    public long age(long now) {
        return now - begunAt;
    }
}
