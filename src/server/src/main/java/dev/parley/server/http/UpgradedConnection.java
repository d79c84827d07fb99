package dev.parley.server.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * A connection as a container's upgrade handler sees it. The handler's listener is told of data after
 * {@link #beginReading}, and not while the output waits for the peer.
 */
@SuppressWarnings("try") // The interface declares close() so.
final class UpgradedConnection implements WebConnection {
    /**
     * A handler reads all that is available at once, and answers each ping in it before it asks again. This many bytes
     * can hold 2,700 pings.
     */
    private static final int READ_MAX = 16 * 1024;

    private static final Logger LOG = System.getLogger(UpgradedConnection.class.getName());

    private final WebConnection connection;
    private final Backpressure backpressure = new Backpressure();
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
        connection.close();
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
            listener = Optional.of(new ListenerInContext(added));
            if (hasBegun) {
                listener.ifPresent(stream::setReadListener);
            }
        }

        /** Returns false also while the output waits; {@link #resume} calls the listener then, not the container. */
        @Override
        public boolean isReady() {
            return !backpressure.stops() && stream.isReady();
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
            return stream.read(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    /** Calls a listener in a {@link ServiceFreeContext}. */
    private record ListenerInContext(ReadListener listener) implements ReadListener {
        @Override
        public void onDataAvailable() {
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
            listener.onAllDataRead();
        }

        @Override
        public void onError(Throwable failure) {
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
