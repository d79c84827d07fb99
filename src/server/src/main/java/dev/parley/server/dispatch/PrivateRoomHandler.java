package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.session.Identity;
import dev.parley.server.store.RoomStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** Rooms that only their members know of: {@code create}, {@code invite}, {@code remove}. */
public final class PrivateRoomHandler {
    private final RoomStore store;
    private final FanOut fanOut;
    private final Rates rates;
    private final UnaryOperator<String> names;

    /** @param names makes the name of a private room, which nobody has, of what its owner called it */
    public PrivateRoomHandler(RoomStore store, FanOut fanOut, Rates rates, UnaryOperator<String> names) {
        this.store = store;
        this.fanOut = fanOut;
        this.rates = rates;
        this.names = names;
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
        Channel.Room room = new Channel.Room(names.apply(create.name()));
        List<String> others = create.members().stream()
                .map(name -> Identity.key(name, false))
                .filter(key -> !key.equals(owner.key()))
                .distinct()
                .toList();
        return conversation.whenRead(store.create(room, owner.key(), others), create.id(), change -> {
            if (change == RoomStore.Change.DONE) {
                conversation.answer(new ServerMessage.Created(create.id(), room.name()));
                others.forEach(other -> tellInvited(room, other));
            } else {
                refuse(conversation, room, create.id(), change);
            }
        });
    }

    CompletionStage<?> invite(Conversation conversation, ClientMessage.Invite invite) {
        if (!conversation.isWithinRate(rates, Rates.Kind.JOIN, invite.id())) {
            return Turns.DONE;
        }
        Channel.Room room = new Channel.Room(invite.room());
        String member = Identity.key(invite.username(), false);
        return conversation.whenRead(
                store.invite(room, conversation.session().signedInAs().key(), member), invite.id(), change -> {
                    if (change == RoomStore.Change.DONE) {
                        conversation.answer(ServerMessage.Ack.of(invite.id()));
                        tellInvited(room, member);
                    } else {
                        refuse(conversation, room, invite.id(), change);
                    }
                });
    }

    CompletionStage<?> remove(Conversation conversation, ClientMessage.Remove remove) {
        if (!conversation.isWithinRate(rates, Rates.Kind.JOIN, remove.id())) {
            return Turns.DONE;
        }
        Channel.Room room = new Channel.Room(remove.room());
        String by = conversation.session().signedInAs().key();
        return conversation.whenRead(
                store.remove(room, by, Identity.key(remove.username(), false)), remove.id(), change -> {
                    if (change == RoomStore.Change.DONE) {
                        conversation.answer(ServerMessage.Ack.of(remove.id()));
                    } else {
                        refuse(conversation, room, remove.id(), change);
                    }
                });
    }

    /** On all the devices where this user is now; elsewhere {@code rooms} says it. */
    private void tellInvited(Channel.Room room, String member) {
        fanOut.tell(new Channel.Inbox(member), new ServerMessage.Created(Optional.empty(), room.name()));
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
                                + "' lets people in or takes them out; everybody else may take out themselves, the owner may not.");
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
