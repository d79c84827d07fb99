package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What dispatch asks of the handlers, one for each message family. Thread rule: called in the session's queue, whose
 * next task waits for the returned stage.
 */
public interface MessageHandlers {
    /** Does what a message asks for. A {@code chunk} never gets here. */
    CompletionStage<?> handle(SessionContext context, ClientMessage message);

    /** A binary frame: bytes of the upload that an {@code upload} message announced, or a payload for a room. */
    CompletionStage<?> binary(SessionContext context, byte[] bytes);

    /**
     * Signs in without a login: with the handshake's credential, or as a guest with a name made here.
     *
     * @param first what made it sign in, if a message did: an error is an answer to it
     * @return whether the session is signed in; if not, the error has been answered
     */
    CompletionStage<Boolean> signInImplicitly(SessionContext context, Optional<ClientMessage> first);

    /** Whether a credential or the rules let this session in without a login. */
    boolean maySignInImplicitly(SessionContext context);

    /** A user has signed in under a name that this session may have as a guest. */
    CompletionStage<?> nameTaken(SessionContext context, String name);

    /** The session has lost the right to read a room. */
    CompletionStage<?> evicted(SessionContext context, Channel.Room room);

    /** Gives up what was begun and does not go on in time. */
    CompletionStage<?> expire(SessionContext context);

    /** The session ended: gives up what was begun. */
    CompletionStage<?> abandon(SessionContext context);
}
