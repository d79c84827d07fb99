package dev.parley.acceptance.checker;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The sent messages and the final logs. All other events are compared with them. */
final class ExpectedState implements Event.Visitor {
    private final List<Violation> violations;
    private final Map<Message.Key, Event.Sent> firstSent = new LinkedHashMap<>();
    private final Map<String, Event.Audited> logs = new LinkedHashMap<>();
    /** Index of each message in the order of all sent messages. */
    private final Map<Message.Key, Integer> order = new HashMap<>();

    ExpectedState(List<Violation> violations) {
        this.violations = violations;
    }

    @Override
    public void sent(Event.Sent event) {
        Message.Key key = event.message().key();
        firstSent.putIfAbsent(key, event);
        order.putIfAbsent(key, order.size());
    }

    @Override
    public void audited(Event.Audited event) {
        logs.put(event.channel(), event);
    }

    Optional<Event.Sent> sent(Message.Key key) {
        return Optional.ofNullable(firstSent.get(key));
    }

    int order(Message.Key key) {
        return order.get(key);
    }

    Optional<Event.Audited> log(String channel) {
        return Optional.ofNullable(logs.get(channel));
    }

    /**
     * Reports a violation unless exactly this message was sent to this channel.
     *
     * @param seen start of the sentence: where the message was found
     */
    void compare(String seen, String channel, Message message) {
        Optional<Event.Sent> sent = sent(message.key());
        if (sent.isEmpty()) {
            misdelivered(seen + " " + message + ", which nobody sent.");
        } else if (!sent.get().channels().contains(channel)) {
            misdelivered(
                    seen + " " + message + ", which was sent to " + sent.get().channels() + ".");
        } else if (!sent.get().message().equals(message)) {
            misdelivered(seen + " " + message + ", but what was sent is "
                    + sent.get().message() + ".");
        }
    }

    private void misdelivered(String sentence) {
        violations.add(new Violation(Violation.Kind.MISDELIVERED, sentence));
    }
}
