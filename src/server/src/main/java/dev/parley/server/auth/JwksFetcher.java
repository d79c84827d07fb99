package dev.parley.server.auth;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.parley.protocol.Field;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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

/**
 * Fetches an identity provider's JWK set (RFC 7517) over HTTP, with bounds on size and time. The library's own fetch
 * waits as long as a document trickles in, and rejects a whole set for one key that it cannot read. One call at a time.
 */
final class JwksFetcher {
    /** Deadline for the whole document. */
    static final Duration DEADLINE = Duration.ofSeconds(4);

    /** Timeout of the connect, and between two bytes. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** Bound of the document: ten keys with their certificates are 30 KB. */
    private static final int BYTES_MAX = 256 * 1024;

    private static final Logger LOG = System.getLogger(JwksFetcher.class.getName());

    private final URI address;
    private final Duration deadline;
    private List<String> unreadable = List.of();

    JwksFetcher(URI address, Duration deadline) {
        this.address = address;
        this.deadline = deadline;
    }

    URI address() {
        return address;
    }

    /** @throws IOException with the reason why the response cannot be used */
    JWKSet fetch() throws IOException {
        try {
            return parse(read());
        } catch (ParseException e) {
            throw new IOException("the document is no JWK set: " + e.getMessage(), e);
        }
    }

    private String read() throws IOException {
        long begunAt = System.nanoTime();
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        connection.setConnectTimeout((int) TIMEOUT.toMillis());
        connection.setReadTimeout((int) TIMEOUT.toMillis());
        // Only the configured address is requested.
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Accept", "application/jwk-set+json, application/json");
        connection.setRequestProperty("Connection", "close");
        try {
            int status = connection.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                throw new IOException("it answers " + status + " instead of 200; redirects are not followed");
            }
            return body(connection, begunAt);
        } finally {
            connection.disconnect();
        }
    }

    private String body(HttpURLConnection connection, long begunAt) throws IOException {
        ByteArrayOutputStream document = new ByteArrayOutputStream();
        byte[] part = new byte[8 * 1024];
        try (InputStream in = connection.getInputStream()) {
            for (int length = in.read(part); length != -1; length = in.read(part)) {
                document.write(part, 0, length);
                if (document.size() > BYTES_MAX) {
                    throw new IOException("the document is longer than " + BYTES_MAX + " bytes");
                }
                if (System.nanoTime() - begunAt > deadline.toNanos()) {
                    throw new IOException("the document was not whole within " + deadline.toMillis() + " ms");
                }
            }
        }
        return document.toString(StandardCharsets.UTF_8);
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
