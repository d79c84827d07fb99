package dev.parley.bench.load;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The writing side of one connection: keeps what the socket does not accept at once. Any thread may call any method.
 * Its lock covers writes that do not block, because the order of frames is the order of the calls.
 */
final class Link {
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Selector selector;
    private final Queue<ByteBuffer> unsent = new ArrayDeque<>();

    Link(SocketChannel channel, SelectionKey key, Selector selector) {
        this.channel = channel;
        this.key = key;
        this.selector = selector;
    }

    /**
     * Writes now or later. After the connection is closed nothing is written; the reader of the connection learns it.
     */
    synchronized void write(ByteBuffer bytes) {
        unsent.add(bytes);
        if (unsent.size() == 1) {
            flush();
        }
    }

    synchronized void flush() {
        try {
            while (!unsent.isEmpty()) {
                channel.write(unsent.peek());
                if (unsent.peek().hasRemaining()) {
                    wantToWrite(true);
                    return;
                }
                unsent.poll();
            }
            wantToWrite(false);
        } catch (IOException | CancelledKeyException e) {
            // Reading reports the end of the connection, on the loop's thread.
            unsent.clear();
        }
    }

    private void wantToWrite(boolean wants) {
        int ops = SelectionKey.OP_READ | (wants ? SelectionKey.OP_WRITE : 0);
        if (key.interestOps() != ops) {
            key.interestOps(ops);
            selector.wakeup();
        }
    }

    /** Whether the socket has not accepted everything that was written. */
    synchronized boolean isSending() {
        return !unsent.isEmpty();
    }

    /** Closes the connection. The selector's handler is not told. */
    void close() {
        closeQuietly(channel);
    }

    /** Ends the connection as a broken line does: the peer gets a reset, and what was not sent is gone. */
    void abort() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // It is closed already.
        }
        close();
    }

    static void closeQuietly(SocketChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to be done with it.
        }
    }
}
