package dev.parley.server.store.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A message that gets its position after it was encoded is the same as one that is encoded with it. */
class MessageTemplateTest {
    private static final String TIME = "2026-01-31T12:00:00.123Z";
    private static final List<Channel> CHANNELS =
            List.of(Channel.Room.LOBBY, new Channel.Inbox(UserKey.user("anna")), Channel.Broadcast.INSTANCE);

    /** Texts that look like the fields, and ends of strings before them. */
    private static final List<String> CONTENTS = List.of(
            "Hello",
            ",\"seq\":0",
            ",\"sentAt\":\"1970-01-01T00:00:00.000Z\"",
            "\\",
            ",\\",
            "\"",
            "😀 \u0001",
            ",\\\",\"seq\":0,\"sentAt\":\"1970-01-01T00:00:00.000Z\"}");

    static Stream<MessageTemplate.Writer> messages() {
        return CONTENTS.stream().flatMap(text -> Stream.concat(Stream.of(chat(text)), inChannels(text)));
    }

    private static MessageTemplate.Writer chat(String text) {
        return (seq, sentAt) -> new ServerMessage.Chat(
                "lobby",
                seq,
                "seq",
                text,
                Optional.of("sentAt"),
                text,
                sentAt,
                Optional.of(new Attachment("f1", text, "image/png", 0, "files/f1")));
    }

    private static Stream<MessageTemplate.Writer> inChannels(String text) {
        Optional<String> some = Optional.of(text);
        return CHANNELS.stream()
                .flatMap(channel -> Stream.of(
                        (seq, sentAt) -> ServerMessage.Message.in(
                                channel, seq, "id", text, Optional.empty(), text, sentAt, some, Optional.of("k3f9")),
                        (seq, sentAt) -> ServerMessage.Notification.in(
                                channel, seq, "id", text, Optional.empty(), text, sentAt, some, some)));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void messageIsTheSameAsOneEncodedWithItsPosition(MessageTemplate.Writer message) {
        MessageEncoding encoding = MessageCodec::encode;
        MessageTemplate template = MessageTemplate.of(message, encoding);

        for (long seq : new long[] {1, 10, 999_999, Long.MAX_VALUE}) {
            Encoded expected = encoding.encode(message.write(seq, TIME));
            assertThat(template.at(seq, TIME)).isEqualTo(expected);
            assertThat(template.bytes()).isLessThan(expected.bytes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"x\":1,\"seq\":0}", "{\"x\":1,\"sentAt\":\"1970-01-01T00:00:00.000Z\"}"})
    void encodingWithoutTheFieldsIsRefused(String json) {
        assertThatThrownBy(() -> MessageTemplate.of(chat("x"), message -> json))
                .isInstanceOf(IllegalStateException.class);
    }
}
