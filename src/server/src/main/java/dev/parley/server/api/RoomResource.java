package dev.parley.server.api;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.PrivateRooms;
import dev.parley.server.http.Problem;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.RoomStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** {@code /api/rooms}: lists the rooms that the caller may read, and manages private rooms, as over a WebSocket. */
@Path("rooms")
@RequestScoped
public class RoomResource {
    private static final int LISTED_MAX = 1_000;

    @Inject
    private MessageStore store;

    @Inject
    private PrivateRooms rooms;

    @Inject
    private AsyncResponses responses;

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> list(@Context SecurityContext caller) {
        return responses.to(caller, who -> store.rooms(who.key(), LISTED_MAX), RoomResource::listed);
    }

    private static Response listed(Map<String, Long> unreadByRoom) {
        JsonArrayBuilder listed = Json.createArrayBuilder();
        unreadByRoom.forEach((room, unread) ->
                listed.add(Json.createObjectBuilder().add("room", room).add("unread", unread)));
        return Response.ok(Json.createObjectBuilder().add("rooms", listed).build())
                .build();
    }

    /** @param body {@code name} and optionally {@code members}, as in a {@code create} message */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> create(@Context SecurityContext caller, JsonObject body) {
        ClientMessage.Create create = JsonBody.read(
                body,
                fields -> new ClientMessage.Create(
                        Optional.empty(),
                        JsonBody.text(fields, "name").orElse(null),
                        fields.containsKey("members")
                                ? fields.getJsonArray("members").getValuesAs(JsonString::getString)
                                : List.of()));
        return responses.to(caller, who -> rooms.create(who, create.name(), create.members()), RoomResource::answer);
    }

    private static Response answer(PrivateRooms.Created created) {
        return created.change() == RoomStore.Change.DONE
                ? Response.status(Response.Status.CREATED)
                        .entity(Json.createObjectBuilder()
                                .add("room", created.room().name())
                                .build())
                        .build()
                : refusal(created.change());
    }

    @PUT
    @Path("{room}/members/{username}")
    public CompletionStage<Response> invite(
            @Context SecurityContext caller, @PathParam("room") String room, @PathParam("username") String username) {
        ClientMessage.Invite invite = new ClientMessage.Invite(Optional.empty(), room, username);
        return responses.to(
                caller,
                who -> rooms.invite(who, new Channel.Room(invite.room()), invite.username()),
                RoomResource::answer);
    }

    @DELETE
    @Path("{room}/members/{username}")
    public CompletionStage<Response> remove(
            @Context SecurityContext caller, @PathParam("room") String room, @PathParam("username") String username) {
        ClientMessage.Remove remove = new ClientMessage.Remove(Optional.empty(), room, username);
        return responses.to(
                caller,
                who -> rooms.remove(who, new Channel.Room(remove.room()), remove.username()),
                RoomResource::answer);
    }

    /**
     * Renews a room's epoch after a backup was restored: clients that reconnect with an earlier position must reload.
     */
    @POST
    @Path("{room}/epoch")
    @RolesAllowed(Identity.ROLE_ADMIN)
    public CompletionStage<Response> renewEpoch(@Context SecurityContext caller, @PathParam("room") String room) {
        return responses.to(
                caller,
                who -> rooms.renewEpoch(new Channel.Room(room)),
                isThere -> answer(isThere ? RoomStore.Change.DONE : RoomStore.Change.NO_SUCH_ROOM));
    }

    private static Response answer(RoomStore.Change change) {
        return change == RoomStore.Change.DONE ? Response.noContent().build() : refusal(change);
    }

    private static Response refusal(RoomStore.Change change) {
        return ProblemResponse.of(
                switch (change) {
                    case NO_SUCH_ROOM ->
                        Problem.of(404, ErrorCode.NO_SUCH_ROOM.wireName(), "There is no such room that you may see.");
                    case NOT_OWNER ->
                        Problem.of(
                                403,
                                ErrorCode.FORBIDDEN.wireName(),
                                "Only the owner lets people in or takes them out; everybody else may take out"
                                        + " themselves.");
                    case TOO_MANY ->
                        Problem.of(
                                409,
                                ErrorCode.TOO_MANY_ROOMS.wireName(),
                                "A private room holds " + RoomStore.MEMBERS_MAX + " members, and a user owns "
                                        + RoomStore.OWNED_MAX + " private rooms at most.");
                    case DONE -> throw new IllegalStateException("Nothing is to be refused.");
                });
    }
}
