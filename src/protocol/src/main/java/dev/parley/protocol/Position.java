package dev.parley.protocol;

/**
 * Where a reader is in a channel: everything up to {@code seq} has been read, counted within {@code epoch}.
 *
 * @param epoch random, made with the channel; another epoch means another log, in which old numbers say nothing
 * @param seq number of the last message read; 0 before the first
 */
public record Position(String epoch, long seq) {
    public Position {
        Field.text("epoch", Field.required("epoch", epoch), Field.EPOCH_MAX);
        Field.atLeast("seq", seq, 0);
    }

    /** The same log, at another number. */
    public Position at(long otherSeq) {
        return new Position(epoch, otherSeq);
    }
}
