package dev.parley.protocol;

import jakarta.json.bind.annotation.JsonbSubtype;
import jakarta.json.bind.annotation.JsonbTypeInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A message from the server to a client. An answer repeats the {@code id} of the message that it answers. Timestamps
 * ({@code sentAt}, {@code at}) are ISO 8601 in UTC with milliseconds, formatted by {@link Timestamp}. They are for
 * people; {@code seq} defines the order.
 */
@JsonbTypeInfo(
        key = "type",
        value = {
            @JsonbSubtype(alias = "welcome", type = ServerMessage.Welcome.class),
            @JsonbSubtype(alias = "ack", type = ServerMessage.Ack.class),
            @JsonbSubtype(alias = "error", type = ServerMessage.Error.class),
            @JsonbSubtype(alias = "chat", type = ServerMessage.Chat.class),
            @JsonbSubtype(alias = "message", type = ServerMessage.Message.class),
            @JsonbSubtype(alias = "notification", type = ServerMessage.Notification.class),
            @JsonbSubtype(alias = "joined", type = ServerMessage.Joined.class),
            @JsonbSubtype(alias = "left", type = ServerMessage.Left.class),
            @JsonbSubtype(alias = "history", type = ServerMessage.History.class),
            @JsonbSubtype(alias = "presence", type = ServerMessage.Presence.class),
            @JsonbSubtype(alias = "rooms", type = ServerMessage.Rooms.class),
            @JsonbSubtype(alias = "created", type = ServerMessage.Created.class),
            @JsonbSubtype(alias = "members", type = ServerMessage.Members.class),
            @JsonbSubtype(alias = "uploaded", type = ServerMessage.Uploaded.class),
            @JsonbSubtype(alias = "subscribed", type = ServerMessage.Subscribed.class),
            @JsonbSubtype(alias = "unsubscribed", type = ServerMessage.Unsubscribed.class),
            @JsonbSubtype(alias = "typing", type = ServerMessage.Typing.class),
            @JsonbSubtype(alias = "read", type = ServerMessage.Read.class),
            @JsonbSubtype(alias = "metric", type = ServerMessage.Metric.class),
            @JsonbSubtype(alias = "pong", type = ServerMessage.Pong.class),
            @JsonbSubtype(alias = "goodbye", type = ServerMessage.Goodbye.class)
        })
public sealed interface ServerMessage {
    <R> R accept(Visitor<R> visitor);

    /** One method for each type: a new type does not compile until every class that handles messages handles it. */
    interface Visitor<R> {
        R welcome(Welcome welcome);

        R ack(Ack ack);

        R error(Error error);

        R chat(Chat chat);

        R message(Message message);

        R notification(Notification notification);

        R joined(Joined joined);

        R left(Left left);

        R history(History history);

        R presence(Presence presence);

        R rooms(Rooms rooms);

        R created(Created created);

        R members(Members members);

        R uploaded(Uploaded uploaded);

        R subscribed(Subscribed subscribed);

        R unsubscribed(Unsubscribed unsubscribed);

        R typing(Typing typing);

        R read(Read read);

        R metric(Metric metric);

        R pong(Pong pong);

        R goodbye(Goodbye goodbye);
    }

    /**
     * A user or a guest, as others see it.
     *
     * @param guest the tag of a guest, which no two guests share; absent for a user
     */
    record Person(String username, Optional<String> guest) {
        public static Person user(String username) {
            return new Person(username, Optional.empty());
        }
    }

    /**
     * The sign-in succeeded.
     *
     * @param guest the tag of this guest; absent for a user
     * @param guestSecret for the {@code guestSecret} of a later {@code login}; only at a guest's first sign-in
     * @param session id of this session, for the {@code session} of a later {@code login}
     * @param protocol the protocol version, {@value #PROTOCOL}
     * @param expiresIn ms until the token expires; absent for guests
     * @param channels the channels that this session reads, by {@link Channel#wireKey()}
     */
    record Welcome(
            Optional<String> id,
            String username,
            Optional<String> guest,
            Optional<String> guestSecret,
            String session,
            List<String> roles,
            String protocol,
            Heartbeat heartbeat,
            Limits limits,
            OptionalLong expiresIn,
            Map<String, Opened> channels)
            implements ServerMessage {
        public static final String PROTOCOL = "parley.v1";

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.welcome(this);
        }

