package dev.parley.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One connection with batches in both directions, on a plain socket, because CPU time of the load generator is taken
 * from the server and the database. The callback gets whole frames, one at a time, on the thread of {@link PeerLoop}.
 */
final class Peer implements AutoCloseable {
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FINAL = 0x80;
    private static final int MASKED = 0x80;
    private static final int RECEIVE_BYTES = 64 * 1024;

    private final SocketChannel channel;
    private final Consumer<String> whenFrame;
    private final CompletableFuture<String> welcome = new CompletableFuture<>();
    private final SelectionKey key;

    /** Received bytes without a complete frame, from 0 to the position. Confined to the loop's thread. */
    private ByteBuffer received = ByteBuffer.allocate(RECEIVE_BYTES);

    /** Bytes that the socket has not accepted yet. Guarded by this. */
    private ByteBuffer unsent = ByteBuffer.allocate(0);

    private Peer(URI server, Consumer<String> whenFrame) throws IOException {
        this.whenFrame = whenFrame;
        channel = SocketChannel.open(new InetSocketAddress(server.getHost(), server.getPort()));
        upgrade(server);
        channel.configureBlocking(false);
        key = PeerLoop.register(channel, this);
    }

    /** Connects and signs in as a guest. */
    static Peer guest(URI chat, String name, Consumer<String> whenFrame) {
        try {
            Peer peer = new Peer(chat, whenFrame);
            peer.send("{\"type\":\"login\",\"username\":\"" + name + "\"}");
            peer.welcome.join();
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How often a text occurs in a frame. */
    static int count(String frame, String text) {
        int count = 0;
        for (int at = frame.indexOf(text); at >= 0; at = frame.indexOf(text, at + text.length())) {
            count++;
        }
        return count;
    }

    private void upgrade(URI server) throws IOException {
        String request = "GET " + server.getPath() + " HTTP/1.1\r\nHost: " + server.getAuthority()
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n";
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.indexOf("\r\n\r\n") < 0) {
            if (channel.read(one.clear()) < 0) {
                throw new EOFException("The server closed the connection within " + head);
            }
            head.append((char) one.get(0));
        }
        if (!head.toString().startsWith("HTTP/1.1 101 ")) {
            throw new IOException("The server does not upgrade: " + head);
        }
    }

    /** Whether the socket has not accepted everything that was sent. */
    synchronized boolean isSending() {
        return unsent.hasRemaining();
    }

    void send(String text) {
        write(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The mask is zero, which costs nothing here; the server unmasks as usual. */
    private synchronized void write(int opcode, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(unsent.remaining() + 14 + payload.length)
                .put(unsent)
                .put((byte) (FINAL | opcode));
        if (payload.length < 126) {
            frame.put((byte) (MASKED | payload.length));
        } else if (payload.length < 65_536) {
            frame.put((byte) (MASKED | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (MASKED | 127)).putLong(payload.length);
        }
        unsent = frame.putInt(0).put(payload).flip();
        flush();
    }

    /** Thread rule: any thread. */
    synchronized void flush() {
        try {
            channel.write(unsent);
            PeerLoop.wantsToWrite(key, unsent.hasRemaining());
        } catch (IOException e) {
            throw new UncheckedIOException("The server took no more.", e);
        }
    }

    /** Thread rule: the loop. */
    void read() throws IOException {
        if (channel.read(received) < 0) {
            close();
            return;
        }
        received.flip();
        while (takeFrame()) {}
        received.compact();
        if (!received.hasRemaining()) {
            received = ByteBuffer.allocate(2 * received.capacity()).put(received.flip());
        }
    }

    /**
     * Handles one frame.
     *
     * @return whether there was a complete one
     */
    private boolean takeFrame() {
        received.mark();
        if (received.remaining() < 2) {
            return false;
        }
        int opcode = received.get() & 0x0f;
        long length = received.get() & 0x7f;
        int further = length == 126 ? Short.BYTES : length == 127 ? Long.BYTES : 0;
        if (received.remaining() >= further) {
            length = further == 0 ? length : further == Short.BYTES ? received.getShort() & 0xffff : received.getLong();
            if (received.remaining() >= length) {
                byte[] payload = new byte[(int) length];
                received.get(payload);
                take(opcode, payload);
                return true;
            }
        }
        received.reset();
        return false;
    }

    private void take(int opcode, byte[] payload) {
        if (opcode == TEXT) {
            String text = new String(payload, StandardCharsets.UTF_8);
            if (!welcome.isDone() && text.contains("\"welcome\"")) {
                welcome.complete(text);
            }
            whenFrame.accept(text);
        } else if (opcode == PING) {
            write(PONG, payload);
        } else if (opcode == CLOSE) {
            welcome.completeExceptionally(new EOFException("The server closed the connection."));
            close();
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
