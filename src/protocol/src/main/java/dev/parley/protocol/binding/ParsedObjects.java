package dev.parley.protocol.binding;

import jakarta.json.JsonObject;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParserFactory;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON-P provider of a {@link jakarta.json.bind.Jsonb} that also reads parsed objects:
 * {@code jsonb.fromJson(ParsedObjects.reader(object), type)}. Everything else is as with the platform's provider.
 */
public final class ParsedObjects extends DelegatingJsonProvider {
    private final JsonParserFactory parsers;

    /** @param platform the provider that parses texts */
    public ParsedObjects(JsonProvider platform) {
        super(platform);
        parsers = platform.createParserFactory(Map.of());
    }

    /** A reader that stands for the object. */
    public static Reader reader(JsonObject object) {
        return new ObjectReader(object);
    }

    @Override
    public JsonParser createParser(Reader reader) {
        return reader instanceof ObjectReader parsed
                ? new ObjectParser(parsed.object, parsers.createParser(parsed.object))
                : super.createParser(reader);
    }

    /** Read by another provider, it gives the object's text, which is then parsed once more. */
    private static final class ObjectReader extends Reader {
        private final JsonObject object;
        private Optional<Reader> text = Optional.empty();

        ObjectReader(JsonObject object) {
            this.object = object;
        }

        @Override
        public int read(char[] buffer, int offset, int length) throws IOException {
            if (text.isEmpty()) {
                text = Optional.of(new StringReader(object.toString()));
            }
            return text.get().read(buffer, offset, length);
        }

        @Override
        public void close() {
            // Holds nothing to release.
        }
    }
}
