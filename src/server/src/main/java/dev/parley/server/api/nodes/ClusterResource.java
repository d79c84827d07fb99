package dev.parley.server.api.nodes;

import dev.parley.protocol.Timestamp;
import dev.parley.server.api.AsyncResponses;
import dev.parley.server.api.RequiresRole;
import dev.parley.server.auth.Identity;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.model.ListedNode;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** {@code /api/nodes}: all nodes, as each last described itself in the database, for administrators. */
@Path("nodes")
@RequestScoped
@RequiresRole(Identity.ROLE_ADMIN)
public class ClusterResource {
    @Inject
    private NodeLease lease;

    @Inject
    private AsyncResponses responses;

    /** The nodes, the oldest first; a node that was killed is among them for 20 s more at most. */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> nodes(@Context SecurityContext caller) {
        return responses.to(caller, who -> lease.nodes(), this::listed);
    }

    private Response listed(List<ListedNode> nodes) {
        JsonArrayBuilder listed = Json.createArrayBuilder();
        nodes.forEach(node -> listed.add(described(node)));
        return Response.ok(Json.createObjectBuilder()
                        .add("answeredBy", lease.id())
                        .add("nodes", listed)
                        .build())
                .build();
    }

    private static JsonObjectBuilder described(ListedNode node) {
        JsonObjectBuilder described = Json.createObjectBuilder()
                .add("node", node.id())
                .add("name", node.name())
                .add("version", node.version())
                .add("backplane", node.backplane())
                .add("startedAt", Timestamp.of(node.startedAt()))
                .add("seenAt", Timestamp.of(node.seenAt()))
                .add("sessions", node.report().sessions())
                .add("state", node.report().isDraining() ? "draining" : "ready");
        node.report().problem().ifPresent(problem -> described.add("problem", problem));
        return described;
    }
}
