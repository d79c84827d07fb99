package dev.parley.server.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * Lets a container's upgrade handler finish its {@code init} before it is told of data. Tyrus' handler, which GlassFish
 * and Payara use, sets itself as read listener in {@code init} and waits in {@code onDataAvailable} until that
 * {@code init} has returned. The container calls {@code onDataAvailable} inside {@code setReadListener} if data is
 * there already, so that a peer which sends anything behind its handshake, in one packet, stops a thread for ever (seen
 * with Tyrus 2.1.5). As many such packets as the server has threads stop the server.
 */
public final class DeferredReading implements HttpUpgradeHandler {
    private static final Logger LOG = System.getLogger(DeferredReading.class.getName());

    /** Set once, before the container calls {@link #init}. */
    private HttpUpgradeHandler handler;

    /** For the container. */
    public DeferredReading() {}

    /** Whether a handler of this class needs it: one that is a read listener itself. */
    public static boolean isNeeded(Class<? extends HttpUpgradeHandler> handler) {
        return ReadListener.class.isAssignableFrom(handler);
    }

    /**
     * Upgrades a request with this handler around one of the given class.
     *
     * @return the inner handler
     */
    public static <T extends HttpUpgradeHandler> T upgrade(HttpServletRequest request, Class<T> inner)
            throws IOException, ServletException {
        T handler = create(inner);
        request.upgrade(DeferredReading.class).handler = handler;
        return handler;
    }

    private static <T> T create(Class<T> type) throws ServletException {
        try {
            return type.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new ServletException("The container's upgrade handler " + type.getName() + " cannot be created.", e);
        }
    }

    @Override
    public void init(WebConnection connection) {
        Connection deferred = new Connection(connection);
        ServiceFreeContext.run(() -> handler.init(deferred));
        deferred.beginReading();
    }

    @Override
    public void destroy() {
        handler.destroy();
    }

    /** The connection as the inner handler sees it. */
    @SuppressWarnings("try") // The interface declares close() so.
    private static final class Connection implements WebConnection {
        private final WebConnection connection;
        /** Of the thread that calls {@code init}, until that has returned. */
        private Optional<Input> input = Optional.empty();

        Connection(WebConnection connection) {
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
            return connection.getOutputStream();
        }

        @Override
        public void close() throws Exception {
            connection.close();
        }

        void beginReading() {
            input.ifPresent(Input::begin);
        }
    }

    /** An input stream whose listener is set when the reading begins. */
    private static final class Input extends ServletInputStream {
        private final ServletInputStream input;
        /** Of the thread that calls {@code init}, until that has returned. */
        private Optional<ReadListener> listener = Optional.empty();

        private boolean hasBegun;

        Input(ServletInputStream input) {
            this.input = input;
        }

        void begin() {
            hasBegun = true;
            try {
                listener.ifPresent(input::setReadListener);
            } catch (IllegalStateException e) {
                LOG.log(Level.DEBUG, "The connection has ended within the handler's init.", e);
            }
        }

        @Override
        public void setReadListener(ReadListener added) {
            ReadListener inContext = new ListenerInContext(added);
            if (hasBegun) {
                input.setReadListener(inContext);
            } else {
                listener = Optional.of(inContext);
            }
        }

        @Override
        public boolean isFinished() {
            return input.isFinished();
        }

        @Override
        public boolean isReady() {
            return input.isReady();
        }

        @Override
        public int available() throws IOException {
            return input.available();
        }

        @Override
        public int read() throws IOException {
            return input.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return input.read(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            input.close();
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
}
