package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.server.handshake.Problem;
import dev.parley.server.handshake.Revocations;
import dev.parley.server.session.Identity;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;

/** {@code /api/users}: shutting somebody out, or oneself everywhere. */
@Path("users")
@RequestScoped
public class UserResource {
    @Inject
    private Revocations revocations;

    /** All tokens of a user that may have been issued before now let nobody in any more. An administrator's right, or one's own. */
    @POST
    @Path("{username}/revocation")
    public Response revoke(@Context SecurityContext caller, @PathParam("username") String username) {
        Identity who = SignedIn.identity(caller);
        String user = Field.username("username", username);
        if (!who.has(Identity.ROLE_ADMIN) && !who.key().equals(Identity.key(user, false))) {
            return ProblemResponse.of(Problem.of(
                    403,
                    ErrorCode.FORBIDDEN.wireName(),
                    "This needs the role '" + Identity.ROLE_ADMIN + "' in your token, but for yourself."));
        }
        // Such tokens count as older than every revocation: who has no others would never come in again.
        if (who.name().equals(user) && who.issuedAt().isEmpty()) {
            return ProblemResponse.of(Problem.of(
                    409,
                    ErrorCode.CONFLICT.wireName(),
                    "Your token has no 'iat', so that no later one could be told from it, and you would be locked out."
                            + " Have your identity provider write 'iat' into tokens."));
        }
        StoreAnswer.of(revocations.revoke(user));
        return Response.noContent().build();
    }
}
