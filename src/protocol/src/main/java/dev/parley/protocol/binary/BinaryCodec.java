package dev.parley.protocol.binary;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.StrictJson;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.spi.JsonProvider;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Encodes and decodes binary frames: the length of the header in 16 bits, the higher byte first; the header, a JSON
 * object; the payload. Pure functions.
 */
public final class BinaryCodec {
    /** Maximum bytes of a header. */
    public static final int HEADER_MAX = 4_096;

    /** Bytes of the length of the header. */
    private static final int PREFIX = 2;

    private static final String ID = "id";
    private static final String ROOM = "room";
    private static final String SENDER = "sender";
    private static final String GUEST = "guest";
    private static final String MEDIA_TYPE = "mediaType";

    /** Looked up once: each look-up searches the class path. */
    private static final JsonProvider JSON = JsonProvider.provider();

    private BinaryCodec() {}

    /** @param payload its position does not change */
    private record Parts(JsonObject header, ByteBuffer payload) {}

    public static byte[] encode(ClientBinary frame) {
        JsonObjectBuilder header = JSON.createObjectBuilder();
        frame.id().ifPresent(id -> header.add(ID, id));
        header.add(ROOM, frame.room()).add(MEDIA_TYPE, frame.mediaType());
        return encode(header.build(), frame.payload());
    }

    public static byte[] encode(ServerBinary frame) {
        JsonObjectBuilder header =
                JSON.createObjectBuilder().add(ROOM, frame.room()).add(SENDER, frame.sender());
        frame.guest().ifPresent(tag -> header.add(GUEST, tag));
        header.add(MEDIA_TYPE, frame.mediaType());
        return encode(header.build(), frame.payload());
    }

    private static byte[] encode(JsonObject json, ByteBuffer payload) {
        byte[] header = json.toString().getBytes(StandardCharsets.UTF_8);
        if (header.length > HEADER_MAX) {
            throw longHeader(header.length);
        }
        return ByteBuffer.allocate(PREFIX + header.length + payload.remaining())
                .putShort((short) header.length)
                .put(header)
                .put(payload)
                .array();
    }

    /** Decodes a frame from a client. Never throws, whatever the bytes; they must not change any more. */
    public static DecodedBinary<ClientBinary> decode(byte[] frame) {
        Optional<String> id = Optional.empty();
        try {
            Parts parts = split(frame);
            id = answerId(parts.header());
            return new DecodedBinary.Valid<>(new ClientBinary(
                    StrictJson.text(parts.header(), ID),
                    required(parts.header(), ROOM),
                    StrictJson.text(parts.header(), MEDIA_TYPE).orElse(ClientBinary.DEFAULT_MEDIA_TYPE),
                    parts.payload()));
        } catch (InvalidMessage e) {
            return new DecodedBinary.Malformed<>(id, e.code(), e.getMessage());
        }
    }

    /** Decodes a frame from an untrusted server, as {@link #decode}. */
    public static DecodedBinary<ServerBinary> decodeFromServer(byte[] frame) {
        try {
            Parts parts = split(frame);
            return new DecodedBinary.Valid<>(new ServerBinary(
                    required(parts.header(), ROOM),
                    required(parts.header(), SENDER),
                    StrictJson.text(parts.header(), GUEST),
                    required(parts.header(), MEDIA_TYPE),
                    parts.payload()));
        } catch (InvalidMessage e) {
            return new DecodedBinary.Malformed<>(Optional.empty(), e.code(), e.getMessage());
        }
    }

    private static Parts split(byte[] frame) {
        if (frame.length < PREFIX) {
            throw noFrame("this one has " + frame.length + " in all");
        }
        int length = Short.toUnsignedInt(ByteBuffer.wrap(frame).getShort());
        int rest = frame.length - PREFIX;
        if (length == 0 || length > rest) {
            throw noFrame("this one says " + length + ", and has " + rest + " bytes behind that");
        }
        if (length > HEADER_MAX) {
            throw longHeader(length);
        }
        JsonObject header = header(Arrays.copyOfRange(frame, PREFIX, PREFIX + length));
        return new Parts(header, ByteBuffer.wrap(frame, PREFIX + length, rest - length));
    }

    private static InvalidMessage noFrame(String what) {
        return new InvalidMessage(
                ErrorCode.BAD_CHUNK,
                "A binary frame begins with the length of its JSON header, in 2 bytes; " + what
                        + ". The bytes of a file must be announced by an 'upload' message.");
    }

    private static InvalidMessage longHeader(int length) {
        return new InvalidMessage(
                ErrorCode.TOO_LONG,
                "The header of a binary frame may have " + HEADER_MAX + " bytes, but this one has " + length + ".");
    }

    private static JsonObject header(byte[] bytes) {
        try {
            return StrictJson.object(bytes);
        } catch (InvalidMessage e) {
            // The reason quotes the peer only in a bad_message: a sentence quotes a peer's text once.
            String quoted = e.code() == ErrorCode.BAD_JSON
                    ? ", '" + Field.shown(new String(bytes, StandardCharsets.UTF_8)) + "'"
                    : "";
            throw new InvalidMessage(
                    e.code(),
                    e.getMessage() + " It is the header of a binary frame" + quoted
                            + ", which is one object such as {\"room\":\"lobby\",\"mediaType\":\"image/png\"}.");
        }
    }

    private static String required(JsonObject header, String name) {
        return StrictJson.text(header, name)
                .orElseThrow(() -> new InvalidMessage(
                        ErrorCode.MISSING_FIELD, "'" + name + "' is missing in the header of this binary frame."));
    }

    /** The id to repeat in an error; empty if it is not valid. */
    private static Optional<String> answerId(JsonObject header) {
        try {
            return StrictJson.text(header, ID).map(id -> Field.id(ID, id));
        } catch (InvalidMessage e) {
            return Optional.empty();
        }
    }
}
