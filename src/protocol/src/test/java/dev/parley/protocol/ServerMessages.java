package dev.parley.protocol;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The records that must encode to the messages with the same names in {@code vectors/server.json}. */
final class ServerMessages {
    private static final Optional<String> ID = Optional.of("a1");
    private static final Optional<String> TAG = Optional.of("k3f9");
    private static final String TIME = "2026-01-31T12:00:00.000Z";
    private static final Channel INBOX = new Channel.Inbox(UserKey.user("anna"));
    private static final Channel LOBBY = Channel.Room.LOBBY;
    private static final Channel BROADCAST = Channel.Broadcast.INSTANCE;
    private static final ServerMessage.Person GUEST = new ServerMessage.Person("anna", TAG);
    private static final Position POSITION = new Position("e1", 41);
    private static final Attachment ATTACHMENT = new Attachment("f1", "cat.png", "image/png", 2048, "files/f1");
    private static final ServerMessage.Heartbeat HEARTBEAT = new ServerMessage.Heartbeat(30_000, 10_000);
    private static final ServerMessage.Limits LIMITS =
            new ServerMessage.Limits(65_536, 1_048_576, 20, 60, OptionalInt.of(32_768));

    static final Map<String, ServerMessage> BY_NAME = Map.ofEntries(
            entry(
                    "welcome",
                    new ServerMessage.Welcome(
                            ID,
                            "anna",
                            Optional.empty(),
                            Optional.empty(),
                            "s1",
                            List.of("user", "notify"),
                            ServerMessage.Welcome.PROTOCOL,
                            HEARTBEAT,
                            LIMITS,
                            OptionalLong.of(3_600_000),
                            Map.of(
                                    "room:lobby",
                                    new ServerMessage.Opened(POSITION, true, 2),
                                    "inbox",
                                    new ServerMessage.Opened(new Position("e2", 0), false, 0)))),
            entry("welcome of a guest", welcomeOfGuest(Optional.empty())),
            entry("welcome of a new guest", welcomeOfGuest(Optional.of("c2VjcmV0"))),
            entry("ack of what is not stored", ServerMessage.Ack.of(ID)),
            entry("ack in a room", ServerMessage.Ack.stored("a1", LOBBY, 42, TIME)),
            entry("ack in an inbox", ServerMessage.Ack.stored("a1", INBOX, 42, TIME)),
            entry("ack of a broadcast", ServerMessage.Ack.stored("a1", BROADCAST, 42, TIME)),
            entry("error that is final", ServerMessage.Error.of(ID, ErrorCode.NO_SUCH_ROOM, "There is no room x.")),
            entry(
                    "error that is retryable",
                    ServerMessage.Error.retryable(ID, ErrorCode.RATE_LIMITED, "Too fast.", 1500)),
            entry(
                    "error without id",
                    ServerMessage.Error.of(Optional.empty(), ErrorCode.BAD_JSON, "This is not JSON.")),
            entry("chat", chat(Optional.empty())),
            entry("chat with an attachment", chat(Optional.of(ATTACHMENT))),
            entry(
                    "chat of a guest",
                    new ServerMessage.Chat("lobby", 42, "m1", "anna", TAG, "Hello", TIME, Optional.empty())),
            entry(
                    "message between guests",
                    ServerMessage.Message.in(
                            INBOX, 42, "m1", "anna", TAG, "Hello", TIME, Optional.of("bert"), Optional.of("x7m2p"))),
            entry("message in an inbox", message(INBOX, Optional.of("bert"))),
            entry("message in the lobby", message(LOBBY, Optional.empty())),
            entry(
                    "notification to everyone",
                    notification(BROADCAST, 42, Optional.of("Lunch"), Optional.of("critical"))),
            entry("notification to a room", notification(LOBBY, 42, Optional.empty(), Optional.empty())),
            entry("notification to one user", notification(INBOX, 42, Optional.empty(), Optional.of("info"))),
            entry(
                    "joined",
                    new ServerMessage.Joined(
                            ID, "lobby", POSITION, true, List.of(ServerMessage.Person.user("anna"), GUEST), 2)),
            entry("left", new ServerMessage.Left(ID, "lobby")),
            entry(
                    "history of a room",
                    ServerMessage.History.of(
                            ID,
                            LOBBY,
                            List.of(
                                    chat(Optional.empty()),
                                    notification(LOBBY, 43, Optional.empty(), Optional.empty())),
                            1,
                            true)),
            entry("history of an empty inbox", ServerMessage.History.of(ID, INBOX, List.of(), 1, false)),
            entry(
                    "history that a search found",
                    ServerMessage.History.found(ID, LOBBY, List.of(chat(Optional.empty())), 1, true, 7)),
            entry(
                    "history of broadcasts",
                    ServerMessage.History.of(
                            ID,
                            BROADCAST,
                            List.of(notification(BROADCAST, 42, Optional.empty(), Optional.empty())),
                            42,
                            false)),
            entry(
                    "presence asked for",
                    ServerMessage.Presence.answer(ID, "lobby", List.of(ServerMessage.Person.user("anna")), 1)),
            entry("presence that changed", ServerMessage.Presence.change("lobby", List.of(GUEST), List.of(), 2)),
            entry("presence in a large room", ServerMessage.Presence.count("lobby", 201)),
            entry(
                    "rooms",
                    new ServerMessage.Rooms(
                            ID,
                            List.of(
                                    new ServerMessage.RoomEntry("lobby", true, 3),
                                    new ServerMessage.RoomEntry("_plans-x1", false, 0)))),
            entry("created", new ServerMessage.Created(ID, "_plans-x1")),
            entry("members", new ServerMessage.Members(ID, "_plans-x1", "anna", List.of("anna", "Bert"))),
            entry("uploaded", new ServerMessage.Uploaded(ID, ATTACHMENT)),
            entry(
                    "subscribed",
                    ServerMessage.Subscribed.of(ID, "cpu.*", List.of(new ServerMessage.Value("cpu.load", 0.75, TIME)))),
            entry("subscribed to a metric without a value", ServerMessage.Subscribed.withoutValue(ID, "cpu.*")),
            entry("unsubscribed", new ServerMessage.Unsubscribed(ID, "cpu.*")),
            entry("typing", new ServerMessage.Typing("lobby", "anna", Optional.empty())),
            entry("typing of a guest", new ServerMessage.Typing("lobby", "anna", TAG)),
            entry("read of a room", ServerMessage.Read.of(LOBBY, "anna", Optional.empty(), 42)),
            entry("read of the inbox", ServerMessage.Read.of(INBOX, "anna", Optional.empty(), 42)),
            entry("read of a guest", ServerMessage.Read.of(INBOX, "anna", TAG, 42)),
            entry("read of broadcasts", ServerMessage.Read.of(BROADCAST, "anna", Optional.empty(), 42)),
            entry("metric", new ServerMessage.Metric("cpu.load", 0.75, TIME)),
            entry("pong", new ServerMessage.Pong(ID)),
            entry("pong without id", new ServerMessage.Pong(Optional.empty())),
            entry("goodbye", new ServerMessage.Goodbye("The server restarts.", 1500)));

    private ServerMessages() {}

    private static ServerMessage.Welcome welcomeOfGuest(Optional<String> secret) {
        return new ServerMessage.Welcome(
                Optional.empty(),
                "anna",
                TAG,
                secret,
                "s1",
                List.of(),
                ServerMessage.Welcome.PROTOCOL,
                HEARTBEAT,
                LIMITS,
                OptionalLong.empty(),
                Map.of());
    }

    private static ServerMessage.Stored chat(Optional<Attachment> attachment) {
        return new ServerMessage.Chat("lobby", 42, "m1", "anna", Optional.empty(), "Hello", TIME, attachment);
    }

    private static ServerMessage.Stored message(Channel channel, Optional<String> to) {
        return ServerMessage.Message.in(
                channel, 42, "m1", "anna", Optional.empty(), "Hello", TIME, to, Optional.empty());
    }

    private static ServerMessage.Stored notification(
            Channel channel, long seq, Optional<String> title, Optional<String> level) {
        return ServerMessage.Notification.in(channel, seq, "m1", "anna", Optional.empty(), "Hello", TIME, title, level);
    }
}
