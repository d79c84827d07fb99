package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.backplane.Cluster;
import dev.parley.server.store.RoomStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** The operations on private rooms, for WebSocket and HTTP. Any thread. */
public final class PrivateRooms {
    private final RoomStore store;
    private final Cluster cluster;
    private final UnaryOperator<String> names;

    /** @param names generates a unique room name from the name that the owner chose */
    public PrivateRooms(RoomStore store, Cluster cluster, UnaryOperator<String> names) {
        this.store = store;
        this.cluster = cluster;
        this.names = names;
    }

    /** @param room the new room */
    public record Created(RoomStore.Change change, Channel.Room room) {}

    /** @param owner a user with a token */
    public CompletionStage<Created> create(Identity owner, String name, List<String> members) {
        Channel.Room room = new Channel.Room(names.apply(name));
        List<UserKey> others = members.stream()
                .map(UserKey::user)
                .filter(key -> !key.equals(owner.key()))
                .distinct()
                .toList();
        return store.create(room, owner.key(), others).thenApply(change -> {
            if (change == RoomStore.Change.DONE) {
                others.forEach(other -> tellInvited(room, other));
            }
            return new Created(change, room);
        });
    }

    public CompletionStage<RoomStore.Change> invite(Identity owner, Channel.Room room, String username) {
        return store.invite(room, owner.key(), UserKey.user(username)).thenApply(change -> {
            if (change == RoomStore.Change.DONE) {
                tellInvited(room, UserKey.user(username));
            }
            return change;
        });
    }

    public CompletionStage<RoomStore.Change> remove(Identity by, Channel.Room room, String username) {
        return store.remove(room, by.key(), UserKey.user(username));
    }

    /** The members of a private room; empty if there is no such room, or this user or guest is not one of them. */
    public CompletionStage<Optional<RoomStore.Members>> members(Identity reader, Channel.Room room) {
        return store.members(room, reader.key());
    }

    /** Notifies the user's present sessions; later ones learn it by {@code rooms}. */
    private void tellInvited(Channel.Room room, UserKey member) {
        cluster.deliverEphemeral(new Channel.Inbox(member), new ServerMessage.Created(Optional.empty(), room.name()));
    }

    /** The reason why a change was not made; empty if it was. */
    public static Optional<Refusal> refusal(Channel.Room room, RoomStore.Change change) {
        return switch (change) {
            case DONE -> Optional.empty();
            case NO_SUCH_ROOM -> Optional.of(Refusal.noSuchRoom(room.name()));
            case NOT_OWNER ->
                Optional.of(Refusal.of(
                        ErrorCode.FORBIDDEN,
                        "Only the owner of '" + room.name() + "' lets people in or takes them out; everybody else may"
                                + " take out themselves, the owner only when nobody else is in."));
            case TOO_MANY ->
                Optional.of(Refusal.of(
                        ErrorCode.TOO_MANY_ROOMS,
                        "A private room holds " + RoomStore.MEMBERS_MAX + " members, and a user owns "
                                + RoomStore.OWNED_MAX + " private rooms at most."));
        };
    }
}
