package dev.parley.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** The thread that reads for all peers, and writes what their sockets did not accept at once. */
final class PeerLoop {
    private static final Selector SELECTOR = start();

    private PeerLoop() {}

    private static Selector start() {
        try {
            Selector selector = Selector.open();
            Thread thread = new Thread(() -> run(selector), "peers");
            thread.setDaemon(true);
            thread.start();
            return selector;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static SelectionKey register(SocketChannel channel, Peer peer) throws IOException {
        SelectionKey key = channel.register(SELECTOR, SelectionKey.OP_READ, peer);
        SELECTOR.wakeup();
        return key;
    }

    static void wantsToWrite(SelectionKey key, boolean wants) {
        int now = SelectionKey.OP_READ | (wants ? SelectionKey.OP_WRITE : 0);
        if (key.interestOpsOr(0) != now) {
            key.interestOps(now);
            SELECTOR.wakeup();
        }
    }

    private static void run(Selector selector) {
        try {
            while (true) {
                selector.select(PeerLoop::serve);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("No peer can be read any more.", e);
        }
    }

    private static void serve(SelectionKey key) {
        Peer peer = (Peer) key.attachment();
        try {
            if (key.isWritable()) {
                peer.flush();
            }
            if (key.isReadable()) {
                peer.read();
            }
        } catch (CancelledKeyException | ClosedChannelException e) {
            // Another thread has closed this peer after the select.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException("A peer's connection broke.", e);
        }
    }
}
