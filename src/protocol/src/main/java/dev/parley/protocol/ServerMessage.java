package dev.parley.protocol;

import jakarta.json.bind.annotation.JsonbSubtype;
import jakarta.json.bind.annotation.JsonbTypeInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the server says to a client. An answer repeats the {@code id} of what it answers. Timestamps ({@code sentAt},
 * {@code at}) are ISO 8601 in UTC with milliseconds, written by {@link Timestamp}; they are for people, order is
 * {@code seq}.
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
    /**
     * Signed in.
     *
     * @param session this connection's name, for the {@code session} of a later {@code login}
     * @param protocol the version of the contract, {@value #PROTOCOL}
     * @param expiresIn ms until the credential runs out; absent for guests
     * @param channels where this session reads from, by {@link Channel#wireKey()}
     */
    record Welcome(
            Optional<String> id,
            String username,
            String session,
            List<String> roles,
            String protocol,
            Heartbeat heartbeat,
            Limits limits,
            OptionalLong expiresIn,
            Map<String, Opened> channels)
            implements ServerMessage {
        public static final String PROTOCOL = "parley.v1";
    }

    /** Both in ms: silence after which to ask for a sign of life, and the time that the answer may take. */
    record Heartbeat(long interval, long timeout) {}

    /** Bytes of a frame and of a message, stored messages a second and in one burst; a rate of 0 is no limit. */
    record Limits(int frame, int message, int rate, int burst) {
        /** Rooms that one session may be in; the contract fixes this and the following ones. */
        public static final int ROOMS_MAX = 100;

        /** Metrics, or patterns of them, that one session may be subscribed to. */
        public static final int SUBSCRIPTIONS_MAX = 100;

        /** Metrics that a user may publish per second, where messages have a limit. */
        public static final int METRICS_PER_SECOND = 1_000;

        /** Queries per second of a user, such as {@code history}, where messages have a limit. */
        public static final int QUERIES_PER_SECOND = 10;

        /** Joins, leaves, subscriptions and changes of members per second of a user, where messages have a limit. */
        public static final int JOINS_PER_SECOND = 10;
    }

    /**
     * A channel from which a session now reads.
     *
     * @param position what follows has a greater seq
     * @param recovered whether the position asked for could be served; if not, reload by {@code history}
     * @param unread messages after the read mark that are still stored
     */
    record Opened(Position position, boolean recovered, long unread) {}

    /** Accepted; of a stored message: committed, at this place of this channel. */
    record Ack(
            Optional<String> id,
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            OptionalLong seq,
            Optional<String> sentAt)
            implements ServerMessage {
        /** For what is not stored. */
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
    }

    /**
     * Not accepted.
     *
     * @param code an {@link ErrorCode} on the wire
     * @param message a sentence for people
     * @param retryAfter ms
     */
    record Error(Optional<String> id, String code, String message, OptionalLong retryAfter) implements ServerMessage {
        public static Error of(Optional<String> id, ErrorCode code, String message) {
            return new Error(id, code.wireName(), message, OptionalLong.empty());
        }

        public static Error retryable(Optional<String> id, ErrorCode code, String message, long retryAfterMillis) {
            return new Error(id, code.wireName(), message, OptionalLong.of(retryAfterMillis));
        }
    }

    /** A message that has its place in a channel. {@code sender}, {@code seq} and {@code sentAt} are the server's. */
    sealed interface Stored extends ServerMessage {
        long seq();

        String id();

        String sender();

        String content();

        String sentAt();
    }

    record Chat(
            String room,
            long seq,
            String id,
            String sender,
            String content,
            String sentAt,
            Optional<Attachment> attachment)
            implements Stored {}

    /** @param to the user it went to; absent for an ordinary message to the lobby */
    record Message(
            Optional<String> room,
            Optional<Boolean> inbox,
            long seq,
            String id,
            String sender,
            String content,
            String sentAt,
            Optional<String> to)
            implements Stored {
        public static Message in(
                Channel channel,
                long seq,
                String id,
                String sender,
                String content,
                String sentAt,
                Optional<String> to) {
            return new Message(
                    channel.roomName(), Target.flag(channel.isInbox()), seq, id, sender, content, sentAt, to);
        }
    }

    record Notification(
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            long seq,
            String id,
            String sender,
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
                    content,
                    sentAt,
                    title,
                    level);
        }
    }

    /**
     * In the room; what was missed follows, then what is live.
     *
     * @param present the first 100 user names, in alphabetical order
     * @param count of users
     */
    record Joined(
            Optional<String> id, String room, Position position, boolean recovered, List<String> present, int count)
            implements ServerMessage {}

    record Left(Optional<String> id, String room) implements ServerMessage {}

    /**
     * @param messages {@link Stored} ones in seq order; JSON Binding reads a list of the annotated type only
     * @param oldest seq of the oldest message still stored; head + 1 where none is
     * @param more whether older messages than these are stored
     */
    record History(
            Optional<String> id,
            Optional<String> room,
            Optional<Boolean> inbox,
            Optional<Boolean> broadcast,
            List<ServerMessage> messages,
            long oldest,
            boolean more)
            implements ServerMessage {
        public static History of(
                Optional<String> id, Channel channel, List<Stored> messages, long oldest, boolean more) {
            return new History(
                    id,
                    channel.roomName(),
                    Target.flag(channel.isInbox()),
                    Target.flag(channel.isBroadcast()),
                    List.copyOf(messages),
                    oldest,
                    more);
        }
    }

    /** Who is in a room: the answer with {@code members}, a change with {@code joined} and {@code left}. */
    record Presence(
            Optional<String> id,
            String room,
            Optional<List<String>> present,
            Optional<List<String>> joined,
            Optional<List<String>> left,
            int count)
            implements ServerMessage {
        public static Presence answer(Optional<String> id, String room, List<String> present, int count) {
            return new Presence(id, room, Optional.of(present), Optional.empty(), Optional.empty(), count);
        }

        public static Presence change(String room, List<String> joined, List<String> left, int count) {
            return new Presence(
                    Optional.empty(), room, Optional.empty(), Optional.of(joined), Optional.of(left), count);
        }

        public static Presence count(String room, int count) {
            return new Presence(Optional.empty(), room, Optional.empty(), Optional.empty(), Optional.empty(), count);
        }
    }

    record Rooms(Optional<String> id, List<RoomEntry> rooms) implements ServerMessage {}

    /** @param joined whether this session is in it */
    record RoomEntry(String room, boolean joined, long unread) {}

    /** @param room the full name of the private room */
    record Created(Optional<String> id, String room) implements ServerMessage {}

    record Uploaded(Optional<String> id, Attachment attachment) implements ServerMessage {}

    /** @param metrics the last values of all that match now */
    record Subscribed(Optional<String> id, String metricId, List<Value> metrics) implements ServerMessage {}

    /** A metric inside {@code subscribed}. */
    record Value(String metricId, double value, String at) {}

    record Unsubscribed(Optional<String> id, String metricId) implements ServerMessage {}

    record Typing(String room, String username) implements ServerMessage {}

    /** This user has read up to {@code seq}, perhaps on another device. */
    record Read(Optional<String> room, Optional<Boolean> inbox, Optional<Boolean> broadcast, String username, long seq)
            implements ServerMessage {
        public static Read of(Channel channel, String username, long seq) {
            return new Read(
                    channel.roomName(),
                    Target.flag(channel.isInbox()),
                    Target.flag(channel.isBroadcast()),
                    username,
                    seq);
        }
    }

    record Metric(String metricId, double value, String at) implements ServerMessage {}

    record Pong(Optional<String> id) implements ServerMessage {}

    /** @param reconnectAfter ms, different for each client */
    record Goodbye(String reason, long reconnectAfter) implements ServerMessage {}
}
