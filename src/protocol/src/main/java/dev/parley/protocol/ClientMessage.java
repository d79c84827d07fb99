package dev.parley.protocol;

import jakarta.json.bind.annotation.JsonbSubtype;
import jakarta.json.bind.annotation.JsonbTypeInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A message from a client to the server. Every message may have an {@code id} (1-64 characters of {@code A-Za-z0-9_-}),
 * which its answer repeats. Every record is valid: constructors throw {@link InvalidMessage} with the bad value.
 *
 * <p>A new type takes these steps; nothing compiles, or a test fails, before each is done:
 *
 * <ol>
 *   <li>here its record, its {@link JsonbSubtype} and its method in {@link Visitor};
 *   <li>its method in the server's {@code dispatch.handlers.Router}, which calls the handler of its family;
 *   <li>its rules in the server's {@code dispatch.MessageProcessor} and the client's {@code OutboundQueue}: the tests
 *       {@code MessageRulesTest} and {@code RequestRulesTest} name every type;
 *   <li>an example in {@code vectors/client-valid.json}, and its row in {@code src/docs/protocol.md}.
 * </ol>
 */
@JsonbTypeInfo(
        key = "type",
        value = {
            @JsonbSubtype(alias = "login", type = ClientMessage.Login.class),
            @JsonbSubtype(alias = "chat", type = ClientMessage.Chat.class),
            @JsonbSubtype(alias = "message", type = ClientMessage.Message.class),
            @JsonbSubtype(alias = "notification", type = ClientMessage.Notification.class),
            @JsonbSubtype(alias = "join", type = ClientMessage.Join.class),
            @JsonbSubtype(alias = "leave", type = ClientMessage.Leave.class),
            @JsonbSubtype(alias = "rooms", type = ClientMessage.Rooms.class),
            @JsonbSubtype(alias = "create", type = ClientMessage.Create.class),
            @JsonbSubtype(alias = "invite", type = ClientMessage.Invite.class),
            @JsonbSubtype(alias = "remove", type = ClientMessage.Remove.class),
            @JsonbSubtype(alias = "members", type = ClientMessage.Members.class),
            @JsonbSubtype(alias = "history", type = ClientMessage.History.class),
            @JsonbSubtype(alias = "search", type = ClientMessage.Search.class),
            @JsonbSubtype(alias = "read", type = ClientMessage.Read.class),
            @JsonbSubtype(alias = "typing", type = ClientMessage.Typing.class),
            @JsonbSubtype(alias = "presence", type = ClientMessage.Presence.class),
            @JsonbSubtype(alias = "subscribe", type = ClientMessage.Subscribe.class),
            @JsonbSubtype(alias = "unsubscribe", type = ClientMessage.Unsubscribe.class),
            @JsonbSubtype(alias = "metric", type = ClientMessage.Metric.class),
            @JsonbSubtype(alias = "upload", type = ClientMessage.Upload.class),
            @JsonbSubtype(alias = "chunk", type = ClientMessage.Chunk.class),
            @JsonbSubtype(alias = "ping", type = ClientMessage.Ping.class)
        })
public sealed interface ClientMessage {
    /** The id of this message, chosen by the client at random, never a counter. */
    Optional<String> id();

    /**
     * Whether it is stored in a channel, so that its order among the sender's other messages matters. JSON Binding
     * would write a method named {@code isX}.
     */
    default boolean keepsOrder() {
        return false;
    }

    <R> R accept(Visitor<R> visitor);

    /** One method for each type, so that a class that handles messages must handle them all. */
    interface Visitor<R> {
        R login(Login login);

        R chat(Chat chat);

        R message(Message message);

        R notification(Notification notification);

        R join(Join join);

        R leave(Leave leave);

        R rooms(Rooms rooms);

        R create(Create create);

        R invite(Invite invite);

        R remove(Remove remove);

        R members(Members members);

        R history(History history);

        R search(Search search);

        R read(Read read);

        R typing(Typing typing);

        R presence(Presence presence);

        R subscribe(Subscribe subscribe);

        R unsubscribe(Unsubscribe unsubscribe);

        R metric(Metric metric);

        R upload(Upload upload);

