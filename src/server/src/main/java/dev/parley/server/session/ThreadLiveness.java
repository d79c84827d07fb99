package dev.parley.server.session;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * The liveness of one thread that owns state of the node: its signs of life, and its fault if only a restart heals it.
 * Transient failures, such as a database that does not answer, do not belong here.
 *
 * <p>Thread rule: only the thread itself reports; any thread may ask.
 */
public final class ThreadLiveness {
    /** Far above any pause of a working machine: a thread that does not block reports several times a second. */
    public static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    private final String name;
    private final LongSupplier nanoTime;

    /** Time of the last sign of life; empty while no further one is due. */
    private volatile OptionalLong lastSign = OptionalLong.empty();

    private volatile Optional<String> fault = Optional.empty();

    /**
     * @param name the task of the thread, for people
     * @param nanoTime the monotonic clock
     */
    public ThreadLiveness(String name, LongSupplier nanoTime) {
        this.name = name;
        this.nanoTime = nanoTime;
    }

    /** Reports that the thread makes progress; the next sign is due within {@link #SILENCE_MAX}. */
    public void working() {
        lastSign = OptionalLong.of(nanoTime.getAsLong());
    }

    /** Reports that the thread has nothing to do, or waits for something that may take any time; no sign is due. */
    public void idle() {
        lastSign = OptionalLong.empty();
    }

    /** Whether no sign of life is due. */
    public boolean isIdle() {
        return lastSign.isEmpty();
    }

    /**
     * Reports a throwable that the thread caught and survived. After an error of the JVM (no memory, a class that
     * cannot be loaded) its state may be half changed, which is a fault. Anything else is a bug that would occur again
     * after a restart.
     */
    public void failed(Throwable failure) {
        boolean isOfTheJvm = failure instanceof VirtualMachineError || failure instanceof LinkageError;
        // Otherwise a message that is nested too deeply would restart the node again and again.
        if (isOfTheJvm && !(failure instanceof StackOverflowError)) {
            firstFault("met " + failure.getClass().getSimpleName());
        }
    }

    /** Reports that the thread has ended without being stopped. */
    public void ended() {
        firstFault("has ended");
    }

    private void firstFault(String what) {
        if (fault.isEmpty()) {
            fault = Optional.of(sentence(what));
        }
    }

    private String sentence(String what) {
        return "The thread of the " + name + " " + what + "; restart this node, its log says more.";
    }

    String name() {
        return name;
    }

    /** Why the node must be restarted; empty while it need not be. */
    public Optional<String> fault() {
        OptionalLong since = lastSign;
        boolean isStuck = since.isPresent() && nanoTime.getAsLong() - since.getAsLong() > SILENCE_MAX.toNanos();
        return fault.isEmpty() && isStuck
                ? Optional.of(sentence("has been stuck for more than " + SILENCE_MAX.toSeconds() + " s"))
                : fault;
    }
}
