package dev.parley.bench.system;

import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Marker;
import dev.parley.bench.load.Turn;
import dev.parley.bench.load.Upgrade;
import java.util.Map;

/**
 * The plain broadcast server of {@code peers/node/ws.js}: the path names the room to read, and a text is {@code ROOM
 * CONTENT}, of which the readers of the room get {@code CONTENT}.
 */
public record PlainWire() implements Wire {
    @Override
    public Dialog reader(String name, String room) {
        return new PlainDialog("/" + room);
    }

    @Override
    public Dialog sender(String name) {
        return new PlainDialog("/");
    }

    @Override
    public String message(String room, long number) {
        return room + " " + Marker.content(number);
    }

    private record PlainDialog(String path) implements Dialog {
        @Override
        public Upgrade upgrade() {
            return new Upgrade(path, Map.of());
        }

        @Override
        public Turn opened() {
            return Turn.READY;
        }

        @Override
        public Turn heard(String frame) {
            return Turn.LISTEN;
        }
    }
}
