package dev.parley.server.session;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import java.util.Map;
import java.util.Optional;

/**
 * The result of a connection's handshake.
 *
 * @param credential identity that the handshake proved, if it brought a token
 * @param address of the client
 * @param refusal why the credential was refused; empty if the connection is admitted
 * @param isAtRoot whether the request was for the context root, from where the filter led it to {@code /chat}
 */
public record HandshakeResult(
        Optional<Identity> credential, String address, Optional<Refusal> refusal, boolean isAtRoot) {
    /**
     * What the peer is told before its connection is closed, because a browser shows no page why a handshake failed.
     */
    public record Refusal(ServerMessage.Error error, CloseCode code) {}

    private static final String USER_PROPERTY = "dev.parley.handshake";

    /** An admitted connection, for the path of an endpoint. */
    public HandshakeResult(Optional<Identity> credential, String address) {
        this(credential, address, Optional.empty(), false);
    }

    public static HandshakeResult refused(String address, Refusal refusal) {
        return new HandshakeResult(Optional.empty(), address, Optional.of(refusal), false);
    }

    /** The same result, for the context root. */
    public HandshakeResult atRoot() {
        return new HandshakeResult(credential, address, refusal, true);
    }

    /** Stores this result with a connection. The user properties are all that handshake and endpoint share. */
    public void storeIn(Map<String, Object> userProperties) {
        userProperties.put(USER_PROPERTY, this);
    }

    /** The result that the handshake stored with a connection; empty if the request bypassed the filter. */
    public static Optional<HandshakeResult> from(Map<String, Object> userProperties) {
        return Optional.ofNullable((HandshakeResult) userProperties.get(USER_PROPERTY));
    }
}
