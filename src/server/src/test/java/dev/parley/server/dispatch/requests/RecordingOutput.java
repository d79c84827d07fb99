package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.fanout.Backlog;
import dev.parley.server.http.Problem;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/** Records what a reader gives to its request. */
final class RecordingOutput implements ChannelReader.Output {
    private final Queue<ReadSlice> slices = new ArrayDeque<>();
    private Optional<Throwable> end = Optional.empty();
    private int ticks;

    @Override
    public void page(ReadSlice slice) {
        slices.add(slice);
    }

    @Override
    public void ended(Throwable reason) {
        assertThat(end).as("ends").isEmpty();
        end = Optional.of(reason);
    }

    @Override
    public void tick() {
        ticks++;
    }

    ReadSlice take() {
        assertThat(slices).as("pages; ended: %s", end).isNotEmpty();
        return slices.remove();
    }

    /** The seqs of the next page. */
    List<Long> takeSeqs() {
        return take().entries().stream().map(Backlog.Entry::seq).toList();
    }

    Throwable end() {
        assertThat(end).as("end").isPresent();
        return end.orElseThrow();
    }

    /** The problem that ended the reader. */
    Problem problem() {
        assertThat(end()).isInstanceOf(Problem.Refused.class);
        return ((Problem.Refused) end()).problem();
    }

    boolean isSilent() {
        return slices.isEmpty() && end.isEmpty();
    }

    int ticks() {
        return ticks;
    }
}
