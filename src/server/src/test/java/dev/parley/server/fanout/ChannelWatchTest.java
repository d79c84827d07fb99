package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class ChannelWatchTest {
    private static final Channel LOBBY = Channel.Room.LOBBY;
    private static final Channel OTHER = new Channel.Room("other");

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final ChannelWatch watch = new ChannelWatch(tasks::add);
    private final Recorder recorder = new Recorder();

    /** Records what a reader is told. */
    private static final class Recorder implements ChannelWatch.Listener {
        private final List<String> told = new ArrayList<>();
        private Runnable whenTold = () -> {};

        @Override
        public void grown(long head) {
            told.add("grown to " + head);
            whenTold.run();
        }

        @Override
        public void changed() {
            told.add("changed");
        }

        List<String> take() {
            List<String> taken = List.copyOf(told);
            told.clear();
            return taken;
        }
    }

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    @Test
    void readerIsWokenOfItsChannelOnly() {
        watch.register(LOBBY, recorder);
        watch.grown(OTHER, 7);
        watch.grown(LOBBY, 3);
        runTasks();
        assertThat(recorder.take()).containsExactly("grown to 3");
    }

    @Test
    void wakeUpsThatWaitAreMergedToTheHighestSeq() {
        watch.register(LOBBY, recorder);
        watch.grown(LOBBY, 3);
        watch.grown(LOBBY, 5);
        watch.grown(LOBBY, 4);
        watch.changed(LOBBY);
        assertThat(tasks).hasSize(1);
        runTasks();
        assertThat(recorder.take()).containsExactly("changed", "grown to 5");
    }

    @Test
    void growthWhileReadersAreWokenIsNotLost() {
        watch.register(LOBBY, recorder);
        recorder.whenTold = () -> {
            recorder.whenTold = () -> {};
            watch.grown(LOBBY, 9);
        };
        watch.grown(LOBBY, 8);
        runTasks();
        assertThat(recorder.take()).containsExactly("grown to 8", "grown to 9");
    }

    @Test
    void changeIsToldOnce() {
        watch.register(LOBBY, recorder);
        watch.changed(LOBBY);
        runTasks();
        watch.grown(LOBBY, 1);
        runTasks();
        assertThat(recorder.take()).containsExactly("changed", "grown to 0", "grown to 1");
    }

    @Test
    void changeOfAllChannelsReachesEveryReader() {
        Recorder other = new Recorder();
        watch.register(LOBBY, recorder);
        watch.register(OTHER, other);
        watch.changedAll();
        runTasks();
        assertThat(recorder.take()).contains("changed");
        assertThat(other.take()).contains("changed");
    }

    @Test
    void unregisteredReaderIsNotWokenAndNothingIsKept() {
        Recorder stays = new Recorder();
        watch.register(LOBBY, recorder);
        watch.register(LOBBY, stays);
        watch.unregister(LOBBY, recorder);
        watch.grown(LOBBY, 1);
        runTasks();
        assertThat(recorder.take()).isEmpty();
        assertThat(stays.take()).containsExactly("grown to 1");

        watch.unregister(LOBBY, stays);
        watch.grown(LOBBY, 2);
        assertThat(tasks).as("a channel without readers causes no task").isEmpty();
    }
}
