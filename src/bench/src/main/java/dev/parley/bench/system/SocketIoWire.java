package dev.parley.bench.system;

import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Marker;
import dev.parley.bench.load.Turn;
import dev.parley.bench.load.Upgrade;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Socket.IO 4 over WebSocket: packets of Engine.IO ({@code 0} open, {@code 2} ping, {@code 3} pong, {@code 4} message),
 * and in a message those of Socket.IO ({@code 0} connect, {@code 2} event, {@code 3} ack).
 */
public record SocketIoWire() implements Wire {
    private static final Upgrade UPGRADE = new Upgrade("/socket.io/?EIO=4&transport=websocket", Map.of());
    private static final Turn PONG = Turn.say("3");

    @Override
    public Dialog reader(String name, String room) {
        return new SocketIoDialog(Optional.of(room), false);
    }

    @Override
    public Dialog returningReader(String name, String room) {
        return new SocketIoDialog(Optional.of(room), true);
    }

    @Override
    public Dialog sender(String name) {
        return new SocketIoDialog(Optional.empty(), false);
    }

    @Override
    public String message(String room, long number) {
        return "42[\"say\",\"" + room + "\",\"" + Marker.content(number) + "\"]";
    }

    /**
     * A client that joins a room by an event, which the server acknowledges. With connection state recovery it comes
     * back by its private id and the offset of the last event that it received, as the JavaScript client does, and
     * joins again only if the server does not know it any more. Confined to the loop.
     */
    private static final class SocketIoDialog implements Dialog {
        private static final Pattern PRIVATE_ID = Pattern.compile("\"pid\":\"([^\"]+)\"");
        /** The last argument of an event, behind the content. */
        private static final Pattern OFFSET = Pattern.compile(",\"([^\"]+)\"\\]$");

        private final Optional<String> room;
        private final boolean isTracking;
        private Optional<String> privateId = Optional.empty();
        private Optional<String> offset = Optional.empty();

        private SocketIoDialog(Optional<String> room, boolean isTracking) {
            this.room = room;
            this.isTracking = isTracking;
        }

        @Override
        public Upgrade upgrade() {
            return UPGRADE;
        }

        @Override
        public Turn opened() {
            return Turn.LISTEN;
        }

        @Override
        public Turn heard(String frame) {
            if (frame.equals("2")) {
                return PONG;
            }
            if (frame.startsWith("0{")) {
                return Turn.say(
                        privateId.isPresent() && offset.isPresent()
                                ? "40{\"pid\":\"" + privateId.get() + "\",\"offset\":\"" + offset.get() + "\"}"
                                : "40");
            }
            if (frame.startsWith("40")) {
                return connected(frame);
            }
            return frame.startsWith("431") ? Turn.READY : Turn.LISTEN;
        }

        private Turn connected(String frame) {
            Optional<String> before = privateId;
            Matcher id = PRIVATE_ID.matcher(frame);
            privateId = isTracking && id.find() ? Optional.of(id.group(1)) : Optional.empty();
            boolean isRecovered = privateId.isPresent() && privateId.equals(before);
            if (room.isEmpty() || isRecovered) {
                return Turn.READY;
            }
            return Turn.say("421[\"join\",\"" + room.get() + "\"]");
        }

        @Override
        public boolean isTracking() {
            return isTracking;
        }

        @Override
        public void delivered(String frame) {
            Matcher last = OFFSET.matcher(frame);
            if (last.find()) {
                offset = Optional.of(last.group(1));
            }
        }
    }
}
