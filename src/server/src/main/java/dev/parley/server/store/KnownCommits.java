package dev.parley.server.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.Channel;
import java.util.Collection;
import java.util.Map;

/**
 * The newest message of each active channel that this node knows to be committed, by itself or by another node. An
 * uncertain commit and a client's position do not count. Any thread.
 */
final class KnownCommits {
    /** An entry takes some 500 bytes. */
    private static final int CHANNELS_MAX = 10_000;

    /** Code points that tell messages apart: the id and the seq are at the beginning. */
    private static final int BEGINNING_MAX = 200;

    private final Cache<Channel, Commit> newest =
            Caffeine.newBuilder().maximumSize(CHANNELS_MAX).build();

    /** @param beginning of the message's JSON */
    record Commit(long seq, String beginning) {
        static Commit of(long seq, String json) {
            int end = 0;
            for (int i = 0; i < BEGINNING_MAX && end < json.length(); i++) {
                end += Character.charCount(json.codePointAt(end));
            }
            return new Commit(seq, json.substring(0, end));
        }
    }

    void committed(Channel channel, long seq, String json) {
        newest.asMap()
                .merge(
                        channel,
                        Commit.of(seq, json),
                        (known, news) -> news.seq() >= known.seq() ? news : known);
    }

    Map<Channel, Commit> all() {
        return Map.copyOf(newest.asMap());
    }

    void forget(Collection<Channel> channels) {
        newest.invalidateAll(channels);
    }

    void forgetAll() {
        newest.invalidateAll();
    }
}
