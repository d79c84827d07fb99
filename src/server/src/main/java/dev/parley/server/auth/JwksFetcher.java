package dev.parley.server.auth;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.parley.protocol.Field;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches an identity provider's JWK set (RFC 7517) over HTTP, with bounds on size and time. The library's own fetch
 * waits as long as a document trickles in, and rejects a whole set for one key that it cannot read. One call at a time.
 *
 * <p>Each request runs on a thread of its own, because the JDK's HTTP client has a timeout for each read only: a header
 * that trickles in would hold the caller up without end. It is a plain daemon thread: Open Liberty runs no thread of
 * its factory before the application has started.
 */
final class JwksFetcher {
    /** Deadline of a fetch, from the connect to the end of the document. */
    static final Duration DEADLINE = Duration.ofSeconds(4);

    static final String THREAD_NAME = "parley-jwks";

    /** Timeout of the connect, and between two bytes. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private static final int DISCONNECTS_MAX = 10;
    private static final Duration DISCONNECT_PERIOD = Duration.ofMillis(50);

    /** Bound of the document: ten keys with their certificates are 30 KB. */
    private static final int BYTES_MAX = 256 * 1024;

    private static final Logger LOG = System.getLogger(JwksFetcher.class.getName());

    private final URI address;
    private final Duration deadline;
    private Optional<Request> last = Optional.empty();
    private List<String> unreadable = List.of();

    JwksFetcher(URI address, Duration deadline) {
        this.address = address;
        this.deadline = deadline;
    }

    URI address() {
        return address;
    }

    /**
     * Blocks up to the deadline. An interrupt ends the fetch, and its request.
     *
     * @throws IOException with the reason why the response cannot be used
     */
    JWKSet fetch() throws IOException {
        try {
            return parse(read());
        } catch (ParseException e) {
            throw new IOException("the document is no JWK set: " + e.getMessage(), e);
        }
    }

    private String read() throws IOException {
        if (last.filter(Request::isRunning).isPresent()) {
            // It may wait for a name server, which nothing ends. Threads must not pile up behind it.
            last.get().abandon();
            throw new IOException("an earlier request has not ended yet");
        }
        Request request = new Request(System.nanoTime() + deadline.toNanos());
        last = Optional.of(request);
        try {
            return request.start().get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            request.abandon();
            throw new IOException(notWhole(), e);
        } catch (InterruptedException e) {
            request.abandon();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the fetch was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException("A bug in a request to " + address + ".", e.getCause());
        }
    }

    private String notWhole() {
        return "the document was not whole within " + deadline.toMillis() + " ms";
    }

    /** One HTTP request, on its own thread. */
    private final class Request implements Callable<String> {
        private final long endsAt;
        private final FutureTask<String> document = new FutureTask<>(this);
        private final Thread thread = new Thread(document, THREAD_NAME);
        private volatile Optional<HttpURLConnection> connection = Optional.empty();
        private volatile boolean isAnswered;
        private volatile boolean isAbandoned;

        /** @param endsAt the monotonic time of the deadline, in nanoseconds */
        Request(long endsAt) {
            this.endsAt = endsAt;
        }

        /** Returns the document, which comes later. */
        Future<String> start() {
            thread.setDaemon(true);
            thread.start();
            return document;
        }

        boolean isRunning() {
            return !document.isDone();
        }

        @Override
        public String call() throws IOException {
            HttpURLConnection opened = (HttpURLConnection) address.toURL().openConnection();
            opened.setConnectTimeout((int) TIMEOUT.toMillis());
            opened.setReadTimeout((int) TIMEOUT.toMillis());
            // Only the configured address is requested.
            opened.setInstanceFollowRedirects(false);
            opened.setUseCaches(false);
            opened.setRequestProperty("Accept", "application/jwk-set+json, application/json");
            opened.setRequestProperty("Connection", "close");
            connection = Optional.of(opened);
            try {
                opened.connect();
                endIfAbandoned();
                int status = opened.getResponseCode();
                isAnswered = true;
                if (status != HttpURLConnection.HTTP_OK) {
                    throw new IOException("it answers " + status + " instead of 200; redirects are not followed");
                }
                return body(opened);
            } finally {
                opened.disconnect();
            }
        }

        private void endIfAbandoned() throws IOException {
            if (isAbandoned || System.nanoTime() - endsAt > 0) {
                throw new IOException(notWhole());
            }
        }

        private String body(HttpURLConnection from) throws IOException {
            ByteArrayOutputStream document = new ByteArrayOutputStream();
            byte[] part = new byte[8 * 1024];
            try (InputStream in = from.getInputStream()) {
                for (int length = in.read(part); length != -1; length = in.read(part)) {
                    document.write(part, 0, length);
                    if (document.size() > BYTES_MAX) {
                        throw new IOException("the document is longer than " + BYTES_MAX + " bytes");
                    }
                    endIfAbandoned();
                }
            }
            return document.toString(StandardCharsets.UTF_8);
        }

        /**
         * Ends the request, at once while it waits for the header. The disconnect is repeated, because it does not stop
         * a connect, and the JDK connects again after one that comes before the request is sent. A body ends by itself
         * at its next read, for which a disconnect would wait.
         */
        void abandon() {
            isAbandoned = true;
            try {
                for (int i = 0; i < DISCONNECTS_MAX && isRunning() && !isAnswered; i++) {
                    connection.ifPresent(HttpURLConnection::disconnect);
                    thread.join(DISCONNECT_PERIOD.toMillis());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private JWKSet parse(String document) throws ParseException {
        Map<String, Object>[] written = JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.parse(document), "keys");
        if (written == null) {
            throw new ParseException("it has no 'keys'", 0);
        }
        List<JWK> keys = new ArrayList<>();
        List<String> skipped = new ArrayList<>();
        for (Map<String, Object> one : written) {
            try {
                keys.add(JWK.parse(one));
            } catch (ParseException | RuntimeException e) {
                // A key that is not understood does not invalidate the others (RFC 7517 section 5).
                skipped.add(Field.shown(String.valueOf(one.get("kid"))));
            }
        }
        report(skipped);
        // An empty set means that the provider has withdrawn all keys; a set without a readable key is an error.
        if (keys.isEmpty() && !skipped.isEmpty()) {
            throw new ParseException("none of its " + written.length + " keys can be read", 0);
        }
        return new JWKSet(keys);
    }

    private void report(List<String> skipped) {
        if (!skipped.isEmpty() && !skipped.equals(unreadable)) {
            LOG.log(
                    Level.WARNING,
                    "Of the keys at {0}, these cannot be read, and tokens signed with them are refused: {1}.",
                    address,
                    String.join(", ", skipped));
        }
        unreadable = skipped;
    }
}
