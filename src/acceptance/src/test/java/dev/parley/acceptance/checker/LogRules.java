package dev.parley.acceptance.checker;

import dev.parley.acceptance.checker.Violation.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules for the final logs: they contain every acked message, once, in the order of its sender, without gaps. */
final class LogRules implements Event.Visitor {
    private final ExpectedState expectedState;
    private final List<Violation> violations;
    private final Map<String, Map<Message.Key, Long>> seqs = new HashMap<>();
    private final Set<String> unaudited = new HashSet<>();

    LogRules(ExpectedState expectedState, List<Violation> violations) {
        this.expectedState = expectedState;
        this.violations = violations;
    }

    @Override
    public void acked(Event.Acked ack) {
        Message.Key key = new Message.Key(ack.clientId().user(), ack.id());
        Event.Sent sent = expectedState.sent(key).orElse(null);
        if (sent == null || !sent.clientId().equals(ack.clientId())) {
            add(Kind.MISDELIVERED, ack.clientId() + " got an ack for '" + ack.id() + "', which it never sent.");
            return;
        }
        if (!sent.acknowledgedIn().equals(ack.channel())) {
            add(
                    Kind.MISDELIVERED,
                    ack.clientId() + " sent " + key + " to " + sent.acknowledgedIn() + ", but the ack names "
                            + ack.channel() + ".");
            return;
        }
        sent.channels().forEach(channel -> stored(ack, key, channel));
    }

    private void stored(Event.Acked ack, Message.Key key, String channel) {
        Event.Audited log = expectedState.log(channel).orElse(null);
        if (log == null) {
            if (unaudited.add(channel)) {
                add(
                        Kind.ACKED_BUT_LOST,
                        "nobody could read the log of " + channel + ", where " + ack.clientId() + " has an ack for "
                                + key + ".");
            }
            return;
        }
        Long seq = seqs(log).get(key);
        boolean isAcked = channel.equals(ack.channel());
        boolean isTrimmed = isAcked ? ack.seq() < log.oldest() : seq == null && log.oldest() > 1;
        if (isTrimmed) {
            return;
        }
        if (seq == null) {
            add(
                    Kind.ACKED_BUT_LOST,
                    ack.clientId() + " has an ack for " + key + " at " + ack.channel() + " " + ack.seq()
                            + ", but the log of " + channel + " (" + log.oldest() + " to " + log.head()
                            + ") does not hold it.");
        } else if (isAcked && seq != ack.seq()) {
            add(
                    Kind.ACKED_BUT_LOST,
                    ack.clientId() + " has an ack for " + key + " at " + channel + " " + ack.seq()
                            + ", but it is stored at " + seq + ".");
        }
    }

    private Map<Message.Key, Long> seqs(Event.Audited log) {
        return seqs.computeIfAbsent(log.channel(), channel -> {
            Map<Message.Key, Long> found = new HashMap<>();
            log.entries().forEach(entry -> found.putIfAbsent(entry.message().key(), entry.seq()));
            return found;
        });
    }

    @Override
    public void audited(Event.Audited log) {
        String seen = "the log of " + log.channel();
        Map<Message.Key, Long> stored = new HashMap<>();
        Map<ClientId, Message.Key> newestOf = new HashMap<>();
        long expected = log.oldest();
        for (Event.Audited.Entry entry : log.entries()) {
            Message.Key key = entry.message().key();
            if (entry.seq() != expected) {
                add(
                        Kind.SILENTLY_MISSING,
                        seen + " goes on with " + entry.seq() + " where " + expected + " should be.");
            }
            expected = entry.seq() + 1;
            Long before = stored.putIfAbsent(key, entry.seq());
            if (before != null) {
                add(Kind.DOUBLED, seen + " holds " + key + " at " + before + " and at " + entry.seq() + ".");
            }
            expectedState.compare(seen + " holds at " + entry.seq(), log.channel(), entry.message());
            expectedState.sent(key).ifPresent(sent -> {
                Message.Key newest = newestOf.get(sent.clientId());
                if (newest != null && expectedState.order(newest) > expectedState.order(key)) {
                    add(
                            Kind.REORDERED,
                            sent.clientId() + " sent " + key + " before " + newest + ", but " + seen
                                    + " holds it after that" + " one, at " + entry.seq() + ".");
                } else {
                    newestOf.put(sent.clientId(), key);
                }
            });
        }
        if (expected <= log.head()) {
            add(Kind.SILENTLY_MISSING, seen + " ends before " + expected + ", but its head is " + log.head() + ".");
        }
    }

    private void add(Kind kind, String sentence) {
        violations.add(new Violation(kind, sentence));
    }
}
