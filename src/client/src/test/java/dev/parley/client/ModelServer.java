package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** A model of the server: one room and one reader, whose connection may break at any time. */
final class ModelServer {
    private static final String TIME = "2026-01-31T12:00:00.000Z";

    final List<String> log = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
    private Optional<ScriptedTransport> transport = Optional.empty();
    private boolean isWelcome;
    private long cursor;
    private Optional<String> held = Optional.empty();

    void accepts(ScriptedTransport fresh) {
        transport = Optional.of(fresh);
        isWelcome = false;
        held = Optional.empty();
    }

    boolean hasTransport() {
        return transport.filter(present -> !present.isClosed).isPresent();
    }

    ScriptedTransport transport() {
        return transport.orElseThrow();
    }

    void breaks() {
        transport.ifPresent(broken -> broken.closes(1006));
        transport = Optional.empty();
    }

    /**
     * Handles the next message of the client.
     *
     * @param isAway whether the store is unavailable, so that messages get a retryable error
     */
    boolean handlesNext(boolean isAway) {
        if (!hasTransport() || transport().written().isEmpty()) {
            return false;
        }
        ClientMessage message = transport().take(ClientMessage.class);
        if (message instanceof ClientMessage.Login login) {
            Optional<Position> asked = Optional.ofNullable(login.positions().get("room:lobby"));
            cursor = asked.map(Position::seq).orElse(0L);
            isWelcome = true;
            transport()
                    .says(new ServerMessage.Welcome(
                            login.id(),
                            "anna",
                            Optional.empty(),
                            Optional.empty(),
                            "s",
                            List.of(),
                            ServerMessage.Welcome.PROTOCOL,
                            new ServerMessage.Heartbeat(30_000, 10_000),
                            new ServerMessage.Limits(65_536, 1_048_576, 0, 1, OptionalInt.empty()),
                            OptionalLong.empty(),
                            Map.of(
                                    "room:lobby",
                                    new ServerMessage.Opened(new Position("e", cursor), asked.isPresent(), 0))));
        } else if (message instanceof ClientMessage.Join join) {
            cursor = join.position().orElseThrow().seq();
            transport()
                    .says(new ServerMessage.Joined(join.id(), "lobby", new Position("e", cursor), true, List.of(), 1));
        } else if (message instanceof ClientMessage.Chat chat) {
            takes(chat, isAway);
        } else {
            transport().says(new ServerMessage.Pong(message.id()));
        }
        return true;
    }

    private void takes(ClientMessage.Chat chat, boolean isAway) {
        String id = chat.id().orElseThrow();
        boolean waits = held.isPresent() && !held.get().equals(id);
        if (waits || isAway) {
            held = held.or(() -> Optional.of(id));
            transport().refuses(chat, "store_unavailable", 100);
            return;
        }
        held = Optional.empty();
        if (ids.add(id)) {
            log.add(chat.content());
        }
        transport().acks(chat);
    }

    /** Sends the reader the next message of the log. */
    boolean deliversNext() {
        if (!hasTransport() || !isWelcome || cursor >= log.size()) {
            return false;
        }
        cursor++;
        delivers(cursor);
        return true;
    }

    void deliversAgain() {
        if (hasTransport() && isWelcome && cursor > 0) {
            delivers(cursor);
        }
    }

    /** Drops the next message instead of delivering it. */
    void skips() {
        if (isWelcome && cursor < log.size()) {
            cursor++;
        }
    }

    private void delivers(long seq) {
        transport()
                .says(new ServerMessage.Chat(
                        "lobby",
                        seq,
                        "i" + seq,
                        "bert",
                        Optional.empty(),
                        log.get((int) seq - 1),
                        TIME,
                        Optional.empty()));
    }
}
