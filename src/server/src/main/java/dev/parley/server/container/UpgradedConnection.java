package dev.parley.server.container;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A connection as a container's upgrade handler sees it. The handler's listener is told of data after
 * {@link #beginReading}, and not while the output waits for the peer. A handler that closes it before the peer has sent
 * its close frame loses no frame that it has sent: the connection ends when that frame or the peer's end has come.
 * Tyrus ends it at once, and the operating system drops what the peer has not read yet if there is anything that Tyrus
 * has not read (seen with Tyrus 2.1.5; RFC 6455 section 7.1.1). Who closes must also end a connection whose peer does
 * neither.
 */
@SuppressWarnings("try") // The interface declares close() so.
final class UpgradedConnection implements WebConnection {
    /**
     * A handler reads all that is available at once, and answers each ping in it before it asks again. This many bytes
     * can hold 2,700 pings.
     */
    private static final int READ_MAX = 16 * 1024;

    private static final Logger LOG = System.getLogger(UpgradedConnection.class.getName());

    private enum State {
        OPEN,
        /** The peer has sent its close frame, or sends nothing more. */
        PEER_CLOSED,
        /** The handler has closed it. What the peer sends is dropped. */
        CLOSED_BY_HANDLER
    }

    private final WebConnection connection;
    private final Backpressure backpressure = new Backpressure();
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
    /** Of the thread that calls the handler's {@code init}, until that has returned. */
    private Optional<Input> input = Optional.empty();

    UpgradedConnection(WebConnection connection) {
        this.connection = connection;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
        if (input.isEmpty()) {
            input = Optional.of(new Input(connection.getInputStream()));
        }
        return input.get();
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        return new Output(connection.getOutputStream());
    }

    @Override
    public void close() throws Exception {
        state.compareAndSet(State.OPEN, State.CLOSED_BY_HANDLER);
        if (input.isEmpty() || state.get() == State.PEER_CLOSED) {
            connection.close();
        }
    }

    /** Ends the connection if the handler has closed it; otherwise the handler will. */
    void peerClosed() {
        if (!state.compareAndSet(State.OPEN, State.PEER_CLOSED)) {
            try {
                connection.close();
            } catch (Exception e) {
                LOG.log(Level.DEBUG, "The connection has ended already.", e);
            }
        }
    }

    void beginReading() {
        input.ifPresent(Input::begin);
    }

    /** An input stream whose listener is set when the reading begins. */
    private final class Input extends ServletInputStream {
        private final ServletInputStream stream;
        /** Written by the thread that calls {@code init}, before the reading begins. */
        private Optional<ReadListener> listener = Optional.empty();

        private boolean hasBegun;

        Input(ServletInputStream stream) {
            this.stream = stream;
        }

        void begin() {
            hasBegun = true;
            try {
                listener.ifPresent(stream::setReadListener);
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "The connection has ended within the handler's init.", e);
            }
        }

        @Override
        public void setReadListener(ReadListener added) {
            listener = Optional.of(new InContext(added));
            if (hasBegun) {
                listener.ifPresent(stream::setReadListener);
            }
        }

        /** Returns false also while the output waits; {@link #resume} calls the listener then, not the container. */
        @Override
        public boolean isReady() {
            if (state.get() == State.CLOSED_BY_HANDLER) {
                drop();
                return false;
            }
            return !backpressure.stops() && stream.isReady();
        }

        /** Reads what is there. */
        void drop() {
            byte[] dropped = new byte[READ_MAX];
            try {
                while (stream.isReady()) {
                    int count = stream.read(dropped);
                    if (count < 0 || CloseFrame.endsIn(dropped, 0, count)) {
                        peerClosed();
                        return;
                    }
                }
            } catch (IOException | IllegalStateException e) {
                LOG.log(Level.DEBUG, "The connection has ended while its peer was to close it.", e);
                peerClosed();
            }
        }

        void resume() {
            try {
                if (isReady() && listener.isPresent()) {
                    listener.get().onDataAvailable();
                }
            } catch (IOException | IllegalStateException e) {
                LOG.log(Level.DEBUG, "The connection has ended while its output waited.", e);
            }
        }

        @Override
        public boolean isFinished() {
            return stream.isFinished();
        }

        @Override
        public int available() throws IOException {
            return Math.min(stream.available(), READ_MAX);
        }

        @Override
        public int read() throws IOException {
            return stream.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = stream.read(bytes, offset, length);
            if (count < 0 || CloseFrame.endsIn(bytes, offset, count)) {
                state.compareAndSet(State.OPEN, State.PEER_CLOSED);
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    /** Calls a listener in a {@link ServiceFreeContext}, until it has closed the connection. */
    private final class InContext implements ReadListener {
        private final ReadListener listener;

        InContext(ReadListener listener) {
            this.listener = listener;
        }

        @Override
        public void onDataAvailable() {
            if (state.get() == State.CLOSED_BY_HANDLER) {
                input.ifPresent(Input::drop);
                return;
            }
            ServiceFreeContext.run(() -> {
                try {
                    listener.onDataAvailable();
                } catch (IOException e) {
                    // As the container handles it itself.
                    listener.onError(e);
                }
            });
        }

        @Override
        public void onAllDataRead() throws IOException {
            peerClosed();
            listener.onAllDataRead();
        }

        @Override
        public void onError(Throwable failure) {
            peerClosed();
            listener.onError(failure);
        }
    }

    /** An output stream that tells the reader whether it takes more. The handler calls it on one thread at a time. */
    private final class Output extends ServletOutputStream {
        private final ServletOutputStream stream;

        Output(ServletOutputStream stream) {
            this.stream = stream;
        }

        @Override
        public boolean isReady() {
            boolean isReady = stream.isReady();
            backpressure.output(isReady);
            return isReady;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            stream.setWriteListener(new WriteListener() {
                @Override
                public void onWritePossible() throws IOException {
                    listener.onWritePossible();
                    if (backpressure.resumes()) {
                        input.ifPresent(Input::resume);
                    }
                }

                @Override
                public void onError(Throwable failure) {
                    listener.onError(failure);
                }
            });
        }

        @Override
        public void write(int value) throws IOException {
            stream.write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            stream.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
