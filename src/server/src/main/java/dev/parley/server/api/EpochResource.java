package dev.parley.server.api;

import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.PrivateRooms;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.concurrent.CompletionStage;

/** {@code /api/epochs}: all channels at once, inboxes and the broadcast too. */
@Path("epochs")
@RequestScoped
@RolesAllowed(Identity.ROLE_ADMIN)
public class EpochResource {
    @Inject
    private PrivateRooms rooms;

    @Inject
    private AsyncResponses responses;

    /** After a backup was restored: whoever comes back with any position of before must reload. */
    @POST
    public CompletionStage<Response> renewAll(@Context SecurityContext caller) {
        return responses.to(caller, who -> rooms.renewEpochs(), renewed -> Response.noContent()
                .build());
    }
}
