package dev.parley.acceptance.swarm;

import dev.parley.acceptance.checker.ChannelPosition;
import dev.parley.acceptance.checker.ClientId;
import java.util.Map;
import java.util.Set;

/** A client that records what it observes. Any thread may call any method. */
public interface SwarmClient {
    ClientId who();

    /** Its rooms in addition to the lobby. */
    Set<String> rooms();

    /** The position in each channel, by the checker's channel names. */
    Map<String, ChannelPosition> reached();

    void chat(String room, String content);

    void message(String to, String content);

    void broadcast(String content);
}
