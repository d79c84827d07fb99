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
import java.util.stream.Collectors;

/** Which kind of value each field of each type holds, read off the records themselves. */
final class MessageShape {
    private static final Map<Class<?>, Outline.Kind> KINDS = Map.of(
            String.class, Outline.Kind.STRING,
            Boolean.class, Outline.Kind.BOOLEAN,
            OptionalInt.class, Outline.Kind.NUMBER,
            OptionalLong.class, Outline.Kind.NUMBER,
            OptionalDouble.class, Outline.Kind.NUMBER,
            Map.class, Outline.Kind.OBJECT,
            List.class, Outline.Kind.ARRAY);

    private static final Map<String, Map<String, Outline.Kind>> SHAPES = Arrays.stream(
                    ClientMessage.class.getAnnotation(JsonbTypeInfo.class).value())
            .collect(Collectors.toUnmodifiableMap(JsonbSubtype::alias, subtype -> fields(subtype.type())));

    private MessageShape() {}

    static Optional<Decoded.Malformed> check(Outline outline) {
        Outline.Kind type = outline.fields().getOrDefault("type", Outline.Kind.NULL);
        if (type == Outline.Kind.NULL) {
            return malformed(outline, ErrorCode.MISSING_FIELD, "'type' is missing.");
        }
        if (type != Outline.Kind.STRING) {
            return malformed(outline, ErrorCode.BAD_MESSAGE, "'type' must be a string, but is " + type.words + ".");
        }
        Map<String, Outline.Kind> shape = SHAPES.get(outline.type());
        if (shape == null) {
            return malformed(
                    outline,
                    ErrorCode.UNKNOWN_TYPE,
                    "There is no message type '" + Field.shown(outline.type()) + "'. Types: "
                            + String.join(
                                    ", ", SHAPES.keySet().stream().sorted().toList()) + ".");
        }
        for (Map.Entry<String, Outline.Kind> field : outline.fields().entrySet()) {
            Outline.Kind expected = shape.get(field.getKey());
            if (expected != null && field.getValue() != Outline.Kind.NULL && field.getValue() != expected) {
                return malformed(
                        outline,
                        ErrorCode.BAD_MESSAGE,
                        "'" + field.getKey() + "' of '" + outline.type() + "' must be " + expected.words + ", but is "
                                + field.getValue().words + ".");
            }
        }
        return Optional.empty();
    }

    private static Optional<Decoded.Malformed> malformed(Outline outline, ErrorCode code, String reason) {
        return Optional.of(new Decoded.Malformed(outline.answerId(), code, reason));
    }

    private static Map<String, Outline.Kind> fields(Class<?> message) {
        return Arrays.stream(message.getRecordComponents())
                .collect(Collectors.toUnmodifiableMap(
                        RecordComponent::getName, component -> kind(component.getGenericType())));
    }

    private static Outline.Kind kind(Type type) {
        if (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class) {
            return kind(generic.getActualTypeArguments()[0]);
        }
        Class<?> raw = (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
        Outline.Kind kind = KINDS.get(raw);
        if (kind == null && !raw.isRecord()) {
            throw new IllegalStateException("MessageShape does not know which JSON value a " + raw + " is.");
        }
        return kind == null ? Outline.Kind.OBJECT : kind;
    }
}
