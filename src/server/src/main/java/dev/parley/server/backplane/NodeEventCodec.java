package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.fanout.presence.Occupants;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.EncodedBinary;
import dev.parley.server.session.SessionId;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The events of nodes as text. The first line is a JSON object that says what happened; each further line is a message,
 * JSON too, as clients get it: JSON text has no line breaks. A binary frame is a line of base64. Messages of one
 * channel whose seqs follow each other share one text.
 *
 * <p>A node that meets a version or a type that it does not know skips the text: nodes of two versions run side by side
 * during an upgrade. Pure functions.
 */
final class NodeEventCodec {
    /** To be raised when an older node would misunderstand a text. */
    static final int VERSION = 1;

    /** Looked up once: each look-up searches the class path. */
    private static final JsonProvider JSON = JsonProvider.provider();

    private static final String STORED = "stored";
    private static final String GROWN = "grown";
    private static final String ACL = "acl";
    private static final String EPOCH = "epoch";
    private static final String EPOCHS = "epochs";
    private static final String EPHEMERAL = "ephemeral";
    private static final String BINARY = "binary";
    private static final String PRESENCE_CHANGED = "presence_changed";
    private static final String PRESENT = "present";
    private static final String PRESENCE_ASKED = "presence_asked";
    private static final String PRESENCE_VERSIONS = "presence_versions";
    private static final String METRICS = "metrics";
    private static final String METRICS_ASKED = "metrics_asked";
    private static final String CLOSE = "close";
    private static final String NAME_TAKEN = "name_taken";
    private static final String REVOKED = "revoked";
    private static final String USER_SESSIONS = "user_sessions";
    private static final String SESSIONS_ASKED = "sessions_asked";
    private static final String ROOMS_ASKED = "rooms_asked";
    private static final String LISTED = "listed";

    private NodeEventCodec() {}

    /**
     * What a text says.
     *
     * @param node id of the node where it happened
     * @param events none if this node does not know what happened
     */
    record Received(String node, List<NodeEvent> events) {}

    /** @param run stored messages of one channel, whose seqs follow each other; the rest of their heads is the same */
    static String encodeStored(String node, List<NodeEvent.Stored> run) {
        NodeEvent.Stored first = run.get(0);
        JsonObjectBuilder head = about(head(node, STORED), first.channel())
                .add("epoch", first.position().epoch())
                .add("seq", first.seq())
                .add("acl", first.aclVersion());
        first.server().ifPresent(server -> head.add("server", server));
        StringBuilder text = new StringBuilder(head.build().toString());
        run.forEach(stored -> text.append('\n').append(stored.message().json()));
        return text.toString();
    }

