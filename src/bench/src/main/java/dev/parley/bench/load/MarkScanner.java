package dev.parley.bench.load;

/**
 * Finds the marks in received messages. Where a mark stands is guessed from the ones before, because messages of one
 * run have mostly the same length; a guess counts only if the next number in order stands there. So most bytes are not
 * looked at. Confined to one connection's thread.
 */
final class MarkScanner {
    /** What is done with a number. */
    interface Sink {
        void number(long number);
    }

    private final Marker marker;
    /** Difference between consecutive numbers, where none is missing. */
    private final long step;

    private long last = -1;
    /** Guess: distance of the first mark from the begin of a frame. */
    private int lead;
    /** Guess: distance between two marks of a frame. */
    private int stride;

    MarkScanner(Marker marker, long step) {
        this.marker = marker;
        this.step = step;
    }

    /** Reports each mark of a frame, in order. Returns how many there are. */
    int scan(byte[] bytes, int from, int end, Sink sink) {
        int count = 0;
        int at = isNext(bytes, from + lead, end) ? from + lead : marker.find(bytes, from, end);
        if (at >= 0) {
            lead = at - from;
        }
        while (at >= 0) {
            last = Marker.number(bytes, at);
            sink.number(last);
            count++;
            int guess = at + stride;
            if (stride > 0 && isNext(bytes, guess, end)) {
                at = guess;
            } else {
                int found = marker.find(bytes, at + Marker.LENGTH, end);
                stride = found < 0 ? stride : found - at;
                at = found;
            }
        }
        return count;
    }

    private boolean isNext(byte[] bytes, int index, int end) {
        return marker.isAt(bytes, index, end) && Marker.number(bytes, index) == last + step;
    }
}
