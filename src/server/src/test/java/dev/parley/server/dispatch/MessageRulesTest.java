package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules for each type of message. A new type fails these tests until its rules are decided. */
class MessageRulesTest {
    private static final Set<Class<?>> ONLY_ON_CHAT = Set.of(
            ClientMessage.Chat.class,
            ClientMessage.Message.class,
            ClientMessage.Notification.class,
            ClientMessage.Join.class,
            ClientMessage.Leave.class,
            ClientMessage.Rooms.class,
            ClientMessage.Create.class,
            ClientMessage.Invite.class,
            ClientMessage.Remove.class,
            ClientMessage.Members.class,
            ClientMessage.History.class,
            ClientMessage.Search.class,
            ClientMessage.Read.class,
            ClientMessage.Typing.class,
            ClientMessage.Presence.class,
            ClientMessage.Upload.class,
            ClientMessage.Chunk.class);

    private static final Set<Class<?>> STORED =
            Set.of(ClientMessage.Chat.class, ClientMessage.Message.class, ClientMessage.Notification.class);

    @Test
    void monitorTakesEachTypeOrRefusesIt() {
        assertThat(ClientMessage.class.getPermittedSubclasses())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(MessageProcessor.MONITOR_CARRIES.stream(), ONLY_ON_CHAT.stream())
                                .toList());
    }

    @Test
    void onlyLoginAndPingNeedNoSignIn() {
        assertThat(MessageProcessor.NEED_NO_SIGN_IN)
                .containsExactlyInAnyOrder(ClientMessage.Login.class, ClientMessage.Ping.class);
    }

    @Test
    void storedTypesSaySo() {
        Set<Class<?>> stored = Arrays.stream(ClientMessage.class.getPermittedSubclasses())
                .filter(type -> Arrays.stream(type.getDeclaredMethods())
                        .anyMatch(method -> method.getName().equals("keepsOrder")))
                .collect(Collectors.toSet());
        assertThat(stored).isEqualTo(STORED);
    }
}
