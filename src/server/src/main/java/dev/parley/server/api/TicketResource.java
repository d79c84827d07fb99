package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Identity;
import dev.parley.server.auth.Tickets;
import dev.parley.server.handshake.Revocations;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

/** {@code /api/tickets}: issues a one-time ticket for a WebSocket or an attachment to the user of a token. */
@Path("tickets")
@RequestScoped
public class TicketResource {
    @Inject
    private Tickets tickets;

    @Inject
    private Revocations revocations;

    @Inject
    private AsyncResponses responses;

    @POST
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> issue(@Context SecurityContext caller, @HeaderParam("Origin") String origin) {
        return responses.to(caller, who -> revocations
                .admitted(who)
                .map(admitted -> issue(admitted, Optional.ofNullable(origin)))
                .orElseGet(() -> ProblemResponse.of(Credentials.unauthorized(
                        ErrorCode.LOGIN_REFUSED, "Your token was revoked. Sign in at your identity provider again."))));
    }

    private Response issue(Identity who, Optional<String> origin) {
        return tickets.issue(who, origin)
                .map(issued -> answer(who, issued))
                .orElseGet(() -> ProblemResponse.of(Credentials.unauthorized(
                        ErrorCode.TOKEN_EXPIRED, "The token has expired. Get a new one before you ask for a ticket.")));
    }

    private static Response answer(Identity who, Tickets.Issued issued) {
        JsonObject body = Json.createObjectBuilder()
                .add("ticket", issued.ticket())
                .add("expiresIn", issued.expiresIn().toMillis())
                .add("username", who.name())
                .add("roles", Json.createArrayBuilder(new TreeSet<>(who.roles())))
                .build();
        return Response.status(Response.Status.CREATED)
                .header("Cache-Control", "no-store")
                .entity(body)
                .build();
    }
}
