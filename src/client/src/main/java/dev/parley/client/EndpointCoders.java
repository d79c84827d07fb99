package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import jakarta.websocket.ClientEndpoint;
import jakarta.websocket.Decoder;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Encoder;
import java.util.Optional;
import java.util.function.Function;

/**
 * Creates the coders that the annotation of an endpoint class names. Containers use named coders for handlers of whole
 * messages only; Parley's endpoints receive parts, so they call their coders themselves.
 */
final class EndpointCoders {
    private EndpointCoders() {}

    /** @throws IllegalArgumentException if the annotation does not name one decoder that can be created */
    @SuppressWarnings("unchecked")
    static Decoder.Text<ServerFrame> decoder(Class<? extends ParleyEndpoint> endpoint) {
        return (Decoder.Text<ServerFrame>)
                create(endpoint, Decoder.Text.class, annotation(endpoint).decoders());
    }

    /** @throws IllegalArgumentException if the annotation does not name one encoder that can be created */
    @SuppressWarnings("unchecked")
    static Function<ClientMessage, String> encoder(Class<? extends ParleyEndpoint> endpoint) {
        Encoder.Text<ClientMessage> encoder = (Encoder.Text<ClientMessage>)
                create(endpoint, Encoder.Text.class, annotation(endpoint).encoders());
        return message -> {
            try {
                return encoder.encode(message);
            } catch (EncodeException e) {
                throw new IllegalArgumentException("The encoder of " + endpoint.getName() + " failed.", e);
            }
        };
    }

    private static ClientEndpoint annotation(Class<?> endpoint) {
        return Optional.ofNullable(endpoint.getAnnotation(ClientEndpoint.class))
                .orElseThrow(() -> new IllegalArgumentException(endpoint.getName() + " has no @ClientEndpoint."));
    }

    private static <T> T create(Class<?> endpoint, Class<?> kind, Class<? extends T>[] coders) {
        if (coders.length != 1) {
            throw new IllegalArgumentException("The annotation of " + endpoint.getName()
                    + " must name one encoder and one decoder, but names " + coders.length + ".");
        }
        if (!kind.isAssignableFrom(coders[0])) {
            throw new IllegalArgumentException(coders[0].getName() + ", which " + endpoint.getName()
                    + " names, must be a " + kind.getCanonicalName() + ".");
        }
        try {
            return coders[0].getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(coders[0].getName() + " cannot be created.", e);
        }
    }
}
