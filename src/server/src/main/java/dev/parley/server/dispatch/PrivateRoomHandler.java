package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Identity;
import dev.parley.server.store.RoomStore;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Rooms that only their members know of: {@code create}, {@code invite}, {@code remove}. */
public final class PrivateRoomHandler {
    private final PrivateRooms rooms;
    private final Rates rates;

    public PrivateRoomHandler(PrivateRooms rooms, Rates rates) {
        this.rooms = rooms;
        this.rates = rates;
    }

    CompletionStage<?> create(Conversation conversation, ClientMessage.Create create) {
        Identity owner = conversation.session().signedInAs();
        if (owner.isGuest()) {
            // Whoever takes its name next would be its owner.
            conversation.refuse(
                    create.id(),
                    ErrorCode.FORBIDDEN,
                    "Guests have no private rooms: sign in with a token to make one.");
            return Turns.DONE;
        }
        if (!conversation.isWithinRate(rates, Rates.Kind.JOIN, create.id())) {
            return Turns.DONE;
        }
        return conversation.whenRead(rooms.create(owner, create.name(), create.members()), create.id(), created -> {
            if (created.change() == RoomStore.Change.DONE) {
                conversation.answer(
                        new ServerMessage.Created(create.id(), created.room().name()));
            } else {
                refuse(conversation, created.room(), create.id(), created.change());
            }
        });
    }

    CompletionStage<?> invite(Conversation conversation, ClientMessage.Invite invite) {
        Channel.Room room = new Channel.Room(invite.room());
        return change(
                conversation,
                room,
                invite.id(),
                () -> rooms.invite(conversation.session().signedInAs(), room, invite.username()));
    }

    CompletionStage<?> remove(Conversation conversation, ClientMessage.Remove remove) {
        Channel.Room room = new Channel.Room(remove.room());
        return change(
                conversation,
                room,
                remove.id(),
                () -> rooms.remove(conversation.session().signedInAs(), room, remove.username()));
    }

    private CompletionStage<?> change(
            Conversation conversation,
            Channel.Room room,
            Optional<String> id,
            Supplier<CompletionStage<RoomStore.Change>> wanted) {
        if (!conversation.isWithinRate(rates, Rates.Kind.JOIN, id)) {
            return Turns.DONE;
        }
        return conversation.whenRead(wanted.get(), id, change -> {
            if (change == RoomStore.Change.DONE) {
                conversation.answer(ServerMessage.Ack.of(id));
            } else {
                refuse(conversation, room, id, change);
            }
        });
    }

    private static void refuse(
            Conversation conversation, Channel.Room room, Optional<String> id, RoomStore.Change change) {
        switch (change) {
            case NO_SUCH_ROOM -> RoomHandler.noSuchRoom(conversation, room, id);
            case NOT_OWNER ->
                conversation.refuse(
                        id,
                        ErrorCode.FORBIDDEN,
                        "Only the owner of '" + room.name()
                                + "' lets people in or takes them out; everybody else may take out themselves, the owner only when nobody else is in.");
            case TOO_MANY ->
                conversation.refuse(
                        id,
                        ErrorCode.TOO_MANY_ROOMS,
                        "A private room holds " + RoomStore.MEMBERS_MAX + " members, and a user owns "
                                + RoomStore.OWNED_MAX + " private rooms at most.");
            case DONE -> throw new IllegalStateException("Nothing is to be refused.");
        }
    }
}
