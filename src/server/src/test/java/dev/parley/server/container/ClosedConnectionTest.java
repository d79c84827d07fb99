package dev.parley.server.container;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection that its handler or its peer closes, in whatever order. */
class ClosedConnectionTest {
    private static final byte[] TEXT = {(byte) 0x81, (byte) 0x81, 1, 2, 3, 4, 'x'};
    private static final byte[] CLOSE = {(byte) 0x88, (byte) 0x82, 1, 2, 3, 4, 5, 6};

    private final Input input = new Input();
    private final UpgradedConnection connection = new UpgradedConnection(new Connected());
    private final List<String> heard = new ArrayList<>();
    private ServletInputStream read;
    private boolean closesOnText;
    private int closes;

    /** Data that a test adds. */
    private static final class Input extends ServletInputStream {
        private final Deque<byte[]> data = new ArrayDeque<>();
        private ReadListener listener;

        @Override
        public void setReadListener(ReadListener added) {
            listener = added;
        }

        @Override
        public int available() {
            return isReady() ? data.peek().length : 0;
        }

        @Override
        public int read() {
            throw new IllegalStateException("not in this test");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            byte[] next = data.remove();
            System.arraycopy(next, 0, bytes, offset, next.length);
            return next.length;
        }

        @Override
        public boolean isReady() {
            return !data.isEmpty();
        }

        @Override
        public boolean isFinished() {
            return false;
        }

        void arrives(byte[]... packets) throws IOException {
            data.addAll(List.of(packets));
            listener.onDataAvailable();
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
            throw new IllegalStateException("not in this test");
        }

        @Override
        public void close() {
            closes++;
        }
    }

    /** As Tyrus: reads first, and asks then. */
    private final class Handler implements ReadListener {
        @Override
        public void onDataAvailable() throws IOException {
            do {
                byte[] bytes = new byte[input.available()];
                int count = read.read(bytes, 0, bytes.length);
                heard.add(count + " bytes");
                if (closesOnText) {
                    close();
                }
            } while (read.isReady());
        }

        @Override
        public void onAllDataRead() throws IOException {
            heard.add("end");
            close();
        }

        @Override
        public void onError(Throwable failure) {
            heard.add("error");
        }
    }

    private void close() {
        try {
            connection.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void open() throws IOException {
        read = connection.getInputStream();
        read.setReadListener(new Handler());
        connection.beginReading();
    }

    @Test
    void connectionEndsWithThePeersCloseFrame() throws IOException {
        close();
        assertThat(closes).isZero();
        input.arrives(TEXT);
        assertThat(closes).as("the peer did not know yet").isZero();
        input.arrives(TEXT, CLOSE);
        assertThat(closes).isOne();
        assertThat(heard).as("nothing after its close").isEmpty();
    }

    @Test
    void closeWithinAReadDropsWhatFollows() throws IOException {
        closesOnText = true;
        input.arrives(TEXT, TEXT, CLOSE);
        assertThat(heard).containsExactly("7 bytes");
        assertThat(closes).isOne();
    }

    @Test
    void answerToThePeersCloseFrameEndsTheConnectionAtOnce() throws IOException {
        input.arrives(TEXT, CLOSE);
        assertThat(closes).isZero();
        close();
        assertThat(closes).isOne();
    }

    @Test
    void endOfThePeerEndsTheConnection() throws IOException {
        close();
        input.listener.onAllDataRead();
        assertThat(closes).isPositive();
    }

    @Test
    void handlerEndsAConnectionWhosePeerHasGone() throws IOException {
        input.listener.onAllDataRead();
        assertThat(heard).containsExactly("end");
        assertThat(closes).isOne();
    }

    @Test
    void failureEndsAClosedConnection() {
        close();
        input.listener.onError(new IOException("expected by this test"));
        assertThat(closes).isOne();
    }
}
