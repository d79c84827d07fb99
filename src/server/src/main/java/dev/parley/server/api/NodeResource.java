package dev.parley.server.api;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.Timestamp;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.dispatch.Announcements;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.http.Problem;
import dev.parley.server.session.Session;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * {@code /api/node}: sessions, users and rooms of this node, for administrators. A session may be closed from any node,
 * and an announcement reaches the sessions of all.
 */
@Path("node")
@RequestScoped
@RequiresRole(Identity.ROLE_ADMIN)
public class NodeResource {
    private static final int LISTED_MAX = 1_000;
    private static final Duration RETRY = Duration.ofSeconds(5);

    @Inject
    private Sessions sessions;

    @Inject
    private Cluster cluster;

    @Inject
    private NodeLease lease;

    @Inject
    private FanOut fanOut;

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
                caller, who -> listed(asked.map(sessions::named).orElseGet(() -> List.copyOf(sessions.all()))));
    }

    private Response listed(List<Session> all) {
        JsonArrayBuilder listed = Json.createArrayBuilder();
        all.stream().limit(LISTED_MAX).forEach(session -> listed.add(described(session)));
        return ok(Json.createObjectBuilder().add("count", all.size()).add("sessions", listed));
    }

    /** The list of this node, with its id: behind a load balancer another one may answer the next request. */
    private Response ok(JsonObjectBuilder list) {
        return Response.ok(list.add("answeredBy", lease.id()).build()).build();
    }

    private static JsonObjectBuilder described(Session session) {
        JsonObjectBuilder described = Json.createObjectBuilder()
                .add("session", session.id().value())
                .add("path", session.endpoint().path())
                .add("address", session.handshake().address());
        session.identity().ifPresent(who -> person(described, who).add("roles", Json.createArrayBuilder(who.roles())));
        session.identity()
                .flatMap(Identity::expiresAt)
                .ifPresent(expires -> described.add("expiresAt", Timestamp.of(expires)));
        return described;
    }

    /** Adds the name and, of a guest, the tag. */
    private static JsonObjectBuilder person(JsonObjectBuilder described, Identity who) {
        described.add("username", who.name());
        who.guest().ifPresent(tag -> described.add("guest", tag));
        return described;
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
        return responses.to(caller, who -> usersHere());
    }

    private Response usersHere() {
        Map<UserKey, List<Identity>> byKey = sessions.all().stream()
                .flatMap(session -> session.identity().stream())
                .collect(Collectors.groupingBy(Identity::key, TreeMap::new, Collectors.toList()));
        JsonArrayBuilder listed = Json.createArrayBuilder();
        byKey.values().stream()
                .limit(LISTED_MAX)
                .forEach(user -> listed.add(
                        person(Json.createObjectBuilder(), user.get(0)).add("sessions", user.size())));
        return ok(Json.createObjectBuilder().add("count", byKey.size()).add("users", listed));
    }

    /** The rooms on this node in which users are present. */
    @GET
    @Path("rooms")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> rooms(@Context SecurityContext caller) {
        return responses.to(caller, who -> fanOut.rooms(LISTED_MAX), this::listed);
    }

    private Response listed(Map<String, Integer> membersByRoom) {
        JsonArrayBuilder listed = Json.createArrayBuilder();
        new TreeMap<>(membersByRoom)
                .forEach((room, members) ->
                        listed.add(Json.createObjectBuilder().add("room", room).add("members", members)));
        return ok(Json.createObjectBuilder().add("rooms", listed));
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
