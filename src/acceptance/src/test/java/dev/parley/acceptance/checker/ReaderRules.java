package dev.parley.acceptance.checker;

import dev.parley.acceptance.checker.Violation.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules for received messages: a client gets each seq of a channel once, in order, from the requested position to
 * the head, and all clients get the same messages.
 */
final class ReaderRules implements Event.Visitor {
    private final ExpectedState expectedState;
    private final List<Violation> violations;
    private final Map<ClientId, Client> clients = new LinkedHashMap<>();
    private final Map<Spot, Seen> seen = new HashMap<>();

    private record Spot(String channel, String epoch, long seq) {}

    private record Seen(String by, Message message) {}

    /** The view of one client: the channels that it ever read, and those of the current connection. */
    private static final class Client {
        private final Set<String> everOpened = new LinkedHashSet<>();
        private final Map<String, Reading> readings = new LinkedHashMap<>();
        private boolean isConnected;
    }

    /** One channel on one connection, from {@code welcome} or {@code joined} on. */
    private static final class Reading {
        private final ChannelPosition from;
        private final Set<Long> received = new HashSet<>();
        private long last;

        Reading(ChannelPosition from) {
            this.from = from;
            this.last = from.seq();
        }
    }

    ReaderRules(ExpectedState expectedState, List<Violation> violations) {
        this.expectedState = expectedState;
        this.violations = violations;
    }

    private Client client(ClientId clientId) {
        return clients.computeIfAbsent(clientId, key -> new Client());
    }

    @Override
    public void connected(Event.Connected event) {
        Client client = client(event.clientId());
        client.isConnected = true;
        client.readings.clear();
    }

    @Override
    public void disconnected(Event.Disconnected event) {
        client(event.clientId()).isConnected = false;
    }

    @Override
    public void opened(Event.Opened event) {
        Client client = client(event.clientId());
        client.everOpened.add(event.channel());
        if (event.recovered() && event.asked().isEmpty() && client.readings.containsKey(event.channel())) {
            // Joined again without a position: reading continues where it is.
            return;
        }
        // The requested position counts, not the one in the answer: a later position in the answer would hide the
        // messages between them.
        ChannelPosition from = event.recovered() ? event.asked().orElse(event.from()) : event.from();
        client.readings.put(event.channel(), new Reading(from));
    }

    @Override
    public void received(Event.Received event) {
        String what = event.clientId() + " received from " + event.channel() + " at " + event.seq();
        Reading reading = client(event.clientId()).readings.get(event.channel());
        if (reading == null) {
            add(
                    Kind.MISDELIVERED,
                    what + " " + event.message() + ", but over this line it was not let into that channel.");
            return;
        }
        expectedState.compare(what, event.channel(), event.message());
        compare(event);
        follow(event, reading, what);
    }

    private void follow(Event.Received event, Reading reading, String what) {
        long seq = event.seq();
        Message.Key key = event.message().key();
        if (!reading.received.add(seq)) {
            add(Kind.DOUBLED, what + " " + key + " twice over one line.");
        } else if (seq <= reading.from.seq()) {
            add(Kind.DOUBLED, what + " " + key + ", but had it already: its position was " + reading.from.seq() + ".");
        } else if (seq < reading.last) {
            add(Kind.REORDERED, what + " " + key + " after " + reading.last + ".");
        } else if (seq > reading.last + 1) {
            add(
                    Kind.SILENTLY_MISSING,
                    what + " " + key + " straight after " + reading.last + ": nobody told it of a gap.");
        }
        reading.last = Math.max(reading.last, seq);
    }

    /** Checks that a seq has the same message for every reader and in the log. */
    private void compare(Event.Received event) {
        Spot spot = new Spot(event.channel(), event.epoch(), event.seq());
        Seen before = seen.computeIfAbsent(spot, this::logged);
        if (before == null) {
            seen.put(spot, new Seen(event.clientId().toString(), event.message()));
            expectedState
                    .log(event.channel())
                    .filter(log -> log.epoch().equals(event.epoch()) && event.seq() >= log.oldest())
                    .ifPresent(log -> add(
                            Kind.DIVERGING,
                            event.clientId() + " received from " + event.channel() + " at " + event.seq() + " "
                                    + event.message() + ", but the log holds nothing there."));
        } else if (!before.message().equals(event.message())) {
            add(
                    Kind.DIVERGING,
                    event.clientId() + " received from " + event.channel() + " at " + event.seq() + " "
                            + event.message() + ", but " + before.by() + " has there " + before.message() + ".");
        }
    }

    private Seen logged(Spot spot) {
        return expectedState
                .log(spot.channel())
                .filter(log -> log.epoch().equals(spot.epoch()))
                .map(log -> entry(log, spot.seq()))
                .orElse(null);
    }

    private static Seen entry(Event.Audited log, long seq) {
        int guess = (int) (seq - log.oldest());
        boolean isThere = guess >= 0
                && guess < log.entries().size()
                && log.entries().get(guess).seq() == seq;
        // A log with gaps is searched slowly; it is a violation anyway.
        return (isThere ? log.entries().subList(guess, guess + 1) : log.entries())
                .stream()
                        .filter(entry -> entry.seq() == seq)
                        .findFirst()
                        .map(entry -> new Seen("the log", entry.message()))
                        .orElse(null);
    }

    /** Checks the end of the history: every connected client has read each of its channels to the head. */
    void end() {
        clients.forEach((clientId, client) -> {
            if (client.isConnected) {
                client.everOpened.forEach(channel -> atHead(clientId, client, channel));
            }
        });
    }

    private void atHead(ClientId clientId, Client client, String channel) {
        Reading reading = client.readings.get(channel);
        if (reading == null) {
            add(Kind.SILENTLY_MISSING, clientId + " came back and was not let into " + channel + " again.");
            return;
        }
        expectedState
                .log(channel)
                .filter(log -> log.epoch().equals(reading.from.epoch()) && reading.last < log.head())
                .ifPresent(log -> add(
                        Kind.SILENTLY_MISSING,
                        clientId + " has read " + channel + " up to " + reading.last + ", but its head is " + log.head()
                                + "."));
    }

    private void add(Kind kind, String sentence) {
        violations.add(new Violation(kind, sentence));
    }
}
