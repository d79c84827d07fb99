package dev.parley.protocol;

import dev.parley.protocol.binding.DelegatingJsonProvider;
import jakarta.json.JsonReader;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonParser;
import java.io.InputStream;
import java.io.Reader;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the texts that are parsed. {@code META-INF/services} of the tests names it, so that
 * {@link JsonProvider#provider} returns it to the codec and to JSON Binding.
 */
public final class CountingJsonProvider extends DelegatingJsonProvider {
    private static final AtomicInteger PARSED = new AtomicInteger();

    public CountingJsonProvider() {
        super(ServiceLoader.load(JsonProvider.class).stream()
                .filter(provider -> provider.type() != CountingJsonProvider.class)
                .map(ServiceLoader.Provider::get)
                .findFirst()
                .orElseThrow());
    }

    /** The number of texts that the action parses. */
    static int parsedBy(Runnable action) {
        int before = PARSED.get();
        action.run();
        return PARSED.get() - before;
    }

    @Override
    public JsonParser createParser(Reader reader) {
        PARSED.incrementAndGet();
        return super.createParser(reader);
    }

    @Override
    public JsonParser createParser(InputStream in) {
        PARSED.incrementAndGet();
        return super.createParser(in);
    }

    @Override
    public JsonReader createReader(Reader reader) {
        PARSED.incrementAndGet();
        return super.createReader(reader);
    }

    @Override
    public JsonReader createReader(InputStream in) {
        PARSED.incrementAndGet();
        return super.createReader(in);
    }
}
