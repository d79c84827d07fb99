package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.ReadFrom;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.ChannelView;
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
    private final RateLimiter rateLimiter;

    public RoomHandler(MessageStore store, FanOut fanOut, RateLimiter rateLimiter) {
        this.store = store;
        this.fanOut = fanOut;
        this.rateLimiter = rateLimiter;
    }

    /** Also of rooms that are there but not for this user: both look alike. */
    static void noSuchRoom(SessionContext context, Channel.Room room, Optional<String> id) {
        context.refuse(noSuchRoom(room.name(), id));
    }

    static ServerMessage.Error noSuchRoom(String room, Optional<String> id) {
        return ServerMessage.Error.of(id, ErrorCode.NO_SUCH_ROOM, "There is no room '" + room + "' that you may see.");
    }

    /** Where a session begins to read: at the position it asked for if that can be served, else at the head. */
    static ReadFrom start(Channel channel, ChannelView view, Optional<Position> asked) {
        Optional<Position> servable = asked.filter(view::canServe);
        return new ReadFrom(
                channel, servable.orElse(view.head()), servable.isPresent(), view.unread(), view.aclVersion());
    }

    CompletionStage<?> join(SessionContext context, ClientMessage.Join join) {
        if (!context.isWithinRate(rateLimiter, RateLimiter.Kind.JOIN, join.id())) {
            return SerialExecutor.DONE;
        }
        Channel.Room room = new Channel.Room(join.room());
        if (context.rooms().size() >= SessionContext.ROOMS_MAX
                && !context.rooms().contains(room)) {
            context.refuse(
                    join.id(),
                    ErrorCode.TOO_MANY_ROOMS,
                    "A connection can be in " + SessionContext.ROOMS_MAX + " rooms; leave one before you join '"
                            + room.name() + "'.");
            return SerialExecutor.DONE;
        }
        return context.mayName(store, rateLimiter, List.of(room))
                .thenApply(refusal -> {
                    if (refusal.isPresent()) {
                        context.refuse(refusal.get().answer(join.id()));
                        return SerialExecutor.DONE;
                    }
                    return enter(context, join, room, LOOKS_MAX);
                })
                .thenCompose(rest -> rest);
    }

    /** @param looks at the room, if somebody loses the right to read it meanwhile again and again */
    private CompletionStage<?> enter(SessionContext context, ClientMessage.Join join, Channel.Room room, int looks) {
        String reader = context.session().signedInAs().key();
        return store.open(reader, List.of(room))
                .handle((views, failure) -> {
                    if (failure != null) {
                        context.refuseForNow(join.id(), failure);
                        return SerialExecutor.DONE;
                    }
                    if (views.isEmpty()) {
                        context.rooms().remove(room);
                        noSuchRoom(context, room, join.id());
                        return SerialExecutor.DONE;
                    }
                    return enter(context, join, start(room, views.get(room), join.position()), room, looks);
                })
                .thenCompose(rest -> rest);
    }

    private CompletionStage<?> enter(
            SessionContext context, ClientMessage.Join join, ReadFrom from, Channel.Room room, int looks) {
        return fanOut.join(
                        context.session(),
                        join.id(),
                        room,
                        from,
                        join.position().isPresent())
                .thenApply(isIn -> {
                    if (isIn) {
                        context.rooms().add(room);
                        return SerialExecutor.DONE;
                    }
                    if (looks == 1) {
                        context.refuse(SessionContext.storeUnavailable().answer(join.id()));
                        return SerialExecutor.DONE;
                    }
                    return enter(context, join, room, looks - 1);
                })
                .thenCompose(rest -> rest);
    }

    /** The fan-out put it out of a room; perhaps it has come back since. In the session's queue. */
    CompletionStage<?> evicted(SessionContext context, Channel.Room room) {
        return fanOut.isPresent(context.session(), room).thenApply(isIn -> {
            if (!isIn) {
                context.rooms().remove(room);
            }
            return isIn;
        });
    }

    CompletionStage<?> leave(SessionContext context, ClientMessage.Leave leave) {
        if (!context.isWithinRate(rateLimiter, RateLimiter.Kind.JOIN, leave.id())) {
            return SerialExecutor.DONE;
        }
        Channel.Room room = new Channel.Room(leave.room());
        boolean wasIn = context.rooms().remove(room);
        if (room.isPrivate() && !wasIn) {
            noSuchRoom(context, room, leave.id());
        } else {
            fanOut.leave(context.session(), leave.id(), room);
        }
        return SerialExecutor.DONE;
    }

    CompletionStage<?> rooms(SessionContext context, ClientMessage.Rooms rooms) {
        if (!context.isWithinRate(rateLimiter, RateLimiter.Kind.QUERY, rooms.id())) {
            return SerialExecutor.DONE;
        }
        String reader = context.session().signedInAs().key();
        return context.whenRead(store.rooms(reader, LISTED_MAX), rooms.id(), unreadByRoom -> {
            List<ServerMessage.RoomEntry> entries = unreadByRoom.entrySet().stream()
                    .map(room -> new ServerMessage.RoomEntry(
                            room.getKey(), context.rooms().contains(new Channel.Room(room.getKey())), room.getValue()))
                    .toList();
            context.answer(new ServerMessage.Rooms(rooms.id(), entries));
        });
    }

    CompletionStage<?> presence(SessionContext context, ClientMessage.Presence presence) {
        Channel.Room room = new Channel.Room(presence.room());
        if (!context.isWithinRate(rateLimiter, RateLimiter.Kind.QUERY, presence.id())) {
            return SerialExecutor.DONE;
        }
        boolean isKnown = !room.isPrivate() && context.rooms().contains(room);
        String reader = context.session().signedInAs().key();
        CompletionStage<Boolean> isThere =
                isKnown ? CompletableFuture.completedFuture(true) : store.exists(room, reader);
        return context.whenRead(isThere, presence.id(), there -> {
            if (there) {
                fanOut.presence(context.session(), presence.id(), room);
            } else {
                noSuchRoom(context, room, presence.id());
            }
        });
    }

    CompletionStage<?> typing(SessionContext context, ClientMessage.Typing typing) {
        if (!context.isWithinRate(rateLimiter, RateLimiter.Kind.SIGNAL, typing.id())) {
            return SerialExecutor.DONE;
        }
        Channel.Room room = new Channel.Room(typing.room());
        if (room.isPrivate() && !context.rooms().contains(room)) {
            noSuchRoom(context, room, typing.id());
        } else {
            fanOut.typing(context.session(), room);
        }
        return SerialExecutor.DONE;
    }
}
