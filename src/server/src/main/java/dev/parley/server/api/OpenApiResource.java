package dev.parley.server.api;

import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** {@code /api/openapi.json}: the description of the HTTP API. A test compares it with the code. */
@Path("openapi.json")
@RequestScoped
public class OpenApiResource {
    static final String DOCUMENT = "openapi.json";

    @GET
    @Open
    @Produces(MediaType.APPLICATION_JSON)
    public Response document() {
        InputStream document = OpenApiResource.class.getResourceAsStream(DOCUMENT);
        return Response.ok(document).header("Cache-Control", "no-cache").build();
    }
}
