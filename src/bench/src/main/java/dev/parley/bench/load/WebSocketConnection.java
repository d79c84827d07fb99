package dev.parley.bench.load;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One WebSocket connection. It answers pings and a close by itself. Its listener is called on the loop's thread; any
 * thread may send.
 */
public final class WebSocketConnection {
    /** Called on the loop's thread. */
    public interface Listener {
        void opened();

        /** A whole message. The bytes are valid during the call only. */
        void text(byte[] bytes, int from, int end);

        /**
         * The connection has ended without {@link #abort}; called once.
         *
         * @param code of the server's close frame; {@link #ABNORMAL} without one
         * @param reason for people: why the handshake failed, if it did
         */
        void closed(int code, String reason);
    }

    /** The code of a connection that ended without a close frame (RFC 6455 section 7.4.1). */
    public static final int ABNORMAL = 1006;

    private static final int NORMAL = 1000;
    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int HEAD_MAX = 16 * 1024;

    private enum State {
        CONNECTING,
        OPEN,
        CLOSED
    }

    private final InetSocketAddress server;
    private final Upgrade upgrade;
    private final Listener listener;
    private final FrameReader frames = new FrameReader(new Messages());
    private final Link link;
    /** The answer to the handshake, while it is not complete. Confined to the loop, as the next field. */
    private final StringBuilder head = new StringBuilder();

    private State state = State.CONNECTING;

    private WebSocketConnection(ConnectionLoop loop, InetSocketAddress server, Upgrade upgrade, Listener listener) {
        this.server = server;
        this.upgrade = upgrade;
        this.listener = listener;
        this.link = loop.connect(server, new Bytes());
    }

    /** Begins to connect. Loop only. */
    public static WebSocketConnection open(
            ConnectionLoop loop, InetSocketAddress server, Upgrade upgrade, Listener listener) {
        return new WebSocketConnection(loop, server, upgrade, listener);
    }

    /** Sends a text frame. Any thread. */
    public void send(String text) {
        link.write(Frames.of(Frames.TEXT, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Whether the socket has not accepted everything that was sent. Any thread. */
    public boolean isSending() {
        return link.isSending();
    }

    /** Says goodbye and closes; the listener is not told. Loop only. */
    public void close() {
        if (state == State.OPEN) {
            link.write(Frames.of(Frames.CLOSE, new byte[] {NORMAL >> 8, (byte) NORMAL}));
        }
        state = State.CLOSED;
        link.close();
    }

    /** Breaks the connection, as a broken line does; the listener is not told. Loop only. */
    public void abort() {
        state = State.CLOSED;
        link.abort();
    }

    private void end(int code, String reason) {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            link.close();
            listener.closed(code, reason);
        }
    }

    private final class Bytes implements ConnectionLoop.Handler {
        @Override
        public void connected() {
            link.write(ByteBuffer.wrap(upgrade.request(server).getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public void received(byte[] bytes, int end) {
            switch (state) {
                case CONNECTING -> handshake(bytes, end);
                case OPEN -> frames.feed(bytes, 0, end);
                case CLOSED -> {}
            }
        }

        /** Bytes behind the head are frames already. */
        private void handshake(byte[] bytes, int end) {
            int before = head.length();
            head.append(new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
            int endOfHead = head.indexOf(END_OF_HEAD);
            if (endOfHead < 0) {
                if (head.length() > HEAD_MAX) {
                    end(ABNORMAL, "The head of the answer is too long.");
                }
                return;
            }
            if (!head.toString().startsWith("HTTP/1.1 101 ")) {
                end(ABNORMAL, head.toString());
                return;
            }
            head.setLength(0);
            head.trimToSize();
            state = State.OPEN;
            listener.opened();
            int frameAt = endOfHead + END_OF_HEAD.length() - before;
            if (state == State.OPEN && frameAt < end) {
                frames.feed(bytes, frameAt, end);
            }
        }

        @Override
        public void writable() {
            link.flush();
        }

        @Override
        public void closed() {
            end(ABNORMAL, "The connection ended: " + head);
        }
    }

    private final class Messages implements FrameReader.Sink {
        @Override
        public void text(byte[] bytes, int from, int end) {
            if (state == State.OPEN) {
                listener.text(bytes, from, end);
            }
        }

        @Override
        public void control(int opcode, byte[] payload) {
            switch (opcode) {
                case Frames.PING -> link.write(Frames.of(Frames.PONG, payload));
                case Frames.CLOSE -> {
                    link.write(Frames.of(Frames.CLOSE, payload));
                    end(
                            payload.length < Short.BYTES
                                    ? ABNORMAL
                                    : ByteBuffer.wrap(payload).getShort() & 0xffff,
                            "");
                }
                default -> {}
            }
        }
    }
}
