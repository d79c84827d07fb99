package dev.parley.server.api.nodes;

import dev.parley.protocol.Field;
import dev.parley.protocol.Timestamp;
import dev.parley.server.api.AsyncResponses;
import dev.parley.server.api.RequiresRole;
import dev.parley.server.auth.Identity;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.backplane.NodeList;
import dev.parley.server.backplane.TooManyQuestions;
import dev.parley.server.http.Problem;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.model.ListedNode;
import dev.parley.server.store.model.StageFailure;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.spi.JsonProvider;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * {@code /api/nodes}: all nodes, as each last described itself in the database, and what they have now, as each answers
 * over the backplane; for administrators.
 */
@Path("nodes")
@RequestScoped
@RequiresRole(Identity.ROLE_ADMIN)
public class ClusterResource {
    /** Looked up once: each look-up searches the class path. */
    private static final JsonProvider JSON = JsonProvider.provider();

    @Inject
    private NodeLease lease;

    @Inject
    private Cluster cluster;

    @Inject
    private AsyncResponses responses;

    /**
     * What the nodes answered.
     *
     * @param nodes all nodes
     * @param lists by id of the nodes that answered in time
     */
    private record Answers(List<ListedNode> nodes, Map<String, NodeList> lists) {}

    /** The nodes, the oldest first; a node that was killed is among them for 20 s more at most. */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> nodes(@Context SecurityContext caller) {
        return responses.to(caller, who -> lease.nodes(), this::listed);
    }

    private Response listed(List<ListedNode> nodes) {
        JsonArrayBuilder listed = JSON.createArrayBuilder();
        nodes.forEach(node -> listed.add(described(node)));
        return ok(JSON.createObjectBuilder().add("nodes", listed));
    }

    private Response ok(JsonObjectBuilder answer) {
        return Response.ok(answer.add("answeredBy", lease.id()).build()).build();
    }

    private static JsonObjectBuilder described(ListedNode node) {
        JsonObjectBuilder described = JSON.createObjectBuilder()
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

    /**
     * The sessions of all nodes that answer within a second, by node.
     *
     * @param username name of a user and of guests, in any case, whose sessions are listed; null for all sessions
     */
    @GET
    @Path("sessions")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> sessions(
            @Context SecurityContext caller, @QueryParam("username") String username) {
        Optional<String> asked = Optional.ofNullable(username).map(name -> Field.username("username", name));
        return responses.to(caller, who -> ask(nodes -> cluster.lists().sessions(nodes, asked)), this::sessionsOf);
    }

    /** The rooms in which users are present, on all nodes that answer within a second, by name. */
    @GET
    @Path("rooms")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> rooms(@Context SecurityContext caller) {
        return responses.to(caller, who -> ask(cluster.lists()::rooms), this::roomsOf);
    }

    private CompletionStage<Answers> ask(Function<Set<String>, CompletionStage<Map<String, NodeList>>> question) {
        return lease.nodes().thenCompose(nodes -> question.apply(
                        nodes.stream().map(ListedNode::id).collect(Collectors.toSet()))
                .exceptionally(failure -> {
                    throw refused(failure);
                })
                .thenApply(lists -> new Answers(nodes, lists)));
    }

    /** What a request fails with after this failure of a question. */
    static RuntimeException refused(Throwable failure) {
        Throwable cause = StageFailure.cause(failure);
        return cause instanceof TooManyQuestions
                ? new Problem.Refused(Problem.tryLater(cause.getMessage(), Problem.SOON))
                : new CompletionException(cause);
    }

    private Response sessionsOf(Answers answers) {
        JsonArrayBuilder sessions = JSON.createArrayBuilder();
        new TreeMap<>(answers.lists()).forEach((node, list) -> list.items()
                .forEach(session ->
                        sessions.add(JSON.createObjectBuilder(session).add("node", node))));
        return ok(JSON.createObjectBuilder()
                .add(
                        "count",
                        answers.lists().values().stream()
                                .mapToInt(NodeList::count)
                                .sum())
                .add("nodes", answered(answers))
                .add("sessions", sessions));
    }

    /**
     * Each node counts those present in a room on all nodes. The greatest number is shown: a node may not have heard of
     * everybody yet. It may be too high for some seconds after a node died.
     */
    private Response roomsOf(Answers answers) {
        Map<String, Integer> presentByRoom = new TreeMap<>();
        answers.lists().values().stream()
                .flatMap(list -> list.items().stream())
                .forEach(room -> presentByRoom.merge(room.getString("room"), room.getInt("present"), Math::max));
        JsonArrayBuilder rooms = JSON.createArrayBuilder();
        presentByRoom.forEach((room, present) ->
                rooms.add(JSON.createObjectBuilder().add("room", room).add("present", present)));
        return ok(JSON.createObjectBuilder().add("nodes", answered(answers)).add("rooms", rooms));
    }

    private static JsonArrayBuilder answered(Answers answers) {
        JsonArrayBuilder nodes = JSON.createArrayBuilder();
        answers.nodes().forEach(node -> {
            Optional<NodeList> list = Optional.ofNullable(answers.lists().get(node.id()));
            JsonObjectBuilder answer = JSON.createObjectBuilder()
                    .add("node", node.id())
                    .add("name", node.name())
                    .add("answered", list.isPresent());
            list.ifPresent(its ->
                    answer.add("count", its.count()).add("listed", its.items().size()));
            nodes.add(answer);
        });
        return nodes;
    }
}
