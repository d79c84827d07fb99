package dev.parley.application;

import dev.parley.client.internal.transport.RawServer;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A server that reads the messages of a client one by one, and answers as the test says. */
final class TalkingServer implements AutoCloseable {
    static final String EPOCH = "e";

    private static final String TIME = "2026-01-31T12:00:00.000Z";

    private final RawServer server = new RawServer();

    URI uri() {
        return server.uri();
    }

    /** Signs the next connection in. Opens the lobby, and recovers the positions of the login. */
    Connection signIn() {
        Connection connection = accept();
        connection.welcome(connection.recovered());
        return connection;
    }

    /** Accepts the next connection and reads its login. */
    Connection accept() {
        return new Connection(server.upgraded());
    }

    @Override
    public void close() {
        server.close();
    }

    static Position at(long seq) {
        return new Position(EPOCH, seq);
    }

    /** One connection of the client. */
    static final class Connection implements AutoCloseable {
        private final RawServer.Peer peer;
        private final Deque<ClientMessage> read = new ArrayDeque<>();
        private final ClientMessage.Login login;

        private Connection(RawServer.Peer peer) {
            this.peer = peer;
            this.login = next(ClientMessage.Login.class);
        }

        /** The request line and headers of the handshake. */
        String handshake() {
            return peer.head();
        }

        ClientMessage.Login login() {
            return login;
        }

        /** The lobby at its head, and the rooms of the login at their positions. */
        Map<String, ServerMessage.Opened> recovered() {
            Map<String, ServerMessage.Opened> channels = new HashMap<>();
            channels.put(Channel.Room.LOBBY.wireKey(), new ServerMessage.Opened(at(10), false, 0));
            login.positions()
                    .forEach((key, position) -> channels.put(key, new ServerMessage.Opened(position, true, 0)));
            return channels;
        }

        void welcome(Map<String, ServerMessage.Opened> channels) {
            says(new ServerMessage.Welcome(
                    login.id(),
                    "anna",
                    Optional.empty(),
                    Optional.empty(),
                    "s1",
                    List.of("user"),
                    ServerMessage.Welcome.PROTOCOL,
                    new ServerMessage.Heartbeat(30_000, 10_000),
                    new ServerMessage.Limits(65_536, 1_048_576, 0, 1, OptionalInt.empty()),
                    OptionalLong.empty(),
                    channels));
        }

        /** The next message, which must be of this type. */
        <T extends ClientMessage> T next(Class<T> type) {
            while (read.isEmpty()) {
                for (Decoded decoded : MessageCodec.decode(peer.readText())) {
                    read.add(((Decoded.Valid) decoded).message());
                }
            }
            return type.cast(read.remove());
        }

        void says(ServerMessage message) {
            peer.text(MessageCodec.encode(message));
        }

        void acks(ClientMessage message, long seq) {
            says(ServerMessage.Ack.stored(message.id().orElseThrow(), Channel.Room.LOBBY, seq, TIME));
        }

        void joined(ClientMessage.Join join, Position position, boolean recovered) {
            says(new ServerMessage.Joined(join.id(), join.room(), position, recovered, List.of(), 1));
        }

        void refuses(ClientMessage message, String code) {
            says(new ServerMessage.Error(message.id(), code, "Because.", OptionalLong.empty()));
        }

        void chat(String room, long seq) {
            says(new ServerMessage.Chat(
                    room, seq, "i" + seq, "bert", Optional.empty(), room + " " + seq, TIME, Optional.empty()));
        }

        void binary(byte[] bytes) {
            peer.frame(RawServer.FIN | RawServer.BINARY, bytes);
        }

        void closes(int code) {
            peer.closeFrame(code);
        }

        @Override
        public void close() {
            peer.close();
        }
    }
}
