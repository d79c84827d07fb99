package dev.parley.server.api;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.Epochs;
import dev.parley.server.dispatch.PrivateRooms;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.RoomStore;
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
    private Epochs epochs;

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
        return PrivateRooms.refusal(created.room(), created.change())
                .map(RoomResource::refused)
                .orElseGet(() -> Response.status(Response.Status.CREATED)
                        .entity(Json.createObjectBuilder()
                                .add("room", created.room().name())
                                .build())
                        .build());
    }

    /** Lists the members of a private room, as over a WebSocket. */
    @GET
    @Path("{room}/members")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> members(@Context SecurityContext caller, @PathParam("room") String room) {
        Channel.Room asked = new Channel.Room(new ClientMessage.Members(Optional.empty(), room).room());
        return responses.to(
                caller, who -> rooms.members(who, asked), found -> found.map(members -> listed(asked, members))
                        .orElseGet(() -> refused(Refusal.noSuchRoom(asked.name()))));
    }

    private static Response listed(Channel.Room room, RoomStore.Members members) {
        return Response.ok(Json.createObjectBuilder()
                        .add("room", room.name())
                        .add("owner", members.owner())
                        .add("members", Json.createArrayBuilder(members.names()))
                        .build())
                .build();
    }

    @PUT
    @Path("{room}/members/{username}")
    public CompletionStage<Response> invite(
            @Context SecurityContext caller, @PathParam("room") String room, @PathParam("username") String username) {
        ClientMessage.Invite invite = new ClientMessage.Invite(Optional.empty(), room, username);
        return responses.to(
                caller,
                who -> rooms.invite(who, new Channel.Room(invite.room()), invite.username()),
                change -> answer(new Channel.Room(invite.room()), change));
    }

    @DELETE
    @Path("{room}/members/{username}")
    public CompletionStage<Response> remove(
            @Context SecurityContext caller, @PathParam("room") String room, @PathParam("username") String username) {
        ClientMessage.Remove remove = new ClientMessage.Remove(Optional.empty(), room, username);
        return responses.to(
                caller,
                who -> rooms.remove(who, new Channel.Room(remove.room()), remove.username()),
                change -> answer(new Channel.Room(remove.room()), change));
    }

    /**
     * Renews a room's epoch after a backup was restored: clients that reconnect with an earlier position must reload.
     */
    @POST
    @Path("{room}/epoch")
    @RequiresRole(Identity.ROLE_ADMIN)
    public CompletionStage<Response> renewEpoch(@Context SecurityContext caller, @PathParam("room") String room) {
        return responses.to(
                caller,
                who -> epochs.renew(new Channel.Room(room)),
                isThere -> answer(
                        new Channel.Room(room), isThere ? RoomStore.Change.DONE : RoomStore.Change.NO_SUCH_ROOM));
    }

    private static Response answer(Channel.Room room, RoomStore.Change change) {
        return PrivateRooms.refusal(room, change).map(RoomResource::refused).orElseGet(() -> Response.noContent()
                .build());
    }

    private static Response refused(Refusal refusal) {
        return ProblemResponse.of(refusal.problem());
    }
}
