package dev.parley.acceptance.mutants;

import dev.parley.server.api.Open;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.util.Map;

/** A resource for tests of the API's general behaviour, including failures. */
@Path("probe")
@RequestScoped
public class ProbeResource {
    /** The expected body. */
    public record Thing(String name, int size) {}

    @Inject
    private HangingStore store;

    @POST
    @Open
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Map<String, Object> echo(Thing thing) {
        return Map.of("name", thing.name(), "size", thing.size());
    }

    @GET
    @Path("bug")
    @Open
    public String bug() {
        throw new IllegalStateException("a secret of the inside");
    }

    /** Makes the database hang: from now on it lends no connection. */
    @PUT
    @Path("hanging")
    @Open
    public void hang() {
        store.hang();
    }

    @DELETE
    @Path("hanging")
    @Open
    public void release() {
        store.release();
    }

    /** Has no annotation about permissions, so it needs a token. */
    @GET
    @Path("who")
    @Produces(MediaType.TEXT_PLAIN)
    public String who(@Context SecurityContext caller) {
        return caller.getUserPrincipal().getName() + " " + caller.isUserInRole("admin");
    }
}
