package dev.parley.protocol.binary;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A binary frame from the server: a payload that somebody has sent to a room.
 *
 * @param sender name of the user or guest
 * @param guest the tag of a guest; absent for a user
 * @param mediaType of the payload, as the sender named it
 * @param payload read-only, perhaps empty; the bytes are not copied
 */
public record ServerBinary(String room, String sender, Optional<String> guest, String mediaType, ByteBuffer payload) {
    public ServerBinary {
        payload = payload.slice().asReadOnlyBuffer();
    }

    /** A new view of the payload, with a position of its own. */
    @Override
    public ByteBuffer payload() {
        return payload.duplicate();
    }
}
