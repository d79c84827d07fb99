package dev.parley.acceptance.swarm;

import dev.parley.acceptance.checker.ChannelPosition;
import dev.parley.acceptance.checker.ClientId;
import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Message;
import dev.parley.acceptance.checker.Recorder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The record of one client: it adds its events to the history, and keeps the position that the client has reached in
 * each channel. Channels have the checker's names. Any thread may call any method.
 */
public final class ClientRecord {
    public static final String BROADCAST = "broadcast";
    private static final String INBOX_KEY = "inbox";

    private final ClientId clientId;
    private final Recorder recorder;
    private final Map<String, ChannelPosition> reached = new LinkedHashMap<>();

    public ClientRecord(ClientId clientId, Recorder recorder) {
        this.clientId = clientId;
        this.recorder = recorder;
    }

    public static String room(String room) {
        return "room:" + room;
    }

    private static String inbox(String user) {
        return "inbox:" + user;
    }

    /** The client's own inbox. */
    public String inbox() {
        return inbox(clientId.user());
    }

    /** The channels of a direct message: both inboxes. The ack names the seq in the own one. */
    public List<String> inboxes(String to) {
        return List.of(inbox(), inbox(to));
    }

    /** The channel with this key on the wire, where a client's own inbox needs no user. */
    public String channel(String wireKey) {
        return wireKey.equals(INBOX_KEY) ? inbox() : wireKey;
    }

    /** The key of a channel on the wire. */
    public static String wireKey(String channel) {
        return channel.startsWith("inbox:") ? INBOX_KEY : channel;
    }

    public synchronized Map<String, ChannelPosition> reached() {
        return Map.copyOf(reached);
    }

    public synchronized Optional<ChannelPosition> reached(String channel) {
        return Optional.ofNullable(reached.get(channel));
    }

    /** Begins at a position that an earlier client of the same application has reached. */
    public synchronized void resume(String channel, ChannelPosition position) {
        reached.put(channel, position);
    }

    /** Forgets the position, because the client has left the room. */
    public synchronized void leave(String channel) {
        reached.remove(channel);
    }

    public void connected() {
        recorder.record(new Event.Connected(clientId));
    }

    public void disconnected(int code) {
        recorder.record(new Event.Disconnected(clientId, code));
    }

    /** A channel was opened. Reading begins at {@code from}, unless the position that was asked for is recovered. */
    public synchronized void opened(
            String channel, Optional<ChannelPosition> asked, ChannelPosition from, boolean recovered) {
        recorder.record(new Event.Opened(clientId, channel, asked, from, recovered));
        if (!recovered || asked.isEmpty()) {
            reached.put(channel, from);
        }
    }

    /**
     * A stored message has arrived.
     *
     * @param isOpen whether the channel was opened on this connection; otherwise the message moves no position
     */
    public synchronized void received(String channel, boolean isOpen, long seq, Message message) {
        Optional<ChannelPosition> before = isOpen ? reached(channel) : Optional.empty();
        String epoch = before.map(ChannelPosition::epoch).orElse("");
        recorder.record(new Event.Received(clientId, channel, epoch, seq, recorder.same(message)));
        before.filter(position -> position.seq() < seq)
                .ifPresent(position -> reached.put(channel, new ChannelPosition(epoch, seq)));
    }

    public void sent(Event.Sent sent) {
        recorder.record(sent);
    }

    public void acked(String id, String channel, long seq) {
        recorder.record(new Event.Acked(clientId, id, channel, seq));
    }

    public void refused(String id, String code) {
        recorder.record(new Event.Refused(clientId, id, code));
    }
}
