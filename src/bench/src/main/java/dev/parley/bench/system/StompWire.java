package dev.parley.bench.system;

import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Marker;
import dev.parley.bench.load.Turn;
import dev.parley.bench.load.Upgrade;
import java.util.Map;
import java.util.Optional;

/**
 * STOMP 1.2 over WebSocket, as Spring's simple broker speaks it. Heartbeats are off. The broker confirms no
 * subscription, so a reader is ready once it has asked; a load begins with messages that show that all readers get
 * them.
 */
public record StompWire() implements Wire {
    private static final Upgrade UPGRADE = new Upgrade("/stomp", Map.of("Sec-WebSocket-Protocol", "v12.stomp"));
    private static final String CONNECT = "CONNECT\naccept-version:1.2\nhost:127.0.0.1\nheart-beat:0,0\n\n\0";

    @Override
    public Dialog reader(String name, String room) {
        return new StompDialog(Optional.of(room));
    }

    @Override
    public Dialog sender(String name) {
        return new StompDialog(Optional.empty());
    }

    /** Straight to the broker: no controller of the application is called. */
    @Override
    public String message(String room, long number) {
        return "SEND\ndestination:/topic/" + room + "\ncontent-type:text/plain\n\n" + Marker.content(number) + "\0";
    }

    private record StompDialog(Optional<String> room) implements Dialog {
        @Override
        public Upgrade upgrade() {
            return UPGRADE;
        }

        @Override
        public Turn opened() {
            return Turn.say(CONNECT);
        }

        @Override
        public Turn heard(String frame) {
            if (!frame.startsWith("CONNECTED")) {
                return Turn.LISTEN;
            }
            return new Turn(
                    room.map(name -> "SUBSCRIBE\nid:0\ndestination:/topic/" + name + "\n\n\0").stream()
                            .toList(),
                    true);
        }
    }
}
