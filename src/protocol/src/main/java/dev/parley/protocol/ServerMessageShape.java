package dev.parley.protocol;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.annotation.JsonbSubtype;
import jakarta.json.bind.annotation.JsonbTypeInfo;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decodes a message from a server. The message must be of a known type, bounded, and have every field that its record
 * needs, so that clients never get a null or an invented 0.
 */
final class ServerMessageShape {
    /** Enough for the last values of 10,000 metrics in one {@code subscribed}. */
    static final int NAMES_MAX = 65_536;

    private static final Map<String, Class<?>> TYPES = Arrays.stream(
                    ServerMessage.class.getAnnotation(JsonbTypeInfo.class).value())
            .collect(Collectors.toUnmodifiableMap(JsonbSubtype::alias, JsonbSubtype::type));

    /** The class returns new ones each time, whose first reflective calls are slow: 12 us of a message's 16. */
    private static final ClassValue<List<RecordComponent>> COMPONENTS = new ClassValue<>() {
        @Override
        protected List<RecordComponent> computeValue(Class<?> type) {
            return List.of(type.getRecordComponents());
        }
    };

    private static final Set<Class<?>> MAY_BE_ABSENT = Set.of(Optional.class, OptionalInt.class, OptionalLong.class);

    private ServerMessageShape() {}

    static DecodedServerMessage decode(JsonScan scan, Jsonb jsonb) {
        if (scan.problem().isPresent()) {
            return new DecodedServerMessage.Malformed(scan.problem().get().reason());
        }
        if (scan.type().isEmpty()) {
            return new DecodedServerMessage.Malformed("'type' is missing.");
        }
        Class<?> type = TYPES.get(scan.type());
        if (type == null) {
            return new DecodedServerMessage.Unknown(Field.shown(scan.type()));
        }
        try {
            ServerMessage message = scan.bind(jsonb, ServerMessage.class);
            return hole(message)
                    .<DecodedServerMessage>map(
                            field -> new DecodedServerMessage.Malformed("'" + scan.type() + "' lacks '" + field + "'."))
                    .or(() -> missingNumber(type, scan.root()))
                    .orElseGet(() -> new DecodedServerMessage.Known(message, scan.length()));
        } catch (RuntimeException e) { // JsonbException, and what Yasson lets through of Parsson's limits
            return new DecodedServerMessage.Malformed(
                    "A field of this '" + scan.type() + "' holds a value of the wrong kind.");
        }
    }

    /** The path of the first component that is null, in a record or nested in it. */
    private static Optional<String> hole(Object value) {
        if (value == null) {
            return Optional.of("");
        }
        if (value instanceof Optional<?> optional) {
            return optional.flatMap(ServerMessageShape::hole);
        }
        if (value instanceof Collection<?> elements) {
            return elements.stream()
                    .map(ServerMessageShape::hole)
                    .flatMap(Optional::stream)
                    .findFirst();
        }
        if (value instanceof Map<?, ?> map) {
            return hole(map.values());
        }
        if (!(value instanceof Record)) {
            return Optional.empty();
        }
        for (RecordComponent component : COMPONENTS.get(value.getClass())) {
            Optional<String> hole = hole(read(component, value));
            if (hole.isPresent()) {
                return Optional.of(component.getName() + (hole.get().isEmpty() ? "" : "." + hole.get()));
            }
        }
        return Optional.empty();
    }

    private static Object read(RecordComponent component, Object owner) {
        try {
            return component.getAccessor().invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("A record does not show its own " + component.getName() + ".", e);
        }
    }

    /** JSON Binding turns missing fields into 0 and false. */
    private static Optional<DecodedServerMessage> missingNumber(Class<?> type, JsonObject object) {
        return missing(type, object).map(field -> new DecodedServerMessage.Malformed("'" + field + "' is missing."));
    }

    private static Optional<String> missing(Class<?> type, JsonValue value) {
        for (RecordComponent component : COMPONENTS.get(type)) {
            JsonValue field = fields(value).get(component.getName());
            if (field == null || JsonScan.Kind.of(field) == JsonScan.Kind.NULL) {
                if (!MAY_BE_ABSENT.contains(component.getType())) {
                    return Optional.of(component.getName());
                }
            } else if (Record.class.isAssignableFrom(component.getType())) {
                Optional<String> within = missing(component.getType(), field);
                if (within.isPresent()) {
                    return within;
                }
            } else if (component.getType() == Map.class) {
                Class<?> each = (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[1];
                Optional<String> within = fields(field).values().stream()
                        .map(one -> missing(each, one))
                        .flatMap(Optional::stream)
                        .findFirst();
                if (within.isPresent()) {
                    return within;
                }
            }
        }
        return Optional.empty();
    }

    /** The fields of an object; JSON Binding also reads a map from an array, which has none. */
    private static Map<String, JsonValue> fields(JsonValue value) {
        return value instanceof JsonObject object ? object : Map.of();
    }
}