    static String encode(String node, NodeEvent event) {
        if (event instanceof NodeEvent.Stored stored) {
            return encodeStored(node, List.of(stored));
        } else if (event instanceof NodeEvent.Grown grown) {
            return about(head(node, GROWN), grown.channel())
                    .add("seq", grown.head())
                    .build()
                    .toString();
        } else if (event instanceof NodeEvent.AclChanged changed) {
            return about(head(node, ACL), changed.channel())
                    .add("acl", changed.aclVersion())
                    .build()
                    .toString();
        } else if (event instanceof NodeEvent.EpochRenewed renewed) {
            return about(head(node, EPOCH), renewed.channel()).build().toString();
        } else if (event instanceof NodeEvent.AllEpochsRenewed) {
            return head(node, EPOCHS).build().toString();
        } else if (event instanceof NodeEvent.Ephemeral ephemeral) {
            JsonObjectBuilder head = about(head(node, EPHEMERAL), ephemeral.channel());
            ephemeral.except().ifPresent(person -> {
                head.add("exceptName", person.username());
                person.guest().ifPresent(tag -> head.add("exceptGuest", tag));
            });
            return head.build() + "\n" + ephemeral.message().json();
        } else if (event instanceof NodeEvent.Binary binary) {
            return about(head(node, BINARY), binary.room()).build() + "\n" + base64(binary.frame());
        } else if (event instanceof NodeEvent.PresenceChanged changed) {
            return about(head(node, PRESENCE_CHANGED), changed.room())
                    .add("before", changed.before())
                    .add("version", changed.version())
                    .add("joined", persons(changed.joined()))
                    .add("left", persons(changed.left()))
                    .build()
                    .toString();
        } else if (event instanceof NodeEvent.Present present) {
            return about(head(node, PRESENT), present.room())
                    .add("version", present.version())
                    .add("persons", persons(present.occupants().named()))
                    .add("unnamed", present.occupants().unnamed())
                    .build()
                    .toString();
        } else if (event instanceof NodeEvent.PresenceAsked asked) {
            JsonObjectBuilder head = about(head(node, PRESENCE_ASKED), asked.room());
            asked.node().ifPresent(whom -> head.add("whom", whom));
            return head.build().toString();
        } else if (event instanceof NodeEvent.PresenceVersions versions) {
            JsonObjectBuilder byRoom = JSON.createObjectBuilder();
            versions.versions().forEach((room, version) -> byRoom.add(room.name(), version));
            return head(node, PRESENCE_VERSIONS).add("versions", byRoom).build().toString();
        } else if (event instanceof NodeEvent.Metrics metrics) {
            List<String> ids = List.copyOf(metrics.values().keySet());
            StringBuilder text = new StringBuilder(head(node, METRICS)
                    .add("number", metrics.number())
                    .add("ids", JSON.createArrayBuilder(ids))
                    .build()
                    .toString());
            ids.forEach(id -> text.append('\n').append(metrics.values().get(id).json()));
            return text.toString();
        } else if (event instanceof NodeEvent.MetricsAsked) {
            return head(node, METRICS_ASKED).build().toString();
        } else if (event instanceof NodeEvent.SessionClosed closed) {
            JsonObjectBuilder head = head(node, CLOSE)
                    .add("session", closed.session().value())
                    .add("code", closed.code().name());
            closed.owner().ifPresent(owner -> head.add("owner", owner.value()));
            return head.build().toString();
        } else if (event instanceof NodeEvent.NameTaken taken) {
            return head(node, NAME_TAKEN).add("name", taken.name()).build().toString();
        } else if (event instanceof NodeEvent.TokensRevoked revoked) {
            return head(node, REVOKED)
                    .add("user", revoked.user().value())
                    .build()
                    .toString();
        } else if (event instanceof NodeEvent.UserSessions sessions) {
            return head(node, USER_SESSIONS)
                    .add("user", sessions.user().value())
                    .add("version", sessions.version())
                    .add("count", sessions.count())
                    .add("oldest", sessions.oldest())
                    .add("asks", sessions.asks())
                    .build()
                    .toString();
        } else if (event instanceof NodeEvent.SessionsAsked asked) {
            JsonObjectBuilder head = head(node, SESSIONS_ASKED).add("question", asked.question());
            asked.username().ifPresent(name -> head.add("username", name));
            return head.build().toString();
        } else if (event instanceof NodeEvent.RoomsAsked asked) {
            return head(node, ROOMS_ASKED)
                    .add("question", asked.question())
                    .build()
                    .toString();
        } else if (event instanceof NodeEvent.Listed listed) {
            JsonObjectBuilder head = head(node, LISTED)
                    .add("asker", listed.asker())
                    .add("question", listed.question())
                    .add("count", listed.count());
            return head.build() + "\n" + listed.items().json();
        }
        throw new IllegalArgumentException("An event without a text: " + event);
    }

    private static String base64(EncodedBinary frame) {
        return Base64.getEncoder().encodeToString(frame.frame().array());
    }

    private static JsonObjectBuilder head(String node, String type) {
        return JSON.createObjectBuilder().add("v", VERSION).add("type", type).add("node", node);
    }

    private static JsonObjectBuilder about(JsonObjectBuilder head, Channel channel) {
        return head.add("kind", channel.kind().name()).add("name", channel.name());
    }

    /** @throws JsonException or another unchecked exception if it is no text of a node */
    static Received decode(String text) {
        String[] lines = text.split("\n");
        JsonObject head;
        try (JsonReader reader = JSON.createReader(new StringReader(lines[0]))) {
            head = reader.readObject();
        }
        return new Received(head.getString("node"), head.getInt("v") == VERSION ? events(head, lines) : List.of());
    }

