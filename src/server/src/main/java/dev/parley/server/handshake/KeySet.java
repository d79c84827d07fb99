package dev.parley.server.handshake;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;

/**
 * The keys of an identity provider, by the address of its JWK set (RFC 7517): kept for minutes, fetched anew in the
 * background before that, at once where a token names a key that is not there (twice in half a minute at most, however
 * many such tokens come), and used for hours longer while the provider does not answer.
 */
final class KeySet implements AutoCloseable {
    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final int READ_TIMEOUT_MILLIS = 2_000;
    private static final int BYTES_MAX = 256 * 1024;
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final Duration FETCHED_AHEAD = Duration.ofSeconds(60);
    private static final Duration FETCH_DEADLINE = Duration.ofSeconds(10);
    private static final Duration BETWEEN_UNKNOWN_KEYS = Duration.ofSeconds(30);
    private static final Duration OUTAGE_MAX = Duration.ofHours(12);

    private final ExecutorService fetches;
    private final ScheduledExecutorService schedule;
    private final JWKSource<SecurityContext> source;

    KeySet(URI address, ThreadFactory threads) {
        fetches = Executors.newSingleThreadExecutor(threads);
        schedule = Executors.newSingleThreadScheduledExecutor(threads);
        source = JWKSourceBuilder.create(url(address), new Retriever())
                .cache(KEPT.toMillis(), FETCH_DEADLINE.toMillis())
                .refreshAheadCache(FETCHED_AHEAD.toMillis(), null, fetches, false, schedule, false)
                .rateLimited(BETWEEN_UNKNOWN_KEYS.toMillis())
                .retrying(true)
                .outageTolerant(OUTAGE_MAX.toMillis())
                .build();
    }

    JWKSource<SecurityContext> source() {
        return source;
    }

    private static URL url(URI address) {
        try {
            return address.toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("The settings let pass an address that is none: " + address, e);
        }
    }

    @Override
    public void close() {
        schedule.shutdownNow();
        fetches.shutdownNow();
    }

    /** Goes nowhere but to the address that was set. */
    private static final class Retriever extends DefaultResourceRetriever {
        Retriever() {
            super(CONNECT_TIMEOUT_MILLIS, READ_TIMEOUT_MILLIS, BYTES_MAX);
        }

        @Override
        protected HttpURLConnection openHTTPConnection(URL url) throws IOException {
            HttpURLConnection connection = super.openHTTPConnection(url);
            connection.setInstanceFollowRedirects(false);
            return connection;
        }
    }
}
