package dev.parley.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * One thread with a selector, which connects, reads and writes for thousands of connections, and runs tasks at a time.
 * What belongs to its connections is confined to it; other threads hand it tasks.
 */
public final class ConnectionLoop implements AutoCloseable {
    /** One connection, called on the loop's thread. */
    interface Handler {
        void connected();

        /** @param bytes received, valid during the call only */
        void received(byte[] bytes, int end);

        void writable();

        /** The connection is closed, by the peer or by a failure; called at most once. */
        void closed();
    }

    private record Timer(long nanoTime, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return Long.compare(nanoTime - other.nanoTime, 0);
        }
    }

    private static final int READ_BYTES = 256 * 1024;
    private static final long IDLE_MILLIS = 1_000;

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** Confined to the loop. */
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();

    private final byte[] bytes = new byte[READ_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
    /** Written by the loop alone. */
    private volatile long receivedBytes;

    private volatile long restNanos;
    private volatile boolean isClosed;
    private volatile Throwable failure;

    public ConnectionLoop() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread = new Thread(this::run, "connections");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Lets the loop rest after each look at its connections. What came meanwhile is read at once then, which saves a
     * system call for each small write of a server. Delays are measured too long by at most this time, whatever is
     * measured. Any thread.
     */
    public void restAfterEachRound(Duration time) {
        restNanos = time.toNanos();
    }

    /** Runs a task on the loop. Any thread. */
    public void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** Computes something on the loop, and waits for it. Any other thread. */
    public <T> T ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        execute(() -> {
            try {
                answer.complete(question.get());
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        while (true) {
            try {
                return answer.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                // A loop that has failed answers nothing any more.
                check();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    /** Runs a task on the loop, not before this monotonic time; a few milliseconds late. Any thread. */
    public void at(long nanoTime, Runnable task) {
        execute(() -> timers.add(new Timer(nanoTime, task)));
    }

    /**
     * Bytes that all connections have received, with headers of frames and of HTTP, without those of TCP. Any thread.
     */
    public long receivedBytes() {
        return receivedBytes;
    }

    /** Throws what ended the loop, if something did. Any thread. */
    public void check() {
        if (failure != null) {
            throw new IllegalStateException("The load generator failed.", failure);
        }
    }

    /** Begins to connect. Loop only. */
    Link connect(InetSocketAddress address, Handler handler) {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT, handler);
            if (channel.connect(address)) {
                key.interestOps(SelectionKey.OP_READ);
                execute(handler::connected);
            }
            return new Link(channel, key, selector);
        } catch (IOException e) {
            Link.closeQuietly(channel);
            throw new UncheckedIOException(e);
        }
    }

    private void run() {
        try {
            while (!isClosed) {
                runTasks();
                selector.select(this::serve, runTimers());
                if (restNanos > 0) {
                    LockSupport.parkNanos(restNanos);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } finally {
            selector.keys().forEach(key -> Link.closeQuietly((SocketChannel) key.channel()));
        }
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Runs what is due. Returns the milliseconds until the next task is. */
    private long runTimers() {
        long now = System.nanoTime();
        while (!timers.isEmpty() && timers.peek().nanoTime() - now <= 0) {
            timers.poll().task().run();
        }
        return timers.isEmpty()
                ? IDLE_MILLIS
                : 1 + TimeUnit.NANOSECONDS.toMillis(timers.peek().nanoTime() - now);
    }

    private void serve(SelectionKey key) {
        Handler handler = (Handler) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                handler.connected();
            }
            if (key.isValid() && key.isWritable()) {
                handler.writable();
            }
            if (key.isValid() && key.isReadable()) {
                read(channel, handler);
            }
        } catch (CancelledKeyException | IOException e) {
            // The peer or another thread has ended this connection.
            close(channel, handler);
        }
    }

    private void read(SocketChannel channel, Handler handler) throws IOException {
        do {
            int count = channel.read(buffer.clear());
            if (count < 0) {
                close(channel, handler);
                return;
            }
            receivedBytes = receivedBytes + count;
            handler.received(bytes, count);
        } while (!buffer.hasRemaining() && channel.isOpen());
    }

    private static void close(SocketChannel channel, Handler handler) {
        Link.closeQuietly(channel);
        handler.closed();
    }

    /** Closes all connections and ends the thread. */
    @Override
    public void close() {
        isClosed = true;
        selector.wakeup();
        try {
            thread.join();
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