        /** Without the secret, so that it does not get into a log. */
        @Override
        public String toString() {
            return "Welcome[id=" + id + ", username=" + username + ", guest=" + guest + ", session=" + session
                    + ", roles=" + roles + ", channels=" + channels + "]";
        }
    }

    /** Intervals in ms: silence after which to send a ping, and the time to wait for its answer. */
    record Heartbeat(long interval, long timeout) {}

    /**
     * Limits: bytes of a frame and of a message, stored messages per second and in one burst. A rate of 0 means no
     * limit.
     *
     * @param binary bytes of the payload of a binary frame; 0 or absent if this session may send none
     */
    record Limits(int frame, int message, int rate, int burst, OptionalInt binary) {
        /** Rooms that one session may be in; the contract fixes this and the following ones. */
        public static final int ROOMS_MAX = 100;

        /** Metrics, or patterns of them, that one session may be subscribed to. */
        public static final int SUBSCRIPTIONS_MAX = 100;

        /** Metrics that a user may publish per second, where messages have a limit. */
        public static final int METRICS_PER_SECOND = 1_000;

        /** Queries per second of a user, such as {@code history}, where messages have a limit. */
        public static final int QUERIES_PER_SECOND = 10;

        /** Binary frames that a user may send to rooms per second, where messages have a limit. */
        public static final int BINARY_PER_SECOND = 100;

        /** Joins, leaves, subscriptions and changes of members per second of a user, where messages have a limit. */
        public static final int JOINS_PER_SECOND = 10;
    }

    /**
     * A channel from which a session now reads.
     *
     * @param position messages that follow have a greater seq
     * @param recovered whether all messages after the requested position follow; if not, reload with {@code history}
     * @param unread messages after the read mark that are still stored
     */
    record Opened(Position position, boolean recovered, long unread) {}

    /** A message was accepted. If it is a stored message, it is committed in this channel with this seq. */
    record Ack(
            Optional<String> id,
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            OptionalLong seq,
            Optional<String> sentAt)
            implements ServerMessage {
        /** For a message that is not stored. */
        public static Ack of(Optional<String> id) {
            return new Ack(
                    id, Optional.empty(), Optional.empty(), Optional.empty(), OptionalLong.empty(), Optional.empty());
        }

        public static Ack stored(String id, Channel channel, long seq, String sentAt) {
            return new Ack(
                    Optional.of(id),
                    channel.roomName(),
                    Target.flag(channel.isInbox()),
                    Target.flag(channel.isBroadcast()),
                    OptionalLong.of(seq),
                    Optional.of(sentAt));
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.ack(this);
        }
    }

    /**
     * A message was not accepted.
     *
     * @param code the wire name of an {@link ErrorCode}
     * @param message a sentence for people
     * @param retryAfter ms after which a retry may succeed
     */
    record Error(Optional<String> id, String code, String message, OptionalLong retryAfter) implements ServerMessage {
        public static Error of(Optional<String> id, ErrorCode code, String message) {
            return new Error(id, code.wireName(), message, OptionalLong.empty());
        }

        public static Error retryable(Optional<String> id, ErrorCode code, String message, long retryAfterMillis) {
            return new Error(id, code.wireName(), message, OptionalLong.of(retryAfterMillis));
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.error(this);
        }
    }

    /**
     * A message that is stored in a channel. The server sets {@code sender}, {@code guest}, {@code seq} and
     * {@code sentAt}. A sender is {@code sender} and {@code guest} together.
     */
    sealed interface Stored extends ServerMessage {
        long seq();

        String id();

        String sender();

        /** The tag of a sender that is a guest; absent for a user. */
        Optional<String> guest();

        /** The sender, to write back to. */
        default Person person() {
            return new Person(sender(), guest());
        }

        String content();

        String sentAt();
    }

    record Chat(
            String room,
            long seq,
            String id,
            String sender,
            Optional<String> guest,
            String content,
            String sentAt,
            Optional<Attachment> attachment)
            implements Stored {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.chat(this);
        }
    }

    /**
     * @param to the recipient; absent for an ordinary message to the lobby
     * @param toGuest the tag of a recipient that is a guest; absent for a user
     */
    record Message(
            Optional<String> room,
            Optional<Boolean> inbox,
            long seq,
            String id,
            String sender,
            Optional<String> guest,
            String content,
            String sentAt,
            Optional<String> to,
            Optional<String> toGuest)
            implements Stored {
        public static Message in(
                Channel channel,
                long seq,
                String id,
                String sender,
                Optional<String> guest,
                String content,
                String sentAt,
                Optional<String> to,
                Optional<String> toGuest) {
            return new Message(
                    channel.roomName(),
                    Target.flag(channel.isInbox()),
                    seq,
                    id,
                    sender,
                    guest,
                    content,
                    sentAt,
                    to,
                    toGuest);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.message(this);
        }
    }

    record Notification(
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            long seq,
            String id,
            String sender,
            Optional<String> guest,
            String content,
            String sentAt,
            Optional<String> title,
            Optional<String> level)
            implements Stored {
        public static Notification in(
                Channel channel,
                long seq,
                String id,
                String sender,
                Optional<String> guest,
                String content,
                String sentAt,
                Optional<String> title,
                Optional<String> level) {
            return new Notification(
                    channel.roomName(),
                    Target.flag(channel.isInbox()),
                    Target.flag(channel.isBroadcast()),
                    seq,
                    id,
                    sender,
                    guest,
                    content,
                    sentAt,
                    title,
                    level);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.notification(this);
        }
    }

    /**
     * A room was joined. Missed messages follow, then live ones.
     *
     * @param present the first 100 users and guests present, in alphabetical order
     * @param count number of users and guests present
     */
    record Joined(
            Optional<String> id, String room, Position position, boolean recovered, List<Person> present, int count)
            implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.joined(this);
        }
    }

    record Left(Optional<String> id, String room) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.left(this);
        }
    }

    /**
     * @param messages {@link Stored} messages in seq order; JSON Binding can only read a list of the annotated type
     * @param oldest seq of the oldest message still stored; head + 1 if there is none
     * @param more whether older messages than these are stored, or were not searched
     * @param searched of a {@code search}: seq of the oldest message that was looked at, the {@code before} of the next
     *     one
     */
    record History(
            Optional<String> id,
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            List<ServerMessage> messages,
            long oldest,
            boolean more,
            OptionalLong searched)
            implements ServerMessage {
        public static History of(
                Optional<String> id, Channel channel, List<Stored> messages, long oldest, boolean more) {
            return of(id, channel, messages, oldest, more, OptionalLong.empty());
        }

        /** The answer to a {@code search}. */
        public static History found(
                Optional<String> id, Channel channel, List<Stored> messages, long oldest, boolean more, long searched) {
            return of(id, channel, messages, oldest, more, OptionalLong.of(searched));
        }

        private static History of(
                Optional<String> id,
                Channel channel,
                List<Stored> messages,
                long oldest,
                boolean more,
                OptionalLong searched) {
            return new History(
                    id,
                    channel.roomName(),
                    Target.flag(channel.isInbox()),
                    Target.flag(channel.isBroadcast()),
                    List.copyOf(messages),
                    oldest,
                    more,
                    searched);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.history(this);
        }
    }

    /**
     * The users and guests present in a room: an answer has {@code present}, a change has {@code joined} and
     * {@code left} or only {@code count}.
     */
    record Presence(
            Optional<String> id,
            String room,
            Optional<List<Person>> present,
            Optional<List<Person>> joined,
            Optional<List<Person>> left,
            int count)
            implements ServerMessage {
        public static Presence answer(Optional<String> id, String room, List<Person> present, int count) {
            return new Presence(id, room, Optional.of(present), Optional.empty(), Optional.empty(), count);
        }

        public static Presence change(String room, List<Person> joined, List<Person> left, int count) {
            return new Presence(
                    Optional.empty(), room, Optional.empty(), Optional.of(joined), Optional.of(left), count);
        }

        public static Presence count(String room, int count) {
            return new Presence(Optional.empty(), room, Optional.empty(), Optional.empty(), Optional.empty(), count);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.presence(this);
        }
    }

    record Rooms(Optional<String> id, List<RoomEntry> rooms) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.rooms(this);
        }
    }

    /** @param joined whether this session has joined it */
    record RoomEntry(String room, boolean joined, long unread) {}

    /** @param room the full name of the private room */
    record Created(Optional<String> id, String room) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.created(this);
        }
    }

    /**
     * The members of a private room: who may read it, present or not.
     *
     * @param owner username of the member that lets others in and takes them out
     * @param members usernames, the owner's too; {@value ClientMessage.Create#MEMBERS_MAX} at most
     */
    record Members(Optional<String> id, String room, String owner, List<String> members) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.members(this);
        }
    }

    record Uploaded(Optional<String> id, Attachment attachment) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.uploaded(this);
        }
    }

    /**
     * @param metrics the last values of all metrics that match
     * @param message a sentence for people, where there is no value yet
     */
    record Subscribed(Optional<String> id, String metricId, List<Value> metrics, Optional<String> message)
            implements ServerMessage {
        public static Subscribed of(Optional<String> id, String metricId, List<Value> metrics) {
            return new Subscribed(id, metricId, metrics, Optional.empty());
        }

        /** Says that none of the metrics has a value yet. */
        public static Subscribed withoutValue(Optional<String> id, String metricId) {
            return new Subscribed(
                    id,
                    metricId,
                    List.of(),
                    Optional.of("No value of '" + Field.shown(metricId)
                            + "' has come to this server yet; you receive the values that come from now on."));
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.subscribed(this);
        }
    }

    /** The value of a metric in {@code subscribed}. */
    record Value(String metricId, double value, String at) {}

    record Unsubscribed(Optional<String> id, String metricId) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.unsubscribed(this);
        }
    }

    record Typing(String room, String username, Optional<String> guest) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.typing(this);
        }
    }

    /** The read mark of this user has moved to {@code seq}, perhaps from another device. */
    record Read(
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            String username,
            Optional<String> guest,
            long seq)
            implements ServerMessage {
        public static Read of(Channel channel, String username, Optional<String> guest, long seq) {
            return new Read(
                    channel.roomName(),
                    Target.flag(channel.isInbox()),
                    Target.flag(channel.isBroadcast()),
                    username,
                    guest,
                    seq);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.read(this);
        }
    }

    record Metric(String metricId, double value, String at) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.metric(this);
        }
    }

    record Pong(Optional<String> id) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.pong(this);
        }
    }

    /** @param reconnectAfter delay before the reconnect in ms, different for each client */
    record Goodbye(String reason, long reconnectAfter) implements ServerMessage {
        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.goodbye(this);
        }
    }
}
