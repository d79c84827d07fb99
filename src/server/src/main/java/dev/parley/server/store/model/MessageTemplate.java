package dev.parley.server.store.model;

import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;

/**
 * A stored message that is encoded but for its seq and its time, which it gets when its channel is locked. So the lock
 * is not held while messages are encoded.
 */
public final class MessageTemplate {
    private static final long SEQ = 0;
    private static final String SENT_AT = "1970-01-01T00:00:00.000Z";

    /** As encoded. A string holds no bare quote, so that both stand for the fields alone. JSON-B orders the names. */
    private static final String SENT_AT_FIELD = ",\"sentAt\":\"" + SENT_AT + "\"";

    private static final String SEQ_FIELD = ",\"seq\":" + SEQ;

    private final String untilSentAt;
    private final String untilSeq;
    private final String rest;
    private final int bytes;

    private MessageTemplate(String untilSentAt, String untilSeq, String rest, int bytes) {
        this.untilSentAt = untilSentAt;
        this.untilSeq = untilSeq;
        this.rest = rest;
        this.bytes = bytes;
    }

    /** Creates a message at a position and time. */
    @FunctionalInterface
    public interface Writer {
        ServerMessage.Stored write(long seq, String sentAt);
    }

    /** @throws IllegalStateException if the encoding does not show the two fields */
    public static MessageTemplate of(Writer writer, MessageEncoding encoding) {
        Encoded encoded = encoding.encode(writer.write(SEQ, SENT_AT));
        String json = encoded.json();
        int seqField = json.lastIndexOf(SEQ_FIELD);
        int sentAtField = json.lastIndexOf(SENT_AT_FIELD, seqField);
        if (sentAtField < 0) {
            throw new IllegalStateException("A stored message must be encoded with its sentAt and then its seq.");
        }
        int sentAt = sentAtField + SENT_AT_FIELD.indexOf(SENT_AT);
        int seq = seqField + SEQ_FIELD.length() - 1;
        return new MessageTemplate(
                json.substring(0, sentAt),
                json.substring(sentAt + SENT_AT.length(), seq),
                json.substring(seq + 1),
                encoded.bytes() - SENT_AT.length() - 1);
    }

    /** Length in UTF-8, without the seq and the time. */
    public int bytes() {
        return bytes;
    }

    /** @param sentAt as {@link dev.parley.protocol.Timestamp} formats it */
    public Encoded at(long seq, String sentAt) {
        String digits = Long.toString(seq);
        return Encoded.of(untilSentAt + sentAt + untilSeq + digits + rest, bytes + sentAt.length() + digits.length());
    }
}
