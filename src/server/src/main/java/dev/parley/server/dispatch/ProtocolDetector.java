package dev.parley.server.dispatch;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.server.session.Framing;
import java.util.List;
import java.util.function.Function;

/**
 * Detects what the peer of one session at the context root speaks, JSON or plain lines, and decodes its frames. The
 * first frame decides, for good. Until then the peer receives lines. A frame that looks like JSON is never taken for a
 * line, whatever is wrong with it: it may hold a token, and a line is read by everybody in the lobby.
 *
 * <p>Thread rule: frames come one at a time; any thread may ask for the state.
 */
public final class ProtocolDetector implements Function<String, List<Decoded>> {
    /** What is known of the peer. */
    public enum State {
        UNDECIDED,
        JSON,
        LINES
    }

    private final InboundQueue inbound;
    private final Framing.Detected framing;
    private final Function<String, List<Decoded>> json;
    private final Function<String, List<Decoded>> lines;
    private volatile State state = State.UNDECIDED;

    /**
     * @param inbound queue of the session, which the detected protocol signs in
     * @param framing of the session
     * @param json decodes a frame of messages; never throws
     * @param lines decodes a line; never throws
     */
    public ProtocolDetector(
            InboundQueue inbound,
            Framing.Detected framing,
            Function<String, List<Decoded>> json,
            Function<String, List<Decoded>> lines) {
        this.inbound = inbound;
        this.framing = framing;
        this.json = json;
        this.lines = lines;
    }

    public State state() {
        return state;
    }

    /** Whether the peer speaks JSON. Only then does it have messages that announce binary frames. */
    public boolean isJson() {
        return state == State.JSON;
    }

    /** Decodes a frame, and decides if it is the first one that can. */
    @Override
    public List<Decoded> apply(String frame) {
        return switch (state) {
            case UNDECIDED -> isLikeJson(frame) ? first(json.apply(frame), frame) : firstLine(lines.apply(frame));
            case JSON -> json.apply(frame);
            case LINES -> lines.apply(frame);
        };
    }

    /** A single heartbeat leaves it open, because plain clients send it in JSON too. */
    private List<Decoded> first(List<Decoded> messages, String frame) {
        if (!isHeartbeat(messages, frame)) {
            becomeJson(messages);
        }
        return messages;
    }

    /** A blank line leaves it open. */
    private List<Decoded> firstLine(List<Decoded> messages) {
        if (!messages.isEmpty()) {
            becomeLines();
        }
        return messages;
    }

    private void becomeJson(List<Decoded> first) {
        move(State.JSON);
        framing.becomeJson();
        if (first.stream().noneMatch(ProtocolDetector::isLogin)) {
            inbound.welcomeAgain();
        }
    }

    private void becomeLines() {
        move(State.LINES);
        inbound.signInForLines();
    }

    private void move(State next) {
        if (state != State.UNDECIDED) {
            throw new IllegalStateException("A protocol is detected once: it is " + state + ", not " + next + ".");
        }
        state = next;
    }

    /** Whether an object or an array begins, behind white space and characters that nobody sees. */
    private static boolean isLikeJson(String frame) {
        int first = frame.codePoints()
                .dropWhile(ProtocolDetector::isInvisible)
                .findFirst()
                .orElse(' ');
        return first == '{' || first == '[';
    }

    private static boolean isInvisible(int character) {
        return Character.isWhitespace(character)
                || Character.isSpaceChar(character)
                || Character.isISOControl(character)
                || Character.getType(character) == Character.FORMAT;
    }

    private static boolean isHeartbeat(List<Decoded> messages, String frame) {
        return messages.size() == 1
                && messages.get(0) instanceof Decoded.Valid valid
                && valid.message() instanceof ClientMessage.Ping
                && !frame.stripLeading().startsWith("[");
    }

    private static boolean isLogin(Decoded decoded) {
        return decoded instanceof Decoded.Valid valid && valid.message() instanceof ClientMessage.Login;
    }
}
