package dev.parley.client.internal.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules for each type of message that a client sends. A new type fails these tests until its rules are decided. */
class RequestRulesTest {
    /** Requests with the rate of joins. */
    private static final Set<Class<?>> JOIN_TYPES = Set.of(
            ClientMessage.Join.class,
            ClientMessage.Leave.class,
            ClientMessage.Create.class,
            ClientMessage.Invite.class,
            ClientMessage.Remove.class,
            ClientMessage.Subscribe.class,
            ClientMessage.Unsubscribe.class,
            ClientMessage.Login.class);

    /** Not sent as requests: stored messages, metrics, uploads, chunks and messages without an answer. */
    private static final Set<Class<?>> OTHERS = Set.of(
            ClientMessage.Chat.class,
            ClientMessage.Message.class,
            ClientMessage.Notification.class,
            ClientMessage.Metric.class,
            ClientMessage.Upload.class,
            ClientMessage.Chunk.class,
            ClientMessage.Typing.class,
            ClientMessage.Ping.class);

    @Test
    void eachTypeHasARateOrIsNoRequest() {
        assertThat(ClientMessage.class.getPermittedSubclasses())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(OutboundQueue.QUERY_TYPES.stream(), JOIN_TYPES.stream(), OTHERS.stream())
                                .flatMap(types -> types)
                                .toList());
    }

    @Test
    void requestsOfOneRoomOrMetricHaveOneSubject() {
        assertThat(subject(new ClientMessage.Join(Optional.empty(), "a", Optional.empty())))
                .isEqualTo(subject(new ClientMessage.Leave(Optional.empty(), "a")))
                .isPresent();
        assertThat(subject(new ClientMessage.Subscribe(Optional.empty(), "cpu")))
                .isEqualTo(subject(new ClientMessage.Unsubscribe(Optional.empty(), "cpu")))
                .isPresent();
        assertThat(subject(new ClientMessage.Rooms(Optional.empty()))).isEmpty();
    }

    private static Optional<String> subject(ClientMessage message) {
        return OutboundQueue.subject(message);
    }
}
