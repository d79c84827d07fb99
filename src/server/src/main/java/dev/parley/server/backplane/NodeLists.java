package dev.parley.server.backplane;

import dev.parley.protocol.Timestamp;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.spi.JsonProvider;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What administrators see of this node, in the JSON of the HTTP API. Any thread. */
public final class NodeLists {
    /** The longest list. */
    static final int LISTED_MAX = 1_000;

    /** Looked up once: each look-up searches the class path. */
    private static final JsonProvider JSON = JsonProvider.provider();

    private final Sessions sessions;
    private final FanOut fanOut;
    private final Executor executor;

    /** @param executor runs tasks of some milliseconds that do not block */
    NodeLists(Sessions sessions, FanOut fanOut, Executor executor) {
        this.sessions = sessions;
        this.fanOut = fanOut;
        this.executor = executor;
    }

    /**
     * The sessions of this node.
     *
     * @param username name of a user and of guests, in any case, whose sessions are listed; empty for all sessions
     */
    public NodeList sessions(Optional<String> username) {
        List<Session> all = username.map(sessions::named).orElseGet(() -> List.copyOf(sessions.all()));
        return new NodeList(
                all.size(),
                all.stream().limit(LISTED_MAX).map(NodeLists::described).toList());
    }

    private static JsonObject described(Session session) {
        JsonObjectBuilder described = JSON.createObjectBuilder()
                .add("session", session.id().value())
                .add("path", session.endpoint().path())
                .add("address", session.handshake().address());
        session.identity().ifPresent(who -> person(described, who).add("roles", JSON.createArrayBuilder(who.roles())));
        session.identity()
                .flatMap(Identity::expiresAt)
                .ifPresent(expires -> described.add("expiresAt", Timestamp.of(expires)));
        return described.build();
    }

    /** Adds the name and, of a guest, the tag. */
    private static JsonObjectBuilder person(JsonObjectBuilder described, Identity who) {
        described.add("username", who.name());
        who.guest().ifPresent(tag -> described.add("guest", tag));
        return described;
    }

    /** The users and guests on this node, with the number of their sessions. */
    public NodeList users() {
        Map<UserKey, List<Identity>> byKey = sessions.all().stream()
                .flatMap(session -> session.identity().stream())
                .collect(Collectors.groupingBy(Identity::key, TreeMap::new, Collectors.toList()));
        return new NodeList(
                byKey.size(),
                byKey.values().stream()
                        .limit(LISTED_MAX)
                        .map(user -> person(JSON.createObjectBuilder(), user.get(0))
                                .add("sessions", user.size())
                                .build())
                        .toList());
    }

    /** The rooms that somebody is in on this node, each with the number of those present in it, on all nodes. */
    public CompletionStage<NodeList> rooms() {
        return fanOut.rooms().thenApplyAsync(NodeLists::listed, executor);
    }

    /** The first rooms by name. */
    static NodeList listed(Map<String, Integer> presentByRoom) {
        List<JsonObject> listed = new TreeMap<>(presentByRoom)
                .entrySet().stream()
                        .limit(LISTED_MAX)
                        .map(room -> JSON.createObjectBuilder()
                                .add("room", room.getKey())
                                .add("present", room.getValue())
                                .build())
                        .toList();
        return new NodeList(presentByRoom.size(), listed);
    }

    /** @throws RuntimeException if an item of another node is not as those of {@link #sessions} */
    static void requireSession(JsonObject session) {
        List.of("session", "path", "address").forEach(session::getString);
        Stream.of("username", "guest", "expiresAt").filter(session::containsKey).forEach(session::getString);
        if (session.containsKey("roles")) {
            session.getJsonArray("roles").getValuesAs(JsonString::getString);
        }
    }

    /** @throws RuntimeException if an item of another node is not as those of {@link #rooms} */
    static void requireRoom(JsonObject room) {
        room.getString("room");
        room.getInt("present");
    }
}
