package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.ClientBinary;
import dev.parley.protocol.binary.DecodedBinary;
import dev.parley.protocol.binary.ServerBinary;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.session.EncodedBinary;
import dev.parley.server.session.EndpointType;
import java.util.Optional;

/** Handles binary frames to rooms, with the rights of {@code typing}: live payloads, which are not stored. */
public final class BinaryHandler {
    private final FanOut fanOut;
    private final Rules rules;

    /**
     * @param maxBytes limit of a payload; 0 takes no frame
     * @param isOpenToGuests whether guests may send
     * @param roomBytesPerSecond budget of a room, for its text; the fan-out keeps it
     */
    public record Rules(int maxBytes, boolean isOpenToGuests, long roomBytesPerSecond) {}

    public BinaryHandler(FanOut fanOut, Rules rules) {
        this.fanOut = fanOut;
        this.rules = rules;
    }

    /** Relays a frame, or answers it with an error. */
    void relay(SessionContext context, byte[] bytes) {
        // No upload has been charged for these bytes.
        if (!context.rates().allowBytes(bytes.length)) {
            return;
        }
        DecodedBinary<ClientBinary> decoded = BinaryCodec.decode(bytes);
        if (decoded instanceof DecodedBinary.Malformed<ClientBinary> malformed) {
            context.errors().reply(malformed.id(), Refusal.of(malformed.code(), malformed.reason()));
        } else if (decoded instanceof DecodedBinary.Valid<ClientBinary> valid) {
            relay(context, valid.frame());
        }
    }

    private void relay(SessionContext context, ClientBinary frame) {
        Channel.Room room = new Channel.Room(frame.room());
        Optional<Refusal> refusal = refusal(context, room, frame.payload().remaining());
        if (refusal.isPresent()) {
            context.errors().reply(frame.id(), refusal.get());
            return;
        }
        if (!context.rates().allow(RateLimiter.Kind.BINARY, frame.id())) {
            return;
        }
        ServerMessage.Person sender = context.session().signedInAs().person();
        byte[] relayed = BinaryCodec.encode(
                new ServerBinary(room.name(), sender.username(), sender.guest(), frame.mediaType(), frame.payload()));
        fanOut.relayBinary(context.session(), room, EncodedBinary.of(relayed), waitMillis -> context.errors()
                .reply(frame.id(), overBudget(room, waitMillis)));
    }

    private Optional<Refusal> refusal(SessionContext context, Channel.Room room, int payloadBytes) {
        if (context.session().endpoint() == EndpointType.MONITOR) {
            return refused(ErrorCode.UNKNOWN_TYPE, "/monitor carries no binary frames; connect to /chat to send some.");
        }
        if (!context.session().isSignedIn()) {
            return refused(
                    ErrorCode.LOGIN_REQUIRED,
                    "Sign in before you send binary frames: send {\"type\":\"login\",\"token\":\"…\"}.");
        }
        if (rules.maxBytes() == 0) {
            return refused(
                    ErrorCode.FORBIDDEN, "This server takes no binary frames to rooms (parley.binary.max is 0).");
        }
        if (context.session().signedInAs().isGuest() && !rules.isOpenToGuests()) {
            return refused(
                    ErrorCode.FORBIDDEN,
                    "Guests may not send binary frames here (parley.binary.guests is false); sign in with a token.");
        }
        if (!context.rooms().contains(room)) {
            return room.isPrivate()
                    ? Optional.of(Refusal.noSuchRoom(room.name()))
                    : refused(
                            ErrorCode.FORBIDDEN,
                            "You are not in room '" + room.name() + "'; join it before you send binary frames to it.");
        }
        if (payloadBytes > rules.maxBytes()) {
            return refused(
                    ErrorCode.TOO_LONG,
                    "The payload of a binary frame may have " + rules.maxBytes() + " bytes, but this one has "
                            + payloadBytes + ". Send what is longer as a file, by 'upload'.");
        }
        return Optional.empty();
    }

    private static Optional<Refusal> refused(ErrorCode code, String reason) {
        return Optional.of(Refusal.of(code, reason));
    }

    /** It may be the frames of others that used the budget up. */
    private Refusal overBudget(Channel.Room room, long waitMillis) {
        return new Refusal(
                ErrorCode.RATE_LIMITED,
                "The binary frames of room '" + room.name() + "' are over its budget of " + rules.roomBytesPerSecond()
                        + " bytes a second, times those who receive them; wait " + waitMillis + " ms.",
                waitMillis,
                false);
    }
}
