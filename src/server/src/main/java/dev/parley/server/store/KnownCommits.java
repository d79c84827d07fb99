package dev.parley.server.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import java.util.Map;
import java.util.Optional;

/**
 * The newest message of each active channel that this node knows to be committed, by itself or by another node. An
 * uncertain commit and a client's position do not count. Any thread.
 */
final class KnownCommits {
    /** An entry takes some 500 bytes. */
    private static final int CHANNELS_MAX = 10_000;

    /** Code points that tell messages apart: the time, the seq and the id follow the content. */
    private static final int ENDING_MAX = 400;

    private final Cache<Channel, Commit> newest =
            Caffeine.newBuilder().maximumSize(CHANNELS_MAX).build();

    /**
     * @param ending of the message's JSON
     * @param server the server process of the database that has it; empty if nobody said it
     */
    record Commit(Position position, String ending, Optional<String> server) {
        static Commit of(Position position, String json, Optional<String> server) {
            int begin = json.length();
            for (int i = 0; i < ENDING_MAX && begin > 0; i++) {
                begin -= Character.charCount(json.codePointBefore(begin));
            }
            return new Commit(position, json.substring(begin), server);
        }
    }

    /** In another epoch than before, what was known does not count any more. */
    void committed(Channel channel, Position position, String json, Optional<String> server) {
        newest.asMap().merge(channel, Commit.of(position, json, server), KnownCommits::newer);
    }

    private static Commit newer(Commit known, Commit news) {
        boolean isSameEpoch = news.position().epoch().equals(known.position().epoch());
        return isSameEpoch && news.position().seq() < known.position().seq() ? known : news;
    }

    /** Whether a message of this channel is known that is at least as new. */
    boolean has(Channel channel, Position position) {
        Commit known = newest.getIfPresent(channel);
        return known != null
                && known.position().epoch().equals(position.epoch())
                && known.position().seq() >= position.seq();
    }

    Map<Channel, Commit> all() {
        return Map.copyOf(newest.asMap());
    }

    /** Forgets a commit, unless a newer one of its channel is known. */
    void forget(Channel channel, Commit commit) {
        newest.asMap().remove(channel, commit);
    }
}
