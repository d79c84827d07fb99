package dev.parley.server.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import java.util.Collection;
import java.util.Map;

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

    /** @param ending of the message's JSON */
    record Commit(Position position, String ending) {
        static Commit of(Position position, String json) {
            int begin = json.length();
            for (int i = 0; i < ENDING_MAX && begin > 0; i++) {
                begin -= Character.charCount(json.codePointBefore(begin));
            }
            return new Commit(position, json.substring(begin));
        }
    }

    /** In another epoch than before, what was known does not count any more. */
    void committed(Channel channel, Position position, String json) {
        newest.asMap().merge(channel, Commit.of(position, json), KnownCommits::newer);
    }

    private static Commit newer(Commit known, Commit news) {
        boolean isSameEpoch = news.position().epoch().equals(known.position().epoch());
        return isSameEpoch && news.position().seq() < known.position().seq() ? known : news;
    }

    Map<Channel, Commit> all() {
        return Map.copyOf(newest.asMap());
    }

    void forget(Collection<Channel> channels) {
        newest.invalidateAll(channels);
    }
}
