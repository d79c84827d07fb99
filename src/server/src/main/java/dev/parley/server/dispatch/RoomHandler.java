package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.Start;
import dev.parley.server.store.ChannelView;
import dev.parley.server.store.MessageStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Being in a room: {@code join}, {@code leave}, {@code rooms}, {@code presence}, {@code typing}. */
public final class RoomHandler {
    /** In one answer. */
    private static final int LISTED_MAX = 1_000;

    private static final int LOOKS_MAX = 3;

    private final MessageStore store;
    private final FanOut fanOut;
    private final Rates rates;

    public RoomHandler(MessageStore store, FanOut fanOut, Rates rates) {
        this.store = store;
        this.fanOut = fanOut;
        this.rates = rates;
    }

    /** Also of rooms that are there but not for this user: both look alike. */
    static void noSuchRoom(Conversation conversation, Channel.Room room, Optional<String> id) {
        conversation.refuse(noSuchRoom(room.name(), id));
    }

    static ServerMessage.Error noSuchRoom(String room, Optional<String> id) {
        return ServerMessage.Error.of(id, ErrorCode.NO_SUCH_ROOM, "There is no room '" + room + "' that you may see.");
    }

    /** Where a session begins to read: at the position it asked for if that can be served, else at the head. */
    static Start start(Channel channel, ChannelView view, Optional<Position> asked) {
        Optional<Position> servable = asked.filter(view::canServe);
        return new Start(channel, servable.orElse(view.head()), servable.isPresent(), view.unread(), view.revision());
    }

    CompletionStage<?> join(Conversation conversation, ClientMessage.Join join) {
        if (!conversation.isWithinRate(rates, Rates.Kind.JOIN, join.id())) {
            return Turns.DONE;
        }
        Channel.Room room = new Channel.Room(join.room());
        if (conversation.rooms().size() >= Conversation.ROOMS_MAX
                && !conversation.rooms().contains(room)) {
            conversation.refuse(
                    join.id(),
                    ErrorCode.TOO_MANY_ROOMS,
                    "A connection can be in " + Conversation.ROOMS_MAX + " rooms; leave one before you join '"
                            + room.name() + "'.");
            return Turns.DONE;
        }
        return conversation
                .mayName(store, rates, List.of(room))
                .thenApply(refusal -> {
                    if (refusal.isPresent()) {
                        conversation.refuse(refusal.get().answer(join.id()));
                        return Turns.DONE;
                    }
                    return enter(conversation, join, room, LOOKS_MAX);
                })
                .thenCompose(rest -> rest);
    }

    /** @param looks at the room, if somebody loses the right to read it meanwhile again and again */
    private CompletionStage<?> enter(Conversation conversation, ClientMessage.Join join, Channel.Room room, int looks) {
        String reader = conversation.session().signedInAs().key();
        return store.open(reader, List.of(room))
                .handle((views, failure) -> {
                    if (failure != null) {
                        conversation.refuseForNow(join.id(), failure);
                        return Turns.DONE;
                    }
                    if (views.isEmpty()) {
                        conversation.rooms().remove(room);
                        noSuchRoom(conversation, room, join.id());
                        return Turns.DONE;
                    }
                    return enter(conversation, join, start(room, views.get(room), join.position()), room, looks);
                })
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> enter(
            Conversation conversation, ClientMessage.Join join, Start start, Channel.Room room, int looks) {
        return fanOut.join(
                        conversation.session(),
                        join.id(),
                        room,
                        start,
                        join.position().isPresent())
                .thenApply(isIn -> {
                    if (isIn) {
                        conversation.rooms().add(room);
                        return Turns.DONE;
                    }
                    if (looks == 1) {
                        conversation.refuse(Conversation.storeAway().answer(join.id()));
                        return Turns.DONE;
                    }
                    return enter(conversation, join, room, looks - 1);
                })
                .thenCompose(rest -> rest);
    }

    /** The fan-out put it out of a room; perhaps it has come back since. In the session's turn. */
    CompletionStage<?> barred(Conversation conversation, Channel.Room room) {
        return fanOut.isIn(conversation.session(), room).thenApply(isIn -> {
            if (!isIn) {
                conversation.rooms().remove(room);
            }
            return isIn;
        });
    }

    CompletionStage<?> leave(Conversation conversation, ClientMessage.Leave leave) {
        if (!conversation.isWithinRate(rates, Rates.Kind.JOIN, leave.id())) {
            return Turns.DONE;
        }
        Channel.Room room = new Channel.Room(leave.room());
        boolean wasIn = conversation.rooms().remove(room);
        if (room.isPrivate() && !wasIn) {
            noSuchRoom(conversation, room, leave.id());
        } else {
            fanOut.leave(conversation.session(), leave.id(), room);
        }
        return Turns.DONE;
    }

    CompletionStage<?> rooms(Conversation conversation, ClientMessage.Rooms rooms) {
        if (!conversation.isWithinRate(rates, Rates.Kind.QUERY, rooms.id())) {
            return Turns.DONE;
        }
        String reader = conversation.session().signedInAs().key();
        return conversation.whenRead(store.rooms(reader, LISTED_MAX), rooms.id(), unreadByRoom -> {
            List<ServerMessage.RoomEntry> entries = unreadByRoom.entrySet().stream()
                    .map(room -> new ServerMessage.RoomEntry(
                            room.getKey(),
                            conversation.rooms().contains(new Channel.Room(room.getKey())),
                            room.getValue()))
                    .toList();
            conversation.answer(new ServerMessage.Rooms(rooms.id(), entries));
        });
    }

    CompletionStage<?> presence(Conversation conversation, ClientMessage.Presence presence) {
        Channel.Room room = new Channel.Room(presence.room());
        if (!conversation.isWithinRate(rates, Rates.Kind.QUERY, presence.id())) {
            return Turns.DONE;
        }
        boolean isKnown = !room.isPrivate() && conversation.rooms().contains(room);
        String reader = conversation.session().signedInAs().key();
        CompletionStage<Boolean> isThere =
                isKnown ? CompletableFuture.completedFuture(true) : store.exists(room, reader);
        return conversation.whenRead(isThere, presence.id(), there -> {
            if (there) {
                fanOut.presence(conversation.session(), presence.id(), room);
            } else {
                noSuchRoom(conversation, room, presence.id());
            }
        });
    }

    CompletionStage<?> typing(Conversation conversation, ClientMessage.Typing typing) {
        if (!conversation.isWithinRate(rates, Rates.Kind.SIGNAL, typing.id())) {
            return Turns.DONE;
        }
        Channel.Room room = new Channel.Room(typing.room());
        if (room.isPrivate() && !conversation.rooms().contains(room)) {
            noSuchRoom(conversation, room, typing.id());
        } else {
            fanOut.typing(conversation.session(), room);
        }
        return Turns.DONE;
    }
}
