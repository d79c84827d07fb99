package dev.parley.server.session;

import dev.parley.protocol.ErrorCode;

/** What a token turned out to be. */
public sealed interface TokenVerdict {
    record Accepted(Identity identity) implements TokenVerdict {}

    /**
     * @param code {@code login_refused} or {@code token_expired}
     * @param reason for people; says nothing that helps to forge a token
     */
    record Refused(ErrorCode code, String reason) implements TokenVerdict {}

    /**
     * Nobody can say now; come back later.
     *
     * @param reason for people
     */
    record Unknown(String reason) implements TokenVerdict {}
}
