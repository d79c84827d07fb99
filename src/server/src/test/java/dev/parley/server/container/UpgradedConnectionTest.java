package dev.parley.server.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A peer that sends without end and reads now and then, and a handler that answers each byte, as Tyrus each ping. */
class UpgradedConnectionTest {
    /** What the container's output takes before its peer must read. */
    private static final int BUFFER = 10;

    private static final int READ_MAX = 16 * 1024;

    private final Input input = new Input();
    private final Output output = new Output();
    private final Answering handler = new Answering();
    private final UpgradedConnection connection = new UpgradedConnection(new Connected());
    /** The container's threads. */
    private final ExecutorService threads = Executors.newFixedThreadPool(2);

    /** Endless data. Like a container's, it calls the listener again only after a false {@link #isReady}. */
    private static final class Input extends ServletInputStream {
        private volatile ReadListener listener;
        private volatile boolean isAtEnd;

        @Override
        public void setReadListener(ReadListener added) {
            listener = added;
        }

        @Override
        public int available() {
            return isAtEnd ? 0 : Integer.MAX_VALUE;
        }

        @Override
        public int read() {
            return 1;
        }

        @Override
        public boolean isReady() {
            return !isAtEnd;
        }

        @Override
        public boolean isFinished() {
            return false;
        }
    }

    /** Takes {@link #BUFFER} bytes until the peer has read. */
    private static final class Output extends ServletOutputStream {
        private WriteListener listener;
        private int room = BUFFER;
        private boolean mustCall;
        private long written;

        @Override
        public synchronized boolean isReady() {
            mustCall = room == 0;
            return !mustCall;
        }

        @Override
        public synchronized void setWriteListener(WriteListener added) {
            listener = added;
        }

        @Override
        public synchronized void write(int value) {
            room--;
            written++;
        }

        synchronized long written() {
            return written;
        }

        /** The peer reads all that was written. */
        void read() throws IOException {
            boolean calls;
            synchronized (this) {
                room = BUFFER;
                calls = mustCall && listener != null;
                mustCall = mustCall && !calls;
            }
            if (calls) {
                listener.onWritePossible();
            }
        }
    }

    @SuppressWarnings("try") // The interface declares close() so.
    private final class Connected implements WebConnection {
        @Override
        public ServletInputStream getInputStream() {
            return input;
        }

        @Override
        public ServletOutputStream getOutputStream() {
            return output;
        }

        @Override
        public void close() {}
    }

    /** Queues its answers without a bound while the output waits. */
    private static final class Answering implements ReadListener, WriteListener {
        private final Queue<Integer> answers = new ArrayDeque<>();
        private ServletInputStream in;
        private ServletOutputStream out;
        private boolean listens;
        private volatile long read;

        @Override
        public void onDataAvailable() throws IOException {
            do {
                int value = in.read();
                read++;
                answer(value);
            } while (in.isReady());
        }

        private synchronized void answer(int value) throws IOException {
            if (answers.isEmpty() && out.isReady()) {
                out.write(value);
                return;
            }
            answers.add(value);
            if (!listens) {
                listens = true;
                out.setWriteListener(this);
            }
        }

        synchronized int waiting() {
            return answers.size();
        }

        @Override
        public synchronized void onWritePossible() throws IOException {
            while (!answers.isEmpty() && out.isReady()) {
                out.write(answers.remove());
            }
        }

        @Override
        public void onAllDataRead() {
            throw new IllegalStateException("not in this test");
        }

        @Override
        public void onError(Throwable failure) {
            throw new IllegalStateException("not in this test", failure);
        }
    }

    @BeforeEach
    void open() throws IOException {
        handler.in = connection.getInputStream();
        handler.out = connection.getOutputStream();
        handler.in.setReadListener(handler);
        connection.beginReading();
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    @Test
    void peerThatReadsNothingIsReadNoFurtherThanTheOutputTakes() throws Exception {
        input.listener.onDataAvailable();
        assertThat(handler.read).isEqualTo(BUFFER + 1);
        assertThat(handler.waiting()).isOne();
    }

    @Test
    void readingGoesOnAsFarAsThePeerReads() throws Exception {
        input.listener.onDataAvailable();
        for (int times = 2; times < 100; times++) {
            output.read();
            assertThat(handler.read).isEqualTo((long) times * BUFFER + 1);
            assertThat(handler.waiting()).isOne();
        }
    }

    @Test
    void oneReadIsBounded() throws Exception {
        assertThat(connection.getInputStream().available()).isEqualTo(READ_MAX);
    }

    /** The peer reads at any moment, also between the look at the output and the stop of the reader. */
    @Test
    void noReaderStaysStoppedWhenThePeerReads() {
        threads.execute(() -> run(() -> input.listener.onDataAvailable()));
        threads.execute(() -> run(() -> {
            while (!input.isAtEnd) {
                output.read();
            }
        }));
        await().until(() -> output.written() > 1_000_000);
        input.isAtEnd = true;
        assertThat(handler.waiting()).isLessThanOrEqualTo(2);
    }

    private interface Call {
        void run() throws IOException;
    }

    private static void run(Call call) {
        try {
            call.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
