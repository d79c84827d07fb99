package dev.parley.server.session;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Signs of life of one thread that owns state of the node, and what is wrong with it that only a restart heals. Faults
 * that go away by themselves, such as a database that does not answer, do not belong here.
 *
 * <p>Thread rule: the thread itself reports, any thread asks.
 */
public final class ThreadLiveness {
    /** Far above any pause of a machine that lives: a thread that does not block comes by several times a second. */
    public static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    private final String name;
    private final LongSupplier nanoTime;

    /** When the last sign came after which another one is due; empty while none is. */
    private volatile OptionalLong lastSign = OptionalLong.empty();

    private volatile Optional<String> fault = Optional.empty();

    /**
     * @param name of what the thread does, for people
     * @param nanoTime the monotonic clock
     */
    public ThreadLiveness(String name, LongSupplier nanoTime) {
        this.name = name;
        this.nanoTime = nanoTime;
    }

    /** The thread goes on; the next sign is due within {@link #SILENCE_MAX}. */
    public void working() {
        lastSign = OptionalLong.of(nanoTime.getAsLong());
    }

    /** The thread has nothing to do, or waits for something that may take any time; no sign is due. */
    public void idle() {
        lastSign = OptionalLong.empty();
    }

    /**
     * The thread met this, and goes on. After an error of the JVM (no memory, a class that cannot be loaded) what it
     * owns may be half changed; anything else is a bug that a restart would meet again.
     */
    public void failed(Throwable failure) {
        boolean isOfTheJvm = failure instanceof VirtualMachineError || failure instanceof LinkageError;
        // A message nested too deep would otherwise restart the node again and again.
        if (isOfTheJvm && !(failure instanceof StackOverflowError)) {
            firstFault("met " + failure.getClass().getSimpleName());
        }
    }

    /** The thread is gone, and nobody asked it to go. */
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

    public String name() {
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
