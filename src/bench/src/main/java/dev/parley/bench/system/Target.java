package dev.parley.bench.system;

import java.util.List;

/** A system under test. Stateless: each start is a new process without data. */
public sealed interface Target permits ParleyTarget, NodeTarget, SpringTarget {
    /** All targets, Parley first. */
    static List<Target> all() {
        return List.of(
                ParleyTarget.batches(),
                ParleyTarget.objects(),
                NodeTarget.ws(),
                NodeTarget.socketIo(),
                NodeTarget.socketIoRecovery(),
                new SpringTarget());
    }

    /**
     * The target with a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Target of(String name) {
        return all().stream()
                .filter(target -> target.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no target '" + name + "'; there are "
                        + all().stream().map(Target::name).toList() + "."));
    }

    /** Its name in options and records. */
    String name();

    /** What clients say to it. */
    Wire wire();

    /**
     * Starts it.
     *
     * @throws MissingTool if something that it needs is not on this machine
     */
    RunningTarget start(Workplace workplace) throws MissingTool;
}
