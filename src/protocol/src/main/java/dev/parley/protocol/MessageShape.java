package dev.parley.protocol;

import jakarta.json.bind.annotation.JsonbSubtype;
import jakarta.json.bind.annotation.JsonbTypeInfo;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Which kind of value each field of each type holds, and what is within it, read off the records themselves. */
final class MessageShape {
    private static final Map<Class<?>, Outline.Kind> KINDS = Map.of(
            String.class, Outline.Kind.STRING,
            long.class, Outline.Kind.NUMBER,
            Boolean.class, Outline.Kind.BOOLEAN,
            OptionalInt.class, Outline.Kind.NUMBER,
            OptionalLong.class, Outline.Kind.NUMBER,
            OptionalDouble.class, Outline.Kind.NUMBER,
            Map.class, Outline.Kind.OBJECT,
            List.class, Outline.Kind.ARRAY);

    /** What must be there as a whole: JSON Binding would make 0 of a number that is missing. */
    private static final Set<Class<?>> COMPLETE = Set.of(Position.class);

    /**
     * What a value must be.
     *
     * @param fields of a record, by name
     * @param each what a map or a list holds
     * @param needed names of fields that must be there
     */
    private record Shape(Outline.Kind kind, Map<String, Shape> fields, Optional<Shape> each, List<String> needed) {}

    private static final Map<String, Shape> SHAPES = Arrays.stream(
                    ClientMessage.class.getAnnotation(JsonbTypeInfo.class).value())
            .collect(Collectors.toUnmodifiableMap(JsonbSubtype::alias, subtype -> shape(subtype.type())));

    private MessageShape() {}

    static Optional<Decoded.Malformed> check(Outline outline) {
        Outline.Kind type = Optional.ofNullable(outline.root().fields().get("type"))
                .map(Outline.Value::kind)
                .orElse(Outline.Kind.NULL);
        if (type == Outline.Kind.NULL) {
            return malformed(outline, ErrorCode.MISSING_FIELD, "'type' is missing.");
        }
        if (type != Outline.Kind.STRING) {
            return malformed(outline, ErrorCode.BAD_MESSAGE, "'type' must be a string, but is " + type.words + ".");
        }
        Shape shape = SHAPES.get(outline.type());
        if (shape == null) {
            return malformed(
                    outline,
                    ErrorCode.UNKNOWN_TYPE,
                    "There is no message type '" + Field.shown(outline.type()) + "'. Types: "
                            + String.join(
                                    ", ", SHAPES.keySet().stream().sorted().toList()) + ".");
        }
        return within(outline, "", outline.root(), shape);
    }

    private static Optional<Decoded.Malformed> check(Outline outline, String name, Outline.Value value, Shape shape) {
        if (value.kind() == Outline.Kind.NULL) {
            return Optional.empty();
        }
        if (value.kind() != shape.kind()) {
            return malformed(
                    outline,
                    ErrorCode.BAD_MESSAGE,
                    "'" + name + "' of '" + outline.type() + "' must be " + shape.kind().words + ", but is "
                            + value.kind().words + ".");
        }
        return within(outline, name + ".", value, shape);
    }

    /** @param prefix of the names of what is within */
    private static Optional<Decoded.Malformed> within(
            Outline outline, String prefix, Outline.Value value, Shape shape) {
        for (Map.Entry<String, Outline.Value> field : value.fields().entrySet()) {
            Optional<Shape> expected =
                    Optional.ofNullable(shape.fields().get(field.getKey())).or(shape::each);
            Optional<Decoded.Malformed> wrong = expected.flatMap(
                    known -> check(outline, prefix + Field.shown(field.getKey()), field.getValue(), known));
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        for (String needed : shape.needed()) {
            Outline.Value there = value.fields().get(needed);
            if (there == null || there.kind() == Outline.Kind.NULL) {
                return malformed(outline, ErrorCode.MISSING_FIELD, "'" + prefix + needed + "' is missing.");
            }
        }
        for (Outline.Kind element : value.elements()) {
            if (element != Outline.Kind.NULL
                    && shape.each().filter(each -> each.kind() != element).isPresent()) {
                return malformed(
                        outline,
                        ErrorCode.BAD_MESSAGE,
                        "'" + prefix.substring(0, prefix.length() - 1) + "' of '" + outline.type() + "' holds "
                                + element.words + " where " + shape.each().get().kind().words + " must be.");
            }
        }
        return Optional.empty();
    }

    private static Optional<Decoded.Malformed> malformed(Outline outline, ErrorCode code, String reason) {
        return Optional.of(new Decoded.Malformed(outline.answerId(), code, reason));
    }

    private static Shape shape(Type type) {
        if (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class) {
            return shape(generic.getActualTypeArguments()[0]);
        }
        Class<?> raw = (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
        if (raw.isRecord()) {
            return new Shape(
                    Outline.Kind.OBJECT,
                    Arrays.stream(raw.getRecordComponents())
                            .collect(Collectors.toUnmodifiableMap(
                                    RecordComponent::getName, component -> shape(component.getGenericType()))),
                    Optional.empty(),
                    COMPLETE.contains(raw) ? names(raw) : List.of());
        }
        Outline.Kind kind = KINDS.get(raw);
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
