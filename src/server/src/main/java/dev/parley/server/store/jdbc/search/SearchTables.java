package dev.parley.server.store.jdbc.search;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.MemberTables;
import dev.parley.server.store.jdbc.MessageTables;
import dev.parley.server.store.model.FoundPage;
import jakarta.json.spi.JsonProvider;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The SQL of searches in one channel. A search looks through a window of the channel's newest messages, in the order of
 * the primary key, so that its cost has a bound whatever is stored. The database compares the bodies, which are JSON;
 * what it finds is decoded, because a body also holds names of fields and of people.
 *
 * <p>Not by PostgreSQL's full text: its parser finds no words in Chinese, Japanese and Thai, it finds no part of a word
 * and no punctuation, and its index would have to be written with each message.
 */
public final class SearchTables {
    /** Bounds of the window of one search. The newest of its messages is in it however long it is. */
    private static final int WINDOW_MESSAGES = 10_000;

    private static final long WINDOW_BYTES = 16L * 1024 * 1024;

    /** Bound of the messages that are decoded in one search. */
    private static final int CANDIDATES_MAX = 1_000;

    /** Looked up once: each look-up searches the class path. */
    private static final JsonProvider JSON = JsonProvider.provider();

    private final MemberTables members = new MemberTables();
    private final MessageTables messages;

    public SearchTables(MessageTables messages) {
        this.messages = messages;
    }

    /**
     * What is looked for.
     *
     * @param before seq behind the newest message that is looked at
     * @param limit maximum number of messages
     * @param maxBytes bound of the messages that are read, but at least one is
     */
    public record Wanted(String text, long before, int limit, int maxBytes) {
        private boolean isIn(ServerMessage.Stored message) {
            return isIn(message.content())
                    || (message instanceof ServerMessage.Notification notification
                            && notification.title().filter(this::isIn).isPresent());
        }

        private boolean isIn(String one) {
            return one.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
        }
    }

    /**
     * A message whose body holds the text.
     *
     * @param candidates number of them in the window, also of those that are over the bounds
     */
    private record Candidate(long seq, String body, int candidates) {}

    /**
     * The newest messages whose content or title holds a text, in any case. Empty if the channel does not exist or the
     * reader may not read it.
     */
    public Optional<FoundPage> search(Handle sql, Channel channel, UserKey reader, Wanted wanted) {
        Optional<FoundPage> page = messages.shown(sql, channel).map(shown -> search(sql, shown, wanted));
        // Checked last, as for the history.
        return members.mayRead(sql, channel, Optional.of(reader)) ? page : Optional.empty();
    }

    private static FoundPage search(Handle sql, MessageTables.Shown shown, Wanted wanted) {
        Optional<Long> window = window(sql, shown, wanted.before());
        if (window.isEmpty()) {
            return new FoundPage(List.of(), shown.oldest(), shown.oldest());
        }
        List<Candidate> newestFirst = candidates(sql, shown, window.get(), wanted);
        int count = newestFirst.size();
        boolean isWhole = count == 0 || (count == newestFirst.get(0).candidates() && count < CANDIDATES_MAX);
        long searched = isWhole ? window.get() : newestFirst.get(count - 1).seq();
        Deque<String> found = new ArrayDeque<>();
        for (Candidate candidate : newestFirst) {
            if (wanted.isIn(MessageCodec.decodeStored(candidate.body()))) {
                found.addFirst(candidate.body());
                if (found.size() == wanted.limit()) {
                    searched = candidate.seq();
                    break;
                }
            }
        }
        return new FoundPage(List.copyOf(found), shown.oldest(), searched);
    }

    /** Seq of the oldest message of the window; empty if no message is stored before. */
    private static Optional<Long> window(Handle sql, MessageTables.Shown shown, long before) {
        return sql.createQuery("""
                        select min(seq) from (
                          select seq, bytes, sum(bytes) over (order by seq desc) as total from (
                            select seq, bytes from parley_message
                            where channel_id = :channel and seq >= :shown and seq < :before
                            order by channel_id desc, seq desc fetch first :messages rows only) newest) sized
                        where total - bytes <= :bytes
                        """)
                .bind("channel", shown.id())
                .bind("shown", shown.oldest())
                .bind("before", before)
                .bind("messages", WINDOW_MESSAGES)
                .bind("bytes", WINDOW_BYTES)
                .mapTo(Long.class)
                .findOne();
    }

    /**
     * The messages of the window whose body holds the text, the newest first, within the bounds. In one statement: a
     * second one for the bodies took seconds on either database, which compared all rows of the channel with all seqs
     * that were found; PostgreSQL while it had no statistics of a table that had just grown.
     */
    private static List<Candidate> candidates(Handle sql, MessageTables.Shown shown, long oldest, Wanted wanted) {
        return sql.createQuery("""
                        select seq, body, candidates from (
                          select seq, body, bytes, sum(bytes) over (order by seq desc) as total,
                            count(*) over () as candidates
                          from (
                            select seq, body, bytes from parley_message
                            where channel_id = :channel and seq >= :oldest and seq < :before
                              and lower(body) like lower(cast(:pattern as varchar)) escape '!'
                            order by channel_id desc, seq desc fetch first :candidates rows only) matching) sized
                        where total <= :bytes or total = bytes
                        order by seq desc
                        """)
                .bind("channel", shown.id())
                .bind("oldest", oldest)
                .bind("before", wanted.before())
                .bind("pattern", pattern(wanted.text()))
                .bind("candidates", CANDIDATES_MAX)
                .bind("bytes", wanted.maxBytes())
                .map((row, context) ->
                        new Candidate(row.getLong("seq"), row.getString("body"), row.getInt("candidates")))
                .list();
    }

    /** A pattern for bodies that hold the text as JSON writes it. */
    private static String pattern(String text) {
        String json = JSON.createValue(text).toString();
        String written = json.substring(1, json.length() - 1);
        return "%" + written.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%";
    }
}
