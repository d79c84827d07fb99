package dev.parley.server.api;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.server.auth.Identity;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.backplane.NodeList;
import dev.parley.server.dispatch.Announcements;
import dev.parley.server.http.Problem;
import dev.parley.server.session.SessionId;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.drain.GracefulShutdown;
import dev.parley.server.store.NodeLease;
import dev.parley.server.store.model.Appended;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * {@code /api/node}: sessions, users and rooms of this node, for administrators. A session may be closed from any node,
 * and an announcement reaches the sessions of all.
 */
@Path("node")
@RequestScoped
@RequiresRole(Identity.ROLE_ADMIN)
public class NodeResource {
    private static final Duration RETRY = Duration.ofSeconds(5);

    @Inject
    private Sessions sessions;

    @Inject
    private Cluster cluster;

    @Inject
    private NodeLease lease;

    @Inject
    private Announcements announcements;

    @Inject
    private GracefulShutdown shutdown;

    @Inject
    private AsyncResponses responses;

    /** @param username name of a user and of guests, in any case, whose sessions are listed; null for all sessions */
    @GET
    @Path("sessions")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> sessions(
            @Context SecurityContext caller, @QueryParam("username") String username) {
        Optional<String> asked = Optional.ofNullable(username).map(name -> Field.username("username", name));
        return responses.to(
                caller, who -> ok(counted("sessions", cluster.lists().own().sessions(asked))));
    }

    private static JsonObjectBuilder counted(String name, NodeList list) {
        return Json.createObjectBuilder().add("count", list.count()).add(name, Json.createArrayBuilder(list.items()));
    }

    /** The list of this node, with its id: behind a load balancer another one may answer the next request. */
    private Response ok(JsonObjectBuilder list) {
        return Response.ok(list.add("answeredBy", lease.id()).build()).build();
    }

    /**
     * Closes a session, on whatever node it is, with a code after which its client does not reconnect by itself. 204 if
     * it was on this node; 202 if it was not, and the other nodes were told.
     */
    @DELETE
    @Path("sessions/{session}")
    public CompletionStage<Response> close(@Context SecurityContext caller, @PathParam("session") String id) {
        return responses.to(caller, who -> closed(new SessionId(id)));
    }

    private Response closed(SessionId session) {
        if (cluster.closeSession(session, CloseCode.FORBIDDEN)) {
            return Response.noContent().build();
        }
        if (!cluster.hasOthers()) {
            return ProblemResponse.of(Problem.of(404, Problem.NOT_FOUND, "There is no such session."));
        }
        return cluster.problem()
                .map(problem -> ProblemResponse.of(
                        Problem.tryLater("It is not on this node, and the others cannot be told: " + problem, RETRY)))
                .orElseGet(() -> Response.accepted().build());
    }

    /**
     * Lets this node take no more clients, and send those away that it has, before somebody stops it. May be called
     * again, to see how many are left.
     */
    @POST
    @Path("drain")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> drain(@Context SecurityContext caller) {
        return responses.to(caller, who -> {
            shutdown.begin();
            return drainState();
        });
    }

    /** Lets a node that is being drained take clients again. */
    @DELETE
    @Path("drain")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> resume(@Context SecurityContext caller) {
        return responses.to(caller, who -> {
            shutdown.resume();
            return drainState();
        });
    }

    private Response drainState() {
        return ok(Json.createObjectBuilder()
                .add("draining", shutdown.isDraining())
                .add("sessions", sessions.count()));
    }

    /** The users and guests on this node, with the number of their sessions. */
    @GET
    @Path("users")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> users(@Context SecurityContext caller) {
        return responses.to(
                caller, who -> ok(counted("users", cluster.lists().own().users())));
    }

    /** The rooms on this node in which users are present. */
    @GET
    @Path("rooms")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> rooms(@Context SecurityContext caller) {
        return responses.to(caller, who -> cluster.lists().own().rooms(), this::roomsOf);
    }

    /** Clients of this address know the number of those present by the name of members. */
    private Response roomsOf(NodeList list) {
        JsonArrayBuilder rooms = Json.createArrayBuilder();
        list.items()
                .forEach(room -> rooms.add(Json.createObjectBuilder()
                        .add("room", room.getString("room"))
                        .add("members", room.getInt("present"))));
        return ok(Json.createObjectBuilder().add("rooms", rooms));
    }

    /**
     * @param body {@code content} and optionally {@code id}, {@code title} and {@code level}, as in a
     *     {@code notification}
     */
    @POST
    @Path("announcements")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> announce(@Context SecurityContext caller, JsonObject body) {
        ClientMessage.Notification notification = JsonBody.read(
                body,
                fields -> new ClientMessage.Notification(
                        JsonBody.text(fields, "id"),
                        JsonBody.text(fields, "content").orElse(null),
                        JsonBody.text(fields, "title"),
                        JsonBody.text(fields, "level"),
                        Optional.empty(),
                        Optional.empty()));
        return responses.to(
                caller, who -> announcements.announce(who, notification), appended -> appended.accept(new Announced()));
    }

    private static final class Announced implements Appended.Visitor<Response> {
        @Override
        public Response acknowledged(Appended.AckPosition position) {
            return Response.status(Response.Status.CREATED)
                    .entity(Json.createObjectBuilder()
                            .add("channel", Channel.Broadcast.INSTANCE.wireKey())
                            .add("seq", position.seq())
                            .add("sentAt", position.sentAt())
                            .build())
                    .build();
        }

        @Override
        public Response conflict() {
            return ProblemResponse.of(Problem.of(
                    409, ErrorCode.CONFLICT.wireName(), "You announced something else under this id before."));
        }

        @Override
        public Response noFile() {
            throw new IllegalStateException("Announcements have no file.");
        }

        @Override
        public Response noSuchRoom() {
            throw new IllegalStateException("Announcements go to everybody.");
        }

        @Override
        public Response retryLater() {
            return ProblemResponse.of(AsyncResponses.storeUnavailable());
        }

        @Override
        public Response failed() {
            throw new IllegalStateException("The store failed on an announcement; its log says why.");
        }
    }
}
