package dev.parley.server.auth;

import dev.parley.protocol.ErrorCode;
import java.util.function.Function;

/** What a token turned out to be. */
public sealed interface TokenVerdict {
    /** Whoever looks must look at all of them. */
    <T> T match(Function<Accepted, T> accepted, Function<Refused, T> refused, Function<Unknown, T> unknown);

    record Accepted(Identity identity) implements TokenVerdict {
        @Override
        public <T> T match(Function<Accepted, T> accepted, Function<Refused, T> refused, Function<Unknown, T> unknown) {
            return accepted.apply(this);
        }
    }

    /**
     * @param code {@code login_refused} or {@code token_expired}; {@code rate_limited} where somebody tried too often
     * @param reason for people; says nothing that helps to forge a token
     */
    record Refused(ErrorCode code, String reason) implements TokenVerdict {
        @Override
        public <T> T match(Function<Accepted, T> accepted, Function<Refused, T> refused, Function<Unknown, T> unknown) {
            return refused.apply(this);
        }
    }

    /**
     * Nobody can say now; come back later.
     *
     * @param reason for people
     */
    record Unknown(String reason) implements TokenVerdict {
        @Override
        public <T> T match(Function<Accepted, T> accepted, Function<Refused, T> refused, Function<Unknown, T> unknown) {
            return unknown.apply(this);
        }
    }
}
