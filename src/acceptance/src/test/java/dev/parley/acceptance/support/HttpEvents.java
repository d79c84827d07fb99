package dev.parley.acceptance.support;

import jakarta.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The events of one stream. Reads only when a test takes an event, and so may be as slow as the test. */
public final class HttpEvents implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpResponse<InputStream> response;
    private final BufferedReader lines;

    /**
     * @param name empty for a message
     * @param id the position
     */
    public record Event(String name, String id, String data) {
        public JsonObject json() {
            return JsonText.object(data);
        }
    }

    HttpEvents(HttpResponse<InputStream> response) {
        this.response = response;
        this.lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    public HttpResponse<InputStream> response() {
        return response;
    }

    /** The body of an answer that is no stream. */
    public String body() throws IOException {
        return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Takes the next event, and skips comments. */
    public Event next() {
        return inTime(this::readEvent).orElseThrow(() -> new AssertionError("The stream has ended."));
    }

    /** Takes the next event, which must be the one that ends the stream; and waits for its end. */
    public Event end() {
        Event event = next();
        if (!event.name().equals("end")) {
            throw new AssertionError("No end, but " + event);
        }
        if (inTime(this::readEvent).isPresent()) {
            throw new AssertionError("The stream goes on behind its end.");
        }
        return event;
    }

    /** Reads up to the next comment. */
    public void awaitComment() {
        inTime(() -> {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(":")) {
                    return line;
                }
            }
            throw new AssertionError("The stream has ended without a comment.");
        });
    }

    private Optional<Event> readEvent() throws IOException {
        String name = "";
        String id = "";
        String data = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty() && !data.isEmpty()) {
                return Optional.of(new Event(name, id, data));
            }
            name = line.startsWith("event: ") ? line.substring(7) : name;
            id = line.startsWith("id: ") ? line.substring(4) : id;
            data = line.startsWith("data: ") ? line.substring(6) : data;
        }
        return Optional.empty();
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private static <T> T inTime(Reading<T> reading) {
        CompletableFuture<T> read = CompletableFuture.supplyAsync(() -> {
            try {
                return reading.read();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            return read.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("No event came.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted.", e);
        }
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
