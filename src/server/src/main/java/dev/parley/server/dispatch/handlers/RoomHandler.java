package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.Refusal;
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

/** Handles rooms: {@code join}, {@code leave}, {@code rooms}, {@code presence}, {@code typing}. */
public final class RoomHandler {
    /** Most rooms in one answer. */
    private static final int LISTED_MAX = 1_000;

    private static final int LOOKS_MAX = 3;

    private final MessageStore store;
    private final FanOut fanOut;
    private final Cluster cluster;

    public RoomHandler(MessageStore store, FanOut fanOut, Cluster cluster) {
        this.store = store;
        this.fanOut = fanOut;
        this.cluster = cluster;
    }

    /**
     * Refuses a message about a room. A room that does not exist and one that the user may not read get the same
     * answer.
     */
    static void noSuchRoom(SessionContext context, Channel.Room room, Optional<String> id) {
        context.errors().reply(id, Refusal.noSuchRoom(room.name()));
    }

    /**
     * Where a session begins to read: at the position that it asked for if that can be served, otherwise at the head.
     */
    static ReadFrom start(Channel channel, ChannelView view, Optional<Position> asked) {
        Optional<Position> servable = asked.filter(view::canServe);
        return new ReadFrom(
                channel,
                servable.orElse(view.head()),
                servable.isPresent(),
                view.head().seq(),
                view.unread(),
                view.aclVersion(),
                view.asOf());
    }

    CompletionStage<?> join(SessionContext context, ClientMessage.Join join) {
        if (!context.rates().allow(RateLimiter.Kind.JOIN, join.id())) {
            return SerialExecutor.DONE;
        }
        Channel.Room room = new Channel.Room(join.room());
        if (context.rooms().size() >= ServerMessage.Limits.ROOMS_MAX
                && !context.rooms().contains(room)) {
            context.errors()
                    .reply(
                            join.id(),
                            Refusal.of(
                                    ErrorCode.TOO_MANY_ROOMS,
                                    "A connection can be in " + ServerMessage.Limits.ROOMS_MAX
                                            + " rooms; leave one before you join '" + room.name() + "'."));
            return SerialExecutor.DONE;
        }
        return context.rates()
                .allowNaming(store, List.of(room))
                .thenApply(refusal -> {
                    if (refusal.isPresent()) {
                        context.errors().reply(join.id(), refusal.get());
                        return SerialExecutor.DONE;
                    }
                    return enter(context, join, room, LOOKS_MAX);
                })
                .thenCompose(rest -> rest);
    }

    /** @param looks attempts left: each is void if an identity loses the right to read the room in the meantime */
    private CompletionStage<?> enter(SessionContext context, ClientMessage.Join join, Channel.Room room, int looks) {
        UserKey reader = context.session().signedInAs().key();
        return cluster.subscribe(List.of(room))
                .thenCompose(heard -> store.open(reader, List.of(room)))
                .handle((views, failure) -> {
                    if (failure != null) {
                        context.errors().reply(join.id(), context.errors().refusal(failure));
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
                        context.errors().reply(join.id(), Refusal.storeUnavailable());
                        return SerialExecutor.DONE;
                    }
                    return enter(context, join, room, looks - 1);
                })
                .thenCompose(rest -> rest);
    }

    /**
     * Removes a room from which the fan-out has evicted the session, unless it has joined again since. Runs in the
     * session's queue.
     */
    CompletionStage<?> evicted(SessionContext context, Channel.Room room) {
        return fanOut.isPresent(context.session(), room).thenApply(isIn -> {
            if (!isIn) {
                context.rooms().remove(room);
            }
            return isIn;
        });
    }

    CompletionStage<?> leave(SessionContext context, ClientMessage.Leave leave) {
        if (!context.rates().allow(RateLimiter.Kind.JOIN, leave.id())) {
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
        if (!context.rates().allow(RateLimiter.Kind.QUERY, rooms.id())) {
            return SerialExecutor.DONE;
        }
        UserKey reader = context.session().signedInAs().key();
        return context.errors().replyWhenRead(store.rooms(reader, LISTED_MAX), rooms.id(), unreadByRoom -> {
            List<ServerMessage.RoomEntry> entries = unreadByRoom.entrySet().stream()
                    .map(room -> new ServerMessage.RoomEntry(
                            room.getKey(), context.rooms().contains(new Channel.Room(room.getKey())), room.getValue()))
                    .toList();
            context.answer(new ServerMessage.Rooms(rooms.id(), entries));
        });
    }

    CompletionStage<?> presence(SessionContext context, ClientMessage.Presence presence) {
        Channel.Room room = new Channel.Room(presence.room());
        if (!context.rates().allow(RateLimiter.Kind.QUERY, presence.id())) {
            return SerialExecutor.DONE;
        }
        boolean isKnown = !room.isPrivate() && context.rooms().contains(room);
        UserKey reader = context.session().signedInAs().key();
        CompletionStage<Boolean> isThere =
                isKnown ? CompletableFuture.completedFuture(true) : store.exists(room, reader);
        return context.errors().replyWhenRead(isThere, presence.id(), there -> {
            if (there) {
                fanOut.presence(context.session(), presence.id(), room);
            } else {
                noSuchRoom(context, room, presence.id());
            }
        });
    }

    CompletionStage<?> typing(SessionContext context, ClientMessage.Typing typing) {
        if (!context.rates().allow(RateLimiter.Kind.SIGNAL, typing.id())) {
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
