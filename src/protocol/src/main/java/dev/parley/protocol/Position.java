package dev.parley.protocol;

/**
 * The position of a reader in a channel: everything up to {@code seq} has been read, counted within {@code epoch}.
 *
 * @param epoch random, created with the channel; another epoch is another log, in which old numbers have no meaning
 * @param seq seq of the last message read; 0 before the first
 */
public record Position(String epoch, long seq) {
    public Position {
        Field.text("epoch", Field.required("epoch", epoch), Field.EPOCH_MAX);
        Field.atLeast("seq", seq, 0);
    }

    /** A position in the same epoch with another seq. */
    public Position at(long otherSeq) {
        return new Position(epoch, otherSeq);
    }
}
