package dev.parley.bench.system;

import java.util.Map;

/**
 * Parley, every message stored before it is delivered.
 *
 * @param name in options and records
 * @param wire what clients say to it
 */
public record ParleyTarget(String name, ParleyWire wire) implements Target {
    /** Several messages in a frame: what Parley's own clients ask for. */
    public static ParleyTarget batches() {
        return new ParleyTarget("parley", ParleyWire.BATCHES);
    }

    /** One message in a frame: what a client gets that names no subprotocol. */
    static ParleyTarget objects() {
        return new ParleyTarget("parley-objects", new ParleyWire(false, ParleyWire.Credential.GUEST));
    }

    @Override
    public ParleyServer start(Workplace workplace) {
        return ParleyServer.start(workplace, Map.of());
    }
}
