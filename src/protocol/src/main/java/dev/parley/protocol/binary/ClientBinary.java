package dev.parley.protocol.binary;

import dev.parley.protocol.Field;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A binary frame from a client: a payload for the others in a room.
 *
 * @param room in any spelling; becomes the name that the server uses
 * @param mediaType of the payload, perhaps with parameters
 * @param payload read-only, perhaps empty; the bytes are not copied
 */
public record ClientBinary(Optional<String> id, String room, String mediaType, ByteBuffer payload) {
    /** The media type of a payload whose sender names none. */
    public static final String DEFAULT_MEDIA_TYPE = "application/octet-stream";

    /** @throws dev.parley.protocol.InvalidMessage with the bad value */
    public ClientBinary {
        id = id.map(value -> Field.id("id", value));
        room = Field.room(room);
        mediaType = Field.mediaTypeWithParameters(mediaType);
        payload = payload.slice().asReadOnlyBuffer();
    }

    /** A new view of the payload, with a position of its own. */
    @Override
    public ByteBuffer payload() {
        return payload.duplicate();
    }
}
