package dev.parley.server.container;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Stops the reading of a connection while its output waits for the peer. Tyrus queues its answers to pings without a
 * bound: without this, one peer that sends pings and reads nothing takes all memory (seen with Tyrus 2.1.5). Any
 * thread.
 */
final class Backpressure {
    private final AtomicReference<State> state = new AtomicReference<>(State.READING);

    private enum State {
        READING(true, false),
        /** The output waits, and the reader does not know yet. */
        FULL(false, false),
        STOPPED(false, true),
        /** The output takes more, and the reader has stopped. */
        RESUMABLE(true, true);

        private final boolean isOutputReady;
        private final boolean isStopped;

        State(boolean isOutputReady, boolean isStopped) {
            this.isOutputReady = isOutputReady;
            this.isStopped = isStopped;
        }

        State output(boolean isReady) {
            if (isReady) {
                return isStopped ? RESUMABLE : READING;
            }
            return isStopped ? STOPPED : FULL;
        }

        State reader() {
            return isOutputReady ? this : STOPPED;
        }
    }

    /** Tells whether the output takes more. To be called by one thread at a time. */
    void output(boolean isReady) {
        state.updateAndGet(before -> before.output(isReady));
    }

    /** Returns true if the reader must stop. After that it goes on when {@link #resumes} has returned true. */
    boolean stops() {
        return state.updateAndGet(State::reader).isStopped;
    }

    /** Returns true, once, if a reader has stopped and may go on. The caller must let it go on. */
    boolean resumes() {
        return state.compareAndSet(State.RESUMABLE, State.READING);
    }
}