    private static List<NodeEvent> events(JsonObject head, String[] lines) {
        return switch (head.getString("type")) {
            case STORED ->
                channel(head).map(channel -> stored(head, channel, lines)).orElse(List.of());
            case GROWN -> of(channel(head).map(channel -> new NodeEvent.Grown(channel, number(head, "seq"))));
            case ACL -> of(channel(head).map(channel -> new NodeEvent.AclChanged(channel, number(head, "acl"))));
            case EPOCH -> of(channel(head).map(NodeEvent.EpochRenewed::new));
            case EPOCHS -> List.of(new NodeEvent.AllEpochsRenewed());
            case EPHEMERAL ->
                of(channel(head).map(channel -> new NodeEvent.Ephemeral(channel, Encoded.of(lines[1]), except(head))));
            case BINARY ->
                of(room(head)
                        .map(room -> new NodeEvent.Binary(
                                room, EncodedBinary.of(Base64.getDecoder().decode(lines[1])))));
            case PRESENCE_CHANGED ->
                of(room(head)
                        .map(room -> new NodeEvent.PresenceChanged(
                                room,
                                number(head, "before"),
                                number(head, "version"),
                                persons(head.getJsonArray("joined")),
                                persons(head.getJsonArray("left")))));
            case PRESENT ->
                of(room(head)
                        .map(room -> new NodeEvent.Present(
                                room,
                                number(head, "version"),
                                new Occupants(persons(head.getJsonArray("persons")), head.getInt("unnamed", 0)))));
            case PRESENCE_ASKED -> of(room(head).map(room -> new NodeEvent.PresenceAsked(room, text(head, "whom"))));
            case PRESENCE_VERSIONS -> List.of(new NodeEvent.PresenceVersions(versions(head.getJsonObject("versions"))));
            case METRICS -> List.of(new NodeEvent.Metrics(number(head, "number"), values(head, lines)));
            case METRICS_ASKED -> List.of(new NodeEvent.MetricsAsked());
            case CLOSE ->
                List.of(new NodeEvent.SessionClosed(
                        new SessionId(head.getString("session")),
                        text(head, "owner").map(UserKey::new),
                        CloseCode.valueOf(head.getString("code"))));
            case NAME_TAKEN -> List.of(new NodeEvent.NameTaken(head.getString("name")));
            case REVOKED -> List.of(new NodeEvent.TokensRevoked(new UserKey(head.getString("user"))));
            case USER_SESSIONS ->
                List.of(new NodeEvent.UserSessions(
                        new UserKey(head.getString("user")),
                        number(head, "version"),
                        head.getInt("count"),
                        number(head, "oldest"),
                        head.getBoolean("asks")));
            case SESSIONS_ASKED ->
                List.of(new NodeEvent.SessionsAsked(number(head, "question"), text(head, "username")));
            case ROOMS_ASKED -> List.of(new NodeEvent.RoomsAsked(number(head, "question")));
            case LISTED ->
                List.of(new NodeEvent.Listed(
                        head.getString("asker"), number(head, "question"), head.getInt("count"), Encoded.of(lines[1])));
            default -> List.of();
        };
    }

    private static List<NodeEvent> of(Optional<? extends NodeEvent> event) {
        return event.<List<NodeEvent>>map(List::of).orElse(List.of());
    }

    private static List<NodeEvent> stored(JsonObject head, Channel channel, String[] lines) {
        Position first = new Position(head.getString("epoch"), number(head, "seq"));
        long aclVersion = number(head, "acl");
        Optional<String> server = text(head, "server");
        List<NodeEvent> events = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            events.add(new NodeEvent.Stored(
                    channel, first.at(first.seq() + i - 1), aclVersion, Encoded.of(lines[i]), server));
        }
        return events;
    }

    private static Optional<Channel> channel(JsonObject head) {
        return Channel.of(Channel.Kind.valueOf(head.getString("kind")), head.getString("name"));
    }

    private static Map<String, Encoded> values(JsonObject head, String[] lines) {
        JsonArray ids = head.getJsonArray("ids");
        Map<String, Encoded> values = new HashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            values.put(ids.getString(i), Encoded.of(lines[i + 1]));
        }
        return values;
    }

    private static Optional<Channel.Room> room(JsonObject head) {
        return channel(head).filter(Channel.Room.class::isInstance).map(Channel.Room.class::cast);
    }

    /** A user is a text, a guest an array of name and tag. */
    private static JsonArrayBuilder persons(List<ServerMessage.Person> persons) {
        JsonArrayBuilder all = JSON.createArrayBuilder();
        persons.forEach(person -> person.guest()
                .ifPresentOrElse(
                        tag -> all.add(
                                JSON.createArrayBuilder().add(person.username()).add(tag)),
                        () -> all.add(person.username())));
        return all;
    }

    private static List<ServerMessage.Person> persons(JsonArray persons) {
        return persons.stream().map(NodeEventCodec::person).toList();
    }

    private static ServerMessage.Person person(JsonValue value) {
        if (value instanceof JsonArray guest) {
            return new ServerMessage.Person(guest.getString(0), Optional.of(guest.getString(1)));
        }
        return ServerMessage.Person.user(((JsonString) value).getString());
    }

    /** Without rooms whose names this Java does not know. */
    private static Map<Channel.Room, Long> versions(JsonObject byRoom) {
        Map<Channel.Room, Long> versions = new HashMap<>();
        byRoom.keySet().forEach(name -> Channel.parse(Channel.Room.wireKey(name))
                .ifPresent(room -> versions.put(
                        (Channel.Room) room, byRoom.getJsonNumber(name).longValueExact())));
        return versions;
    }

    private static Optional<ServerMessage.Person> except(JsonObject head) {
        return text(head, "exceptName").map(name -> new ServerMessage.Person(name, text(head, "exceptGuest")));
    }

    private static Optional<String> text(JsonObject head, String name) {
        return Optional.ofNullable(head.get(name))
                .filter(value -> value.getValueType() == JsonValue.ValueType.STRING)
                .map(value -> head.getString(name));
    }

    private static long number(JsonObject head, String name) {
        return head.getJsonNumber(name).longValueExact();
    }
}
