package dev.parley.server.auth;

import dev.parley.protocol.ErrorCode;
import java.util.function.Function;

/** The result of checking a token. */
public sealed interface TokenVerdict {
    /** Exhaustive: callers must handle every verdict. */
    <T> T match(Function<Accepted, T> accepted, Function<Refused, T> refused, Function<Unknown, T> unknown);

    record Accepted(Identity identity) implements TokenVerdict {
        @Override
        public <T> T match(Function<Accepted, T> accepted, Function<Refused, T> refused, Function<Unknown, T> unknown) {
            return accepted.apply(this);
        }
    }

    /**
     * @param code {@code login_refused} or {@code token_expired}; {@code rate_limited} after too many attempts
     * @param reason text for people; contains nothing that helps to forge a token
     */
    record Refused(ErrorCode code, String reason) implements TokenVerdict {
        @Override
        public <T> T match(Function<Accepted, T> accepted, Function<Refused, T> refused, Function<Unknown, T> unknown) {
            return refused.apply(this);
        }
    }

    /**
     * The token cannot be checked now; retry later.
     *
     * @param reason text for people
     */
    record Unknown(String reason) implements TokenVerdict {
        @Override
        public <T> T match(Function<Accepted, T> accepted, Function<Refused, T> refused, Function<Unknown, T> unknown) {
            return unknown.apply(this);
        }
    }
}
