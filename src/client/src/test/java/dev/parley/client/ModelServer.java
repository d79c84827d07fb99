package dev.parley.client;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The contract in a hundred lines: one room, one reader, whose connection may break at any moment. */
final class ModelServer {
    private static final String TIME = "2026-01-31T12:00:00.000Z";

    final List<String> log = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
    private Optional<ScriptedTransport> line = Optional.empty();
    private boolean isWelcome;
    private long cursor;
    private Optional<String> held = Optional.empty();

    void accepts(ScriptedTransport fresh) {
        line = Optional.of(fresh);
        isWelcome = false;
        held = Optional.empty();
    }

    boolean hasLine() {
        return line.filter(present -> !present.isClosed).isPresent();
    }

    ScriptedTransport line() {
        return line.orElseThrow();
    }

    void breaks() {
        line.ifPresent(broken -> broken.closes(1006));
        line = Optional.empty();
    }

    /** Handles the next message that came. @param isAway whether the store is, so that messages are refused for now */
    boolean handlesNext(boolean isAway) {
        if (!hasLine() || line().written().isEmpty()) {
            return false;
        }
        ClientMessage message = line().take(ClientMessage.class);
        if (message instanceof ClientMessage.Login login) {
            Optional<Position> asked = Optional.ofNullable(login.positions().get("room:lobby"));
            cursor = asked.map(Position::seq).orElse(0L);
            isWelcome = true;
            line().says(new ServerMessage.Welcome(
                    login.id(),
                    "anna",
                    "s",
                    List.of(),
                    ServerMessage.Welcome.PROTOCOL,
                    new ServerMessage.Heartbeat(30_000, 10_000),
                    new ServerMessage.Limits(65_536, 1_048_576, 0, 1),
                    OptionalLong.empty(),
                    Map.of("room:lobby", new ServerMessage.Opened(new Position("e", cursor), asked.isPresent(), 0))));
        } else if (message instanceof ClientMessage.Join join) {
            cursor = join.position().orElseThrow().seq();
            line().says(new ServerMessage.Joined(join.id(), "lobby", new Position("e", cursor), true, List.of(), 1));
        } else if (message instanceof ClientMessage.Chat chat) {
            takes(chat, isAway);
        } else {
            line().says(new ServerMessage.Pong(message.id()));
        }
        return true;
    }

    private void takes(ClientMessage.Chat chat, boolean isAway) {
        String id = chat.id().orElseThrow();
        boolean waits = held.isPresent() && !held.get().equals(id);
        if (waits || isAway) {
            held = held.or(() -> Optional.of(id));
            line().refuses(chat, "store_unavailable", 100);
            return;
        }
        held = Optional.empty();
        if (ids.add(id)) {
            log.add(chat.content());
        }
        line().acks(chat);
    }

    /** Sends the reader the next message of the log. */
    boolean deliversNext() {
        if (!hasLine() || !isWelcome || cursor >= log.size()) {
            return false;
        }
        cursor++;
        delivers(cursor);
        return true;
    }

    void deliversAgain() {
        if (hasLine() && isWelcome && cursor > 0) {
            delivers(cursor);
        }
    }

    /** Loses a message on its way. */
    void skips() {
        if (isWelcome && cursor < log.size()) {
            cursor++;
        }
    }

    private void delivers(long seq) {
        line().says(new ServerMessage.Chat(
                "lobby", seq, "i" + seq, "bert", log.get((int) seq - 1), TIME, Optional.empty()));
    }
}