        R chunk(Chunk chunk);

        R ping(Ping ping);
    }

    /**
     * Signs in, or renews the token of the same user on an open session. Answer: {@code welcome}.
     *
     * @param guestSecret secret of a guest that comes back, from the {@code welcome} of its first sign-in
     * @param positions the client's position in each channel, by {@link Channel#wireKey()}
     * @param session the user's own dead session, which this one replaces
     * @param binary whether this session gets the binary frames of its rooms; absent: as before
     */
    record Login(
            Optional<String> id,
            Optional<String> username,
            Optional<String> token,
            Optional<String> guestSecret,
            Map<String, Position> positions,
            Optional<String> session,
            Optional<Boolean> binary)
            implements ClientMessage {
        /** A login that brings nothing, not even an id: it stands for the sign-in of a session that sent none. */
        public static final Login IMPLICIT = new Login(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                Optional.empty());

        public Login {
            id = Field.id(id);
            username = username.map(name -> Field.username("username", name));
            token = token.map(value -> Field.text("token", value, Field.CONTENT_MAX));
            guestSecret = guestSecret.map(value -> Field.text("guestSecret", value, Field.GUEST_SECRET_MAX));
            session = session.map(value -> Field.text("session", value, Field.CONTENT_MAX));
            positions = positions == null ? Map.of() : Field.positions(positions);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.login(this);
        }

        /** Without token and secret, so that they do not get into a log. */
        @Override
        public String toString() {
            return "Login[id=" + id + ", username=" + username + ", positions=" + positions.keySet() + "]";
        }
    }

    /** A message to everyone in a room, including the sender. Answer: {@code ack}. */
    record Chat(Optional<String> id, String content, String room, Optional<Attachment> attachment)
            implements ClientMessage {
        public Chat {
            id = Field.id(id);
            content = Field.content(content);
            room = room == null ? Channel.Room.LOBBY.name() : Field.room(room);
        }

        @Override
        public boolean keepsOrder() {
            return true;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.chat(this);
        }
    }

    /**
     * A message to one user or guest; without {@code to}, an ordinary message to the lobby. Answer: {@code ack}.
     *
     * @param toGuest the tag of the only guest that may receive it, whatever that guest is called now
     */
    record Message(Optional<String> id, String content, Optional<String> to, Optional<String> toGuest)
            implements ClientMessage {
        public Message {
            id = Field.id(id);
            content = Field.content(content);
            to = to.map(name -> Field.username("to", name));
            toGuest = toGuest.map(tag -> Field.guestTag("toGuest", tag));
            if (toGuest.isPresent() && to.isEmpty()) {
                throw new InvalidMessage(
                        ErrorCode.BAD_MESSAGE,
                        "'toGuest' is the tag of the guest that 'to' names, but there is no 'to'; without both this"
                                + " message would go to everyone in the lobby.");
            }
        }

        @Override
        public boolean keepsOrder() {
            return true;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.message(this);
        }
    }

    /**
     * A notification to one user or one room; without both, to everyone. Needs the role {@code notify}. Answer:
     * {@code ack}.
     *
     * @param level {@code info}, {@code warning} or {@code critical}
     */
    record Notification(
            Optional<String> id,
            String content,
            Optional<String> title,
            Optional<String> level,
            Optional<String> to,
            Optional<String> room)
            implements ClientMessage {
        public Notification {
            id = Field.id(id);
            content = Field.content(content);
            title = title.map(value -> Field.text("title", value, Field.TITLE_MAX));
            level = level.map(Field::level);
            to = to.map(name -> Field.username("to", name));
            room = room.map(Field::room);
            if (to.isPresent() && room.isPresent()) {
                throw new InvalidMessage(
                        ErrorCode.BAD_MESSAGE,
                        "A notification goes to one of 'to' and 'room', or without both to everyone;"
                                + " this one names both.");
            }
        }

        @Override
        public boolean keepsOrder() {
            return true;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.notification(this);
        }
    }

    /** Joins a room. Answer: {@code joined}, then the missed messages after {@code position}, then live messages. */
    record Join(Optional<String> id, String room, Optional<Position> position) implements ClientMessage {
        public Join {
            id = Field.id(id);
            room = Field.room(room);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.join(this);
        }
    }

