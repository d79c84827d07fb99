package dev.parley.bench.system;

import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Marker;
import dev.parley.bench.load.Turn;
import dev.parley.bench.load.Upgrade;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parley, see {@code src/docs/protocol.md}.
 *
 * @param isBatched whether a frame may hold several messages (subprotocol {@code parley.v1}); otherwise one each
 * @param credential how clients sign in
 */
public record ParleyWire(boolean isBatched, Credential credential) implements Wire {
    /** How a client says who it is. */
    public enum Credential {
        /** By a name alone, in the {@code login}. */
        GUEST,
        /** By a JWT in the handshake. */
        TOKEN
    }

    /** Guests, several messages in a frame. */
    public static final ParleyWire BATCHES = new ParleyWire(true, Credential.GUEST);

    /** The same wire with users who have a token. */
    public ParleyWire withTokens() {
        return new ParleyWire(isBatched, Credential.TOKEN);
    }

    @Override
    public ParleyDialog reader(String name, String room) {
        return new ParleyDialog(name, Optional.of(room), false);
    }

    @Override
    public ParleyDialog returningReader(String name, String room) {
        return new ParleyDialog(name, Optional.of(room), true);
    }

    /** A client that reads nothing but the lobby, in which everybody is. */
    @Override
    public ParleyDialog sender(String name) {
        return new ParleyDialog(name, Optional.empty(), false);
    }

    /** With an id, as the clients of Parley send it: the server looks for a duplicate, and acknowledges by the id. */
    @Override
    public String message(String room, long number) {
        return chat(room, "m" + Marker.ID.of(number), Marker.content(number));
    }

    /** The text of a chat. */
    public static String chat(String room, String id, String content) {
        return "{\"type\":\"chat\",\"room\":\"" + room + "\",\"id\":\"" + id + "\",\"content\":\"" + content + "\"}";
    }

    /**
     * A client that comes back with its position, as a client of Parley does: the server sends what it missed. Confined
     * to the loop.
     */
    public final class ParleyDialog implements Dialog {
        private static final Pattern EPOCH = Pattern.compile("\"epoch\":\"([^\"]+)\"");
        private static final Pattern SEQ = Pattern.compile("\"seq\":(\\d+)");
        private static final Pattern RECONNECT_AFTER = Pattern.compile("\"reconnectAfter\":(\\d+)");

        private final String name;
        private final Optional<String> room;
        private final Optional<String> token;
        private final boolean isTracking;
        private Optional<String> epoch = Optional.empty();
        private long seq;
        private int unrecovered;
        private Optional<Duration> reconnectDelay = Optional.empty();

        private ParleyDialog(String name, Optional<String> room, boolean isTracking) {
            this.name = name;
            this.room = room;
            this.isTracking = isTracking;
            this.token = credential == Credential.TOKEN ? Optional.of(Tokens.of(name)) : Optional.empty();
        }

        @Override
        public Upgrade upgrade() {
            Map<String, String> headers = new HashMap<>();
            if (isBatched) {
                headers.put("Sec-WebSocket-Protocol", "parley.v1");
            }
            token.ifPresent(value -> headers.put("Authorization", "Bearer " + value));
            return new Upgrade("/chat", headers);
        }

        @Override
        public Turn opened() {
            String who = token.isPresent() ? "" : ",\"username\":\"" + name + "\"";
            String from = epoch.filter(value -> isTracking)
                    .map(value -> ",\"positions\":{\"room:" + room.orElseThrow() + "\":{\"epoch\":\"" + value
                            + "\",\"seq\":" + seq + "}}")
                    .orElse("");
            return Turn.say("{\"type\":\"login\"" + who + from + "}");
        }

        @Override
        public Turn heard(String frame) {
            if (frame.contains("\"type\":\"goodbye\"")) {
                Matcher delay = RECONNECT_AFTER.matcher(frame);
                reconnectDelay = delay.find()
                        ? Optional.of(Duration.ofMillis(Long.parseLong(delay.group(1))))
                        : Optional.empty();
            }
            if (frame.contains("\"type\":\"welcome\"")) {
                return welcomed(frame);
            }
            int joined = frame.indexOf("\"type\":\"joined\"");
            if (joined >= 0) {
                started(frame.substring(joined));
                return Turn.READY;
            }
            return Turn.LISTEN;
        }

        private Turn welcomed(String frame) {
            if (room.isEmpty()) {
                return Turn.READY;
            }
            int channel = frame.indexOf("\"room:" + room.get() + "\":");
            if (channel >= 0) {
                // The room was entered by its position; what was missed follows.
                if (frame.startsWith("\"recovered\":false", frame.indexOf("\"recovered\":", channel))) {
                    unrecovered++;
                    started(frame.substring(channel));
                }
                return Turn.READY;
            }
            return Turn.say("{\"type\":\"join\",\"room\":\"" + room.get() + "\",\"id\":\"j\"}");
        }

        /** @param from text whose first position is that of the room */
        private void started(String from) {
            Matcher newEpoch = EPOCH.matcher(from);
            Matcher newSeq = SEQ.matcher(from);
            if (!newEpoch.find() || !newSeq.find()) {
                throw new IllegalStateException("No position in " + from);
            }
            epoch = Optional.of(newEpoch.group(1));
            seq = Long.parseLong(newSeq.group(1));
        }

        @Override
        public boolean isTracking() {
            return isTracking;
        }

        /** Remembers the last position: of several messages in a frame the last one has the highest. */
        @Override
        public void delivered(String frame) {
            int last = frame.lastIndexOf("\"seq\":");
            Matcher newSeq = SEQ.matcher(frame);
            if (last >= 0 && newSeq.find(last)) {
                seq = Math.max(seq, Long.parseLong(newSeq.group(1)));
            }
        }

        /** How often the server could not say what was missed. */
        public int unrecovered() {
            return unrecovered;
        }

        @Override
        public Optional<Duration> takeReconnectDelay() {
            Optional<Duration> delay = reconnectDelay;
            reconnectDelay = Optional.empty();
            return delay;
        }
    }

    /** All dialogs of these are of Parley's. */
    public static int unrecovered(List<? extends Dialog> dialogs) {
        return dialogs.stream()
                .mapToInt(dialog -> ((ParleyDialog) dialog).unrecovered())
                .sum();
    }
}
