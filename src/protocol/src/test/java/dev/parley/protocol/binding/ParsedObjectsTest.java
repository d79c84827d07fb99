package dev.parley.protocol.binding;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.bind.annotation.JsonbSubtype;
import jakarta.json.bind.annotation.JsonbTypeInfo;
import jakarta.json.spi.JsonProvider;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParsedObjectsTest {
    private static final ParsedObjects PROVIDER = new ParsedObjects(JsonProvider.provider());
    private static final Jsonb JSONB =
            JsonbBuilder.newBuilder().withProvider(PROVIDER).build();

    private static final String SQUARE = "{\"area\":4.5,\"tags\":[\"a\",\"b\"],\"kind\":\"square\",\"x\":{\"y\":[{}]}}";

    /** A polymorphic type. */
    @JsonbTypeInfo(key = "kind", value = @JsonbSubtype(alias = "square", type = Square.class))
    public sealed interface Shape {}

    public record Square(BigDecimal area, List<String> tags) implements Shape {}

    public record Drawing(int layers, long bytes, boolean isDraft, Shape frame) {}

    @Test
    void polymorphicObjectIsBoundAsItsText() {
        assertThat(JSONB.fromJson(ParsedObjects.reader(parse(SQUARE)), Shape.class))
                .isEqualTo(JSONB.fromJson(SQUARE, Shape.class))
                .isEqualTo(new Square(new BigDecimal("4.5"), List.of("a", "b")));
    }

    @Test
    void objectOfOneTypeIsBoundAsItsText() {
        String drawing = "{\"layers\":2,\"x\":{\"y\":{}},\"bytes\":5000000000,\"isDraft\":true,\"z\":[[1],2]}";

        assertThat(JSONB.fromJson(ParsedObjects.reader(parse(drawing)), Drawing.class))
                .isEqualTo(JSONB.fromJson(drawing, Drawing.class))
                .isEqualTo(new Drawing(2, 5_000_000_000L, true, null));
    }

    @Test
    void rootIsReturnedItselfAndThenTheParserIsAtItsEnd() {
        JsonObject square = parse(SQUARE);
        try (JsonParser parser = PROVIDER.createParser(ParsedObjects.reader(square))) {
            assertThat(parser.next()).isEqualTo(Event.START_OBJECT);
            assertThat(parser.getObject()).isSameAs(square);
            assertThat(parser.hasNext()).isFalse();
        }
    }

    /** As in an implementation of JSON Binding that does not parse with the provider that it is given. */
    @Test
    void anotherProviderReadsTheText() {
        try (JsonReader reader = Json.createReader(ParsedObjects.reader(parse(SQUARE)))) {
            assertThat(reader.readObject()).isEqualTo(parse(SQUARE));
        }
    }

    @Test
    void rootIsAValueToo() {
        JsonObject square = parse(SQUARE);
        try (JsonParser parser = PROVIDER.createParser(ParsedObjects.reader(square))) {
            parser.next();
            assertThat(parser.getValue()).isSameAs(square);
        }
    }

    private static JsonObject parse(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }
}
