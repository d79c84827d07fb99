package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.handshake.Revocations;
import dev.parley.server.http.Problem;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** {@code /api/users}: revokes the tokens of a user, or the caller's own. */
@Path("users")
@RequestScoped
public class UserResource {
    @Inject
    private Revocations revocations;

    @Inject
    private AsyncResponses responses;

    /**
     * Revokes all tokens of a user that may have been issued before now. Administrators may revoke any user; everybody
     * may revoke themselves.
     */
    @POST
    @Path("{username}/revocation")
    public CompletionStage<Response> revoke(@Context SecurityContext caller, @PathParam("username") String username) {
        return responses.to(caller, who -> revoked(who, Field.username("username", username)), UserResource::answer);
    }

    private CompletionStage<Optional<Problem>> revoked(Identity who, String user) {
        Optional<Problem> refusal = refusal(who, user);
        return refusal.isPresent()
                ? CompletableFuture.completedStage(refusal)
                : revocations.revoke(user).thenApply(done -> Optional.empty());
    }

    private static Response answer(Optional<Problem> refusal) {
        return refusal.map(ProblemResponse::of)
                .orElseGet(() -> Response.noContent().build());
    }

    /**
     * The reason to refuse a revocation. Users are compared by key, because names that differ only in case belong to
     * one user.
     */
    static Optional<Problem> refusal(Identity who, String user) {
        boolean isOwn = who.key().equals(UserKey.user(user));
        if (!isOwn && !who.has(Identity.ROLE_ADMIN)) {
            return Optional.of(Problem.of(
                    403,
                    ErrorCode.FORBIDDEN.wireName(),
                    "This needs the role '" + Identity.ROLE_ADMIN + "' in your token, but for yourself."));
        }
        // Tokens without 'iat' count as older than every revocation: a user with only such tokens could never sign in
        // again.
        if (isOwn && who.issuedAt().isEmpty()) {
            return Optional.of(Problem.of(
                    409,
                    ErrorCode.CONFLICT.wireName(),
                    "Your token has no 'iat', so that no later one could be told from it, and you would be locked out."
                            + " Have your identity provider write 'iat' into tokens."));
        }
        return Optional.empty();
    }
}
