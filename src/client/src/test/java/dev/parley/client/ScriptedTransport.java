package dev.parley.client;

import dev.parley.client.internal.transport.Connector;
import dev.parley.client.internal.transport.Transport;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.ServerBinary;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * A connection whose other end is the test. It keeps written messages until the test takes them, and delivers the
 * messages of the test.
 */
final class ScriptedTransport implements Transport {
    private final Connector.TransportListener listener;
    private final LinkedList<ClientMessage> written = new LinkedList<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final List<String> frames = new ArrayList<>();
    boolean isStalled;
    boolean isClosed;
    boolean throwsWhenClosed;
    Optional<Consumer<Boolean>> sending = Optional.empty();

    ScriptedTransport(Connector.TransportListener listener) {
        this.listener = listener;
    }

    @Override
    public void send(String text, Consumer<Boolean> whenDone) {
        if (sending.isPresent()) {
            throw new AssertionError("Two sends at once.");
        }
        frames.add(text);
        for (Decoded decoded : MessageCodec.decode(text)) {
            if (!(decoded instanceof Decoded.Valid valid)) {
                throw new AssertionError("A server would not take " + decoded);
            }
            written.add(valid.message());
        }
        done(whenDone);
    }

    @Override
    public void send(ByteBuffer part, Consumer<Boolean> whenDone) {
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        bytes.writeBytes(copy);
        done(whenDone);
    }

    private void done(Consumer<Boolean> whenDone) {
        if (isStalled) {
            sending = Optional.of(whenDone);
        } else {
            whenDone.accept(true);
        }
    }

    void flows() {
        isStalled = false;
        Consumer<Boolean> whenDone = sending.orElseThrow();
        sending = Optional.empty();
        whenDone.accept(true);
    }

    /** The send that is stalled fails. */
    void breaks() {
        sending.orElseThrow().accept(false);
        sending = Optional.empty();
    }

    @Override
    public void close(int code, String reason) {
        isClosed = true;
        if (throwsWhenClosed) {
            throw new OutOfMemoryError("unable to create native thread");
        }
    }

    @Override
    public boolean isBatched() {
        return true;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    /** Takes the next written message, which must be of this type. */
    <T extends ClientMessage> T take(Class<T> type) {
        if (written.isEmpty()) {
            throw new AssertionError("Expected " + type.getSimpleName() + ", but nothing was written.");
        }
        return type.cast(written.remove());
    }

    /** Takes the chats written since, in order, and returns their contents. */
    List<String> takeChats() {
        List<String> contents = new ArrayList<>();
        while (written.peek() instanceof ClientMessage.Chat chat) {
            contents.add(chat.content());
            written.remove();
        }
        return contents;
    }

    List<ClientMessage> written() {
        return List.copyOf(written);
    }

    void says(ServerMessage message) {
        saysText(MessageCodec.encode(message));
    }

    void saysText(String text) {
        listener.received();
        listener.frame(new ServerFrameDecoder().decode(text));
    }

    void acks(ClientMessage message) {
        says(
                message.keepsOrder()
                        ? ServerMessage.Ack.stored(
                                message.id().orElseThrow(), Channel.Room.LOBBY, 1, "2026-01-31T12:00:00.000Z")
                        : ServerMessage.Ack.of(message.id()));
    }

    void refuses(ClientMessage message, String code, long retryAfterMillis) {
        says(new ServerMessage.Error(
                message.id(),
                code,
                "Because.",
                retryAfterMillis == 0 ? OptionalLong.empty() : OptionalLong.of(retryAfterMillis)));
    }

    void chat(String room, long seq) {
        chat(room, seq, room + " " + seq);
    }

    void chat(String room, long seq, String content) {
        says(new ServerMessage.Chat(
                room, seq, "i" + seq, "bert", Optional.empty(), content, "2026-01-31T12:00:00.000Z", Optional.empty()));
    }

    void note(long seq) {
        says(new ServerMessage.Notification(
                Optional.empty(),
                Optional.of(true),
                Optional.empty(),
                seq,
                "i" + seq,
                "bert",
                Optional.empty(),
                "inbox " + seq,
                "2026-01-31T12:00:00.000Z",
                Optional.empty(),
                Optional.empty()));
    }

    void saysBinary(ServerBinary frame) {
        saysBytes(BinaryCodec.encode(frame));
    }

    void saysBytes(byte[] frame) {
        listener.received();
        listener.binary(frame);
    }

    void closes(int code) {
        listener.closed(code, "");
    }
}