    /** Leaves a room. Answer: {@code left}. */
    record Leave(Optional<String> id, String room) implements ClientMessage {
        public Leave {
            id = Field.id(id);
            room = Field.room(room);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.leave(this);
        }
    }

    /** Lists the rooms of this user. Answer: {@code rooms}. */
    record Rooms(Optional<String> id) implements ClientMessage {
        public Rooms {
            id = Field.id(id);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.rooms(this);
        }
    }

    /** Creates a private room. Answer: {@code created} with the full name, which the server derives from this one. */
    record Create(Optional<String> id, String name, List<String> members) implements ClientMessage {
        /** Maximum number of members of a private room, and so of the names here. */
        public static final int MEMBERS_MAX = 1_000;

        public Create {
            id = Field.id(id);
            name = Field.privateName(name);
            if (members != null && members.size() > MEMBERS_MAX) {
                throw Field.bad("members", members.size() + " names", MEMBERS_MAX + " names at most");
            }
            members = members == null
                    ? List.of()
                    : members.stream()
                            .map(member -> Field.username("members", member))
                            .toList();
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.create(this);
        }
    }

    /** Makes a user a member of a private room of the sender. Answer: {@code ack}. */
    record Invite(Optional<String> id, String room, String username) implements ClientMessage {
        public Invite {
            id = Field.id(id);
            room = Field.room(room);
            username = Field.username("username", username);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.invite(this);
        }
    }

    /** Ends a user's membership in a private room of the sender. Answer: {@code ack}. */
    record Remove(Optional<String> id, String room, String username) implements ClientMessage {
        public Remove {
            id = Field.id(id);
            room = Field.room(room);
            username = Field.username("username", username);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.remove(this);
        }
    }

    /** Asks who the members of a private room are, present or not. Answer: {@code members}. */
    record Members(Optional<String> id, String room) implements ClientMessage {
        public Members {
            id = Field.id(id);
            room = Field.room(room);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.members(this);
        }
    }

    /**
     * Asks for one page of the stored messages of a channel: the newest before {@code before}, returned oldest first.
     * Answer: {@code history}.
     *
     * @param before asks only for messages with a smaller seq
     * @param limit maximum number of messages, 1-200; default 50
     */
    record History(
            Optional<String> id,
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            OptionalLong before,
            OptionalInt limit)
            implements ClientMessage {
        public static final int LIMIT_DEFAULT = 50;
        public static final int LIMIT_MAX = 200;

        public History {
            id = Field.id(id);
            room = Target.checked(room, inbox, broadcast);
            before.ifPresent(seq -> Field.atLeast("before", seq, 1));
            limit.ifPresent(count -> Field.within("limit", count, 1, LIMIT_MAX));
        }

        /** The channel; {@code owner} is the user key whose inbox is meant. */
        public Channel channel(UserKey owner) {
            return Target.channel(room, inbox, owner);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.history(this);
        }
    }

    /**
     * Searches the stored messages of a channel, the newest first, for a text in their content or title. Looks at a
     * bounded part of them. Answer: {@code history} with {@code searched}.
     *
     * @param text in any case; 1-{@value #TEXT_MAX} characters
     * @param before searches only messages with a smaller seq
     * @param limit maximum number of messages, 1-200; default 50
     */
    record Search(
            Optional<String> id,
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            String text,
            OptionalLong before,
            OptionalInt limit)
            implements ClientMessage {
        public static final int TEXT_MAX = 200;

        /** What a search takes of the limit of queries. */
        public static final int COST = 5;

        public Search {
            id = Field.id(id);
            room = Target.checked(room, inbox, broadcast);
            text = Field.text("text", Field.required("text", text), TEXT_MAX);
            if (text.isBlank()) {
                throw Field.bad("text", text, "1-" + TEXT_MAX + " characters, not all of them white space");
            }
            before.ifPresent(seq -> Field.atLeast("before", seq, 1));
            limit.ifPresent(count -> Field.within("limit", count, 1, History.LIMIT_MAX));
        }

        /** The channel; {@code owner} is the user key whose inbox is meant. */
        public Channel channel(UserKey owner) {
            return Target.channel(room, inbox, owner);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.search(this);
        }
    }

