package dev.parley.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.ClientObserver;
import dev.parley.client.ClientState;
import dev.parley.client.ParleyClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A later server may send binary frames. */
@Timeout(60)
class BinaryFrameTest {
    private static final int PATIENCE_SECONDS = 20;

    @Test
    void binaryFramesAreCountedAndDoNotEndTheClient() throws Exception {
        AtomicInteger ignored = new AtomicInteger();
        CompletableFuture<String> heard = new CompletableFuture<>();
        try (TalkingServer server = new TalkingServer();
                ParleyClient client = ParleyClient.builder(server.uri())
                        .observer(new ClientObserver() {
                            @Override
                            public void binaryIgnored() {
                                ignored.incrementAndGet();
                            }
                        })
                        .build()) {
            client.join("lobby", message -> heard.complete(message.content()));
            client.connect();
            try (TalkingServer.Connection connection = server.signIn()) {
                connection.binary(new byte[] {1, 2, 3});
                connection.binary(new byte[200_000]);
                connection.chat("lobby", 11);
                assertThat(heard.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("lobby 11");
                assertThat(ignored).hasValue(2);
                assertThat(client.state()).isEqualTo(ClientState.OPEN);
            }
            client.forceClose();
        }
    }
}
