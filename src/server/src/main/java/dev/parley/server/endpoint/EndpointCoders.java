package dev.parley.server.endpoint;

import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.MessageEncoding;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Encoder;
import jakarta.websocket.server.ServerEndpoint;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Creates the coders that the annotations of endpoint classes name. Containers use named coders for handlers of whole
 * messages and for {@code sendObject} only. Parley receives parts and sends what it encoded once for many readers, so
 * it calls the coders itself.
 */
public final class EndpointCoders {
    /** The endpoint classes of the application. */
    public static final List<Class<?>> ENDPOINTS =
            List.of(ChatEndpoint.class, MonitorEndpoint.class, TextEndpoint.class);

    private EndpointCoders() {}

    /** Creates the decoder of one connection. A text that it refuses becomes an error to answer. */
    @SuppressWarnings("unchecked")
    static Function<String, List<Decoded>> decoder(Class<?> endpoint) {
        Decoder.Text<InboundFrame> decoder = (Decoder.Text<InboundFrame>)
                create(only(endpoint, annotation(endpoint).decoders()));
        return text -> {
            try {
                return decoder.decode(text).messages();
            } catch (DecodeException e) {
                return List.of(new Decoded.Malformed(Optional.empty(), ErrorCode.BAD_MESSAGE, e.getMessage()));
            }
        };
    }

    /**
     * Creates the encoder of a node. There is one, because a message is encoded once for the readers on all endpoints,
     * and for the store.
     *
     * @throws IllegalArgumentException if the endpoints name different encoders
     */
    @SuppressWarnings("unchecked")
    public static MessageEncoding encoding(Collection<Class<?>> endpoints) {
        Set<Class<? extends Encoder>> named = endpoints.stream()
                .map(endpoint -> only(endpoint, annotation(endpoint).encoders()))
                .collect(Collectors.toSet());
        if (named.size() != 1) {
            throw new IllegalArgumentException("The endpoints must name the same encoder, but name " + named + ".");
        }
        Encoder.Text<ServerMessage> encoder =
                (Encoder.Text<ServerMessage>) create(named.iterator().next());
        return message -> {
            try {
                return encoder.encode(message);
            } catch (EncodeException e) {
                throw new IllegalStateException(message + " cannot be encoded.", e);
            }
        };
    }

    static ServerEndpoint annotation(Class<?> endpoint) {
        return Optional.ofNullable(endpoint.getAnnotation(ServerEndpoint.class))
                .orElseThrow(() -> new IllegalArgumentException(endpoint.getName() + " has no @ServerEndpoint."));
    }

    /** The endpoint class of a path. */
    static Class<?> endpointAt(String path) {
        return ENDPOINTS.stream()
                .filter(endpoint -> annotation(endpoint).value().equals(path))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no endpoint at " + path + "."));
    }

    private static <T> Class<? extends T> only(Class<?> endpoint, Class<? extends T>[] coders) {
        if (coders.length != 1) {
            throw new IllegalArgumentException("The annotation of " + endpoint.getName()
                    + " must name one encoder and one decoder, but names " + coders.length + ".");
        }
        return coders[0];
    }

    static <T> T create(Class<? extends T> coder) {
        try {
            return coder.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(coder.getName() + " cannot be created.", e);
        }
    }
}
