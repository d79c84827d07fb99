package dev.parley.acceptance.service;

import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.network.Relay.Cut;
import dev.parley.acceptance.network.Relay.Way;
import java.util.Random;

/** A fault that strikes a random share of the connections. */
enum NetworkFault {
    RESET,
    END,
    WITHIN_A_FRAME,
    HANG,
    LOSE_TO_SERVER,
    LOSE_TO_CLIENT,
    HOLD_TO_SERVER,
    HOLD_TO_CLIENT,
    CRAWL,
    FLOW;

    private static final int CRAWL_BYTES_PER_SECOND = 2_000;

    /** @return number of affected connections */
    int strike(Relay network, double share, Random random) {
        return switch (this) {
            case RESET -> network.cut(Cut.RESET, share, random);
            case END -> network.cut(Cut.END, share, random);
            case WITHIN_A_FRAME -> network.cut(Cut.WITHIN_A_FRAME, share, random);
            case HANG -> network.cut(Cut.HANG, share, random);
            case LOSE_TO_SERVER -> network.lose(Way.TO_SERVER, share, random);
            case LOSE_TO_CLIENT -> network.lose(Way.TO_CLIENT, share, random);
            case HOLD_TO_SERVER -> network.hold(Way.TO_SERVER, share, random);
            case HOLD_TO_CLIENT -> network.hold(Way.TO_CLIENT, share, random);
            case CRAWL -> network.slow(CRAWL_BYTES_PER_SECOND, share, random);
            case FLOW -> {
                network.flow();
                yield 1;
            }
        };
    }
}
