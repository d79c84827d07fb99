package dev.parley.protocol;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.json.bind.annotation.JsonbSubtype;
import jakarta.json.bind.annotation.JsonbTypeInfo;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Checks the kind of value of each field of a client's message, including nested fields. The expected kinds are derived
 * from the records.
 */
final class MessageShape {
    private static final Map<Class<?>, JsonScan.Kind> KINDS = Map.of(
            String.class, JsonScan.Kind.STRING,
            long.class, JsonScan.Kind.NUMBER,
            Boolean.class, JsonScan.Kind.BOOLEAN,
            OptionalInt.class, JsonScan.Kind.NUMBER,
            OptionalLong.class, JsonScan.Kind.NUMBER,
            OptionalDouble.class, JsonScan.Kind.NUMBER,
            Map.class, JsonScan.Kind.OBJECT,
            List.class, JsonScan.Kind.ARRAY);

    /** Records whose fields are all required: JSON Binding would turn a missing number into 0. */
    private static final Set<Class<?>> COMPLETE = Set.of(Position.class);

    /**
     * The expected shape of a value.
     *
     * @param fields fields of a record, by name
     * @param each elements of a map or a list
     * @param needed names of required fields
     */
    private record Shape(JsonScan.Kind kind, Map<String, Shape> fields, Optional<Shape> each, List<String> needed) {}

    private static final Map<String, Shape> SHAPES = Arrays.stream(
                    ClientMessage.class.getAnnotation(JsonbTypeInfo.class).value())
            .collect(Collectors.toUnmodifiableMap(JsonbSubtype::alias, subtype -> shape(subtype.type())));

    private MessageShape() {}

    static Optional<Decoded.Malformed> check(JsonScan scan) {
        JsonScan.Kind type = Optional.ofNullable(scan.root().get("type"))
                .map(JsonScan.Kind::of)
                .orElse(JsonScan.Kind.NULL);
        if (type == JsonScan.Kind.NULL) {
            return malformed(scan, ErrorCode.MISSING_FIELD, "'type' is missing.");
        }
        if (type != JsonScan.Kind.STRING) {
            return malformed(scan, ErrorCode.BAD_MESSAGE, "'type' must be a string, but is " + type.words + ".");
        }
        Shape shape = SHAPES.get(scan.type());
        if (shape == null) {
            return malformed(
                    scan,
                    ErrorCode.UNKNOWN_TYPE,
                    "There is no message type '" + Field.shown(scan.type()) + "'. Types: "
                            + String.join(
                                    ", ", SHAPES.keySet().stream().sorted().toList()) + ".");
        }
        return within(scan, "", scan.root(), shape);
    }

    private static Optional<Decoded.Malformed> check(JsonScan scan, String name, JsonValue value, Shape shape) {
        JsonScan.Kind kind = JsonScan.Kind.of(value);
        if (kind == JsonScan.Kind.NULL) {
            return Optional.empty();
        }
        if (kind != shape.kind()) {
            return malformed(
                    scan,
                    ErrorCode.BAD_MESSAGE,
                    "'" + name + "' of '" + scan.type() + "' must be " + shape.kind().words + ", but is " + kind.words
                            + ".");
        }
        return switch (kind) {
            case OBJECT -> within(scan, name + ".", value.asJsonObject(), shape);
            case ARRAY -> elements(scan, name, value.asJsonArray(), shape);
            default -> Optional.empty();
        };
    }

    /** @param prefix prefix of the names of nested fields */
    private static Optional<Decoded.Malformed> within(JsonScan scan, String prefix, JsonObject object, Shape shape) {
        for (Map.Entry<String, JsonValue> field : object.entrySet()) {
            String key = field.getKey();
            Optional<Decoded.Malformed> wrong = Optional.ofNullable(
                            shape.fields().get(key))
                    .map(known -> check(scan, prefix + key, field.getValue(), known))
                    .or(() ->
                            shape.each().map(known -> check(scan, prefix + Field.shown(key), field.getValue(), known)))
                    .orElse(Optional.empty());
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        for (String needed : shape.needed()) {
            JsonValue there = object.get(needed);
            if (there == null || JsonScan.Kind.of(there) == JsonScan.Kind.NULL) {
                return malformed(scan, ErrorCode.MISSING_FIELD, "'" + prefix + needed + "' is missing.");
            }
        }
        return Optional.empty();
    }

    private static Optional<Decoded.Malformed> elements(JsonScan scan, String name, JsonArray array, Shape shape) {
        JsonScan.Kind expected = shape.each().orElseThrow().kind();
        return array.stream()
                .map(JsonScan.Kind::of)
                .filter(kind -> kind != expected && kind != JsonScan.Kind.NULL)
                .min(Comparator.naturalOrder())
                .flatMap(kind -> malformed(
                        scan,
                        ErrorCode.BAD_MESSAGE,
                        "'" + name + "' of '" + scan.type() + "' holds " + kind.words + " where " + expected.words
                                + " must be."));
    }

    private static Optional<Decoded.Malformed> malformed(JsonScan scan, ErrorCode code, String reason) {
        return Optional.of(new Decoded.Malformed(scan.answerId(), code, reason));
    }

    private static Shape shape(Type type) {
        if (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class) {
            return shape(generic.getActualTypeArguments()[0]);
        }
        Class<?> raw = (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
        if (raw.isRecord()) {
            return new Shape(
                    JsonScan.Kind.OBJECT,
                    Arrays.stream(raw.getRecordComponents())
                            .collect(Collectors.toUnmodifiableMap(
                                    RecordComponent::getName, component -> shape(component.getGenericType()))),
                    Optional.empty(),
                    COMPLETE.contains(raw) ? names(raw) : List.of());
        }
        JsonScan.Kind kind = KINDS.get(raw);
        if (kind == null) {
            throw new IllegalStateException("MessageShape does not know which JSON value a " + raw + " is.");
        }
        Type[] arguments = type instanceof ParameterizedType generic ? generic.getActualTypeArguments() : new Type[0];
        return new Shape(
                kind,
                Map.of(),
                arguments.length == 0 ? Optional.empty() : Optional.of(shape(arguments[arguments.length - 1])),
                List.of());
    }

    private static List<String> names(Class<?> raw) {
        return Arrays.stream(raw.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
    }
}
