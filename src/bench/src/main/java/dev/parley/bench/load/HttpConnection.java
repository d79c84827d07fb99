package dev.parley.bench.load;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** One kept connection of HTTP/1.1, with one request at a time. Confined to the loop. */
public final class HttpConnection {
    /** Called on the loop's thread. */
    public interface Listener {
        void opened();

        /** A part of the body. The bytes are valid during the call only. */
        void body(byte[] bytes, int from, int end);

        /** The answer is complete. */
        void answered(int status);

        void closed();
    }

    private final InetSocketAddress server;
    private final Link link;

    private HttpConnection(ConnectionLoop loop, InetSocketAddress server, Listener listener) {
        this.server = server;
        this.link = loop.connect(server, new Bytes(listener));
    }

    /** Begins to connect. Loop only. */
    public static HttpConnection open(ConnectionLoop loop, InetSocketAddress server, Listener listener) {
        return new HttpConnection(loop, server, listener);
    }

    /** Sends a request without a body. */
    public void get(String path, Map<String, String> headers) {
        StringBuilder request = new StringBuilder(
                "GET " + path + " HTTP/1.1\r\nHost: " + server.getHostString() + ":" + server.getPort() + "\r\n");
        headers.forEach(
                (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
        link.write(ByteBuffer.wrap(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8)));
    }

    private final class Bytes implements ConnectionLoop.Handler {
        private final Listener listener;
        private final HttpAnswerReader answers;

        Bytes(Listener listener) {
            this.listener = listener;
            this.answers = new HttpAnswerReader(new HttpAnswerReader.Sink() {
                @Override
                public void body(byte[] bytes, int from, int end) {
                    listener.body(bytes, from, end);
                }

                @Override
                public void complete(int status) {
                    listener.answered(status);
                }
            });
        }

        @Override
        public void connected() {
            listener.opened();
        }

        @Override
        public void received(byte[] bytes, int end) {
            answers.feed(bytes, 0, end);
        }

        @Override
        public void writable() {
            link.flush();
        }

        @Override
        public void closed() {
            listener.closed();
        }
    }
}