    /**
     * Sets the read mark: all messages up to {@code seq} have been read. The mark never moves backwards. Answer:
     * {@code ack}.
     */
    record Read(
            Optional<String> id,
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            OptionalLong seq)
            implements ClientMessage {
        public Read {
            id = Field.id(id);
            room = Target.checked(room, inbox, broadcast);
            if (seq.isEmpty()) {
                Field.required("seq", null);
            }
            Field.atLeast("seq", seq.getAsLong(), 0);
        }

        /** The channel; {@code owner} is the user key whose inbox is meant. */
        public Channel channel(UserKey owner) {
            return Target.channel(room, inbox, owner);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.read(this);
        }
    }

    /** This user is typing in a room. Sent to the users present, never stored. No answer. */
    record Typing(Optional<String> id, String room) implements ClientMessage {
        public Typing {
            id = Field.id(id);
            room = Field.room(room);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.typing(this);
        }
    }

    /** Asks which users are present in a room. Answer: {@code presence}. */
    record Presence(Optional<String> id, String room) implements ClientMessage {
        public Presence {
            id = Field.id(id);
            room = Field.room(room);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.presence(this);
        }
    }

    /**
     * Subscribes to metrics: their last values, then each new one. Answer: {@code subscribed}.
     *
     * @param metricId the id of a metric, or a prefix followed by {@code *}
     */
    record Subscribe(Optional<String> id, String metricId) implements ClientMessage {
        public Subscribe {
            id = Field.id(id);
            metricId = Field.metricId(metricId);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.subscribe(this);
        }
    }

    /** Ends the subscription with the same {@code metricId}. Answer: {@code unsubscribed}. */
    record Unsubscribe(Optional<String> id, String metricId) implements ClientMessage {
        public Unsubscribe {
            id = Field.id(id);
            metricId = Field.metricId(metricId);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.unsubscribe(this);
        }
    }

    /**
     * The latest value of a metric. Needs the role {@code metrics}. Answer: {@code ack}, if it has an {@code id}.
     *
     * @param value a finite number
     * @param at time of the measurement, ISO 8601; default: the server's time
     */
    record Metric(Optional<String> id, String metricId, OptionalDouble value, Optional<String> at)
            implements ClientMessage {
        public Metric {
            id = Field.id(id);
            metricId = Field.metricId(metricId);
            if (metricId.endsWith("*")) {
                throw Field.bad("metricId", metricId, "one metric's name, without '*' at its end");
            }
            if (value.isEmpty()) {
                Field.required("value", null);
            }
            if (!Double.isFinite(value.getAsDouble())) {
                throw Field.bad("value", Double.toString(value.getAsDouble()), "a finite number");
            }
            at = at.map(Field::timestamp);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.metric(this);
        }
    }

    /** Announces a file. The binary frames that follow are its content. Answer: {@code ack}, then {@code uploaded}. */
    record Upload(Optional<String> id, String room, String name, String mediaType, OptionalLong size)
            implements ClientMessage {
        public Upload {
            id = Field.id(id);
            room = Field.room(room);
            name = Field.fileName(name);
            mediaType = Field.mediaType(mediaType);
            if (size.isEmpty()) {
                Field.required("size", null);
            }
            Field.atLeast("size", size.getAsLong(), 0);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.upload(this);
        }
    }

    /**
     * A part of a message that is too long for a frame. The {@code data} of all parts, joined, is the JSON of that
     * message.
     */
    record Chunk(Optional<String> id, String transfer, OptionalInt index, OptionalInt count, String data)
            implements ClientMessage {
        public Chunk {
            id = Field.id(id);
            transfer = Field.id("transfer", transfer);
            if (index.isEmpty()) {
                Field.required("index", null);
            }
            if (count.isEmpty()) {
                Field.required("count", null);
            }
            data = Field.part("data", Field.required("data", data));
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.chunk(this);
        }
    }

    /** Asks whether the connection is alive. Answer: {@code pong}. */
    record Ping(Optional<String> id) implements ClientMessage {
        public Ping {
            id = Field.id(id);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.ping(this);
        }
    }
}
