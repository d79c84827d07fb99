package dev.parley.bench.load;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One client: a dialog with a server over one connection after another, and a check of the load messages that it
 * receives. Confined to the loop, except {@link #send} and {@link #isSending}.
 */
public final class Client {
    /** Called on the loop's thread. */
    public interface Events {
        /** The client is signed in and reads its room; called after each connect. */
        void ready(Client client);

        /** The server has ended the connection, or the attempt to connect failed. */
        void lost(Client client, int code, String reason);
    }

    private enum State {
        /** Without a connection. */
        IDLE,
        /** The line is cut: there can be no connection. */
        CUT,
        OPENING,
        READY
    }

    private final ConnectionLoop loop;
    private final Supplier<InetSocketAddress> server;
    private final Dialog dialog;
    private final Recorder recorder;
    private final Events events;
    private final MarkScanner scanner;
    private final MarkScanner.Sink sink = this::number;
    private final long step;
    private final int senders;

    private Deliveries deliveries;
    private State state = State.IDLE;
    private volatile WebSocketConnection connection;
    private long lineBackAt;
    private long now;
    private String lastHeard = "nothing";

    /**
     * @param first number of the first load message that it should receive
     * @param step difference between the numbers of messages in its room
     */
    public Client(
            ConnectionLoop loop,
            InetSocketAddress server,
            Dialog dialog,
            Recorder recorder,
            long first,
            long step,
            Events events) {
        this(loop, () -> server, dialog, recorder, first, step, 1, events);
    }

    /**
     * A client of several servers.
     *
     * @param server asked before each connect
     * @param senders of its room
     */
    public Client(
            ConnectionLoop loop,
            Supplier<InetSocketAddress> server,
            Dialog dialog,
            Recorder recorder,
            long first,
            long step,
            int senders,
            Events events) {
        this.loop = loop;
        this.server = server;
        this.dialog = dialog;
        this.recorder = recorder;
        this.events = events;
        this.step = step;
        this.senders = senders;
        this.scanner = new MarkScanner(Marker.CONTENT, step);
        this.deliveries = new Deliveries(first, step, senders);
        this.lineBackAt = System.nanoTime();
    }

    /** Connects, unless there is a connection already or the line is cut. */
    public void connect() {
        if (state == State.IDLE) {
            state = State.OPENING;
            connection = WebSocketConnection.open(loop, server.get(), dialog.upgrade(), new Listener());
        }
    }

    /** Sends a text; a client that has no connection drops it. Any thread. */
    public void send(String text) {
        WebSocketConnection current = connection;
        if (current != null) {
            current.send(text);
        }
    }

    /** Returns true while the socket has not accepted everything that was sent. Any thread. */
    public boolean isSending() {
        WebSocketConnection current = connection;
        return current != null && current.isSending();
    }

    public boolean isReady() {
        return state == State.READY;
    }

    /** The last frame without a load message, to explain a failure by. */
    String lastHeard() {
        return lastHeard;
    }

    public Deliveries deliveries() {
        return deliveries;
    }

    /** Forgets what was received, and expects this number next. */
    public void expectFrom(long first) {
        deliveries = new Deliveries(first, step, senders);
    }

    /** Cuts the line. */
    public void cut() {
        state = State.CUT;
        if (connection != null) {
            connection.abort();
        }
    }

    /** Breaks the line, which is whole again at once: the client sees its connection end. */
    public void drop() {
        if (connection != null) {
            connection.abort();
        }
        state = State.IDLE;
        events.lost(this, WebSocketConnection.ABNORMAL, "The line was broken.");
    }

    /** The line is whole again: from now on the client can receive what it missed. */
    public void lineIsBack() {
        lineBackAt = System.nanoTime();
        state = State.IDLE;
        connect();
    }

    /** Takes the reconnect delay that the server asked for; empty if it asked for none since the last call. */
    public Optional<Duration> takeReconnectDelay() {
        return dialog.takeReconnectDelay();
    }

    public void close() {
        state = State.IDLE;
        if (connection != null) {
            connection.close();
        }
    }

    private void take(Turn turn) {
        turn.say().forEach(connection::send);
        if (turn.isReady() && state == State.OPENING) {
            state = State.READY;
            events.ready(this);
        }
    }

    private void number(long number) {
        if (deliveries.take(number)) {
            recorder.record(number, now, lineBackAt);
        }
    }

    private final class Listener implements WebSocketConnection.Listener {
        @Override
        public void opened() {
            take(dialog.opened());
        }

        @Override
        public void text(byte[] bytes, int from, int end) {
            now = System.nanoTime();
            int count = scanner.scan(bytes, from, end, sink);
            recorder.count(count);
            boolean isHeard = count == 0 || state == State.OPENING;
            if (!isHeard && !dialog.isTracking()) {
                return;
            }
            String frame = new String(bytes, from, end - from, StandardCharsets.UTF_8);
            if (count > 0) {
                dialog.delivered(frame);
            }
            if (isHeard) {
                lastHeard = frame;
                take(dialog.heard(frame));
            }
        }

        @Override
        public void closed(int code, String reason) {
            state = State.IDLE;
            events.lost(Client.this, code, reason);
        }
    }
}
