package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.PrivateRooms;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.store.RoomStore;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Handles private rooms: {@code create}, {@code invite}, {@code remove}, {@code members}. */
public final class PrivateRoomHandler {
    private final PrivateRooms rooms;

    public PrivateRoomHandler(PrivateRooms rooms) {
        this.rooms = rooms;
    }

    CompletionStage<?> create(SessionContext context, ClientMessage.Create create) {
        Identity owner = context.session().signedInAs();
        if (owner.isGuest()) {
            // The next guest of the same name would be the owner.
            context.errors()
                    .reply(
                            create.id(),
                            Refusal.of(
                                    ErrorCode.FORBIDDEN,
                                    "Guests have no private rooms: sign in with a token to make one."));
            return SerialExecutor.DONE;
        }
        if (!context.rates().allow(RateLimiter.Kind.JOIN, create.id())) {
            return SerialExecutor.DONE;
        }
        return context.errors()
                .replyWhenRead(rooms.create(owner, create.name(), create.members()), create.id(), created -> {
                    PrivateRooms.refusal(created.room(), created.change())
                            .ifPresentOrElse(
                                    refusal -> context.errors().reply(create.id(), refusal),
                                    () -> context.answer(new ServerMessage.Created(
                                            create.id(), created.room().name())));
                });
    }

    CompletionStage<?> invite(SessionContext context, ClientMessage.Invite invite) {
        Channel.Room room = new Channel.Room(invite.room());
        return change(
                context,
                room,
                invite.id(),
                () -> rooms.invite(context.session().signedInAs(), room, invite.username()));
    }

    CompletionStage<?> remove(SessionContext context, ClientMessage.Remove remove) {
        Channel.Room room = new Channel.Room(remove.room());
        return change(
                context,
                room,
                remove.id(),
                () -> rooms.remove(context.session().signedInAs(), room, remove.username()));
    }

    CompletionStage<?> members(SessionContext context, ClientMessage.Members members) {
        if (!context.rates().allow(RateLimiter.Kind.QUERY, members.id())) {
            return SerialExecutor.DONE;
        }
        Channel.Room room = new Channel.Room(members.room());
        return context.errors()
                .replyWhenRead(rooms.members(context.session().signedInAs(), room), members.id(), found -> {
                    found.ifPresentOrElse(
                            listed -> context.answer(new ServerMessage.Members(
                                    members.id(), room.name(), listed.owner(), listed.names())),
                            () -> RoomHandler.noSuchRoom(context, room, members.id()));
                });
    }

    private CompletionStage<?> change(
            SessionContext context,
            Channel.Room room,
            Optional<String> id,
            Supplier<CompletionStage<RoomStore.Change>> wanted) {
        if (!context.rates().allow(RateLimiter.Kind.JOIN, id)) {
            return SerialExecutor.DONE;
        }
        return context.errors().replyWhenRead(wanted.get(), id, change -> {
            PrivateRooms.refusal(room, change)
                    .ifPresentOrElse(
                            refusal -> context.errors().reply(id, refusal),
                            () -> context.answer(ServerMessage.Ack.of(id)));
        });
    }
}
