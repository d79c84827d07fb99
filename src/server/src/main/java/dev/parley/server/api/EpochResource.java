package dev.parley.server.api;

import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.Epochs;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.concurrent.CompletionStage;

/** {@code /api/epochs}: the epochs of all channels, including inboxes and the broadcast channel. */
@Path("epochs")
@RequestScoped
@RequiresRole(Identity.ROLE_ADMIN)
public class EpochResource {
    @Inject
    private Epochs epochs;

    @Inject
    private AsyncResponses responses;

    /** Renews all epochs after a backup was restored: clients that reconnect with an earlier position must reload. */
    @POST
    public CompletionStage<Response> renewAll(@Context SecurityContext caller) {
        return responses.to(caller, who -> epochs.renewAll(), renewed -> Response.noContent()
                .build());
    }
}
