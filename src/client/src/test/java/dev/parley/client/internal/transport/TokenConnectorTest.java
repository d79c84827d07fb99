package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.ParleyException;
import dev.parley.client.ServerFrame;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TokenConnectorTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final ThreadPoolExecutor thread =
            new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    private final BlockingQueue<ConnectionFailure> failures = new LinkedBlockingQueue<>();

    private static final class SilentListener implements Connector.TransportListener {
        @Override
        public void received() {}

        @Override
        public void frame(ServerFrame frame) {}

        @Override
        public void binary(byte[] frame) {}

        @Override
        public void binaryIgnored() {}

        @Override
        public void closed(int code, String reason) {}
    }

    @AfterEach
    void stop() {
        thread.shutdownNow();
    }

    private ConnectionFailure failureAfter(Error thrown) throws InterruptedException {
        Connector connector = new Connector() {
            @Override
            public Transport open(URI uri, Optional<String> token, Duration timeout, TransportListener listener) {
                throw thrown;
            }

            @Override
            public boolean endsByInterrupt() {
                return false;
            }
        };
        new TokenConnector(
                        URI.create("ws://server.example/chat"),
                        Optional.empty(),
                        connector,
                        thread,
                        TIMEOUT,
                        System::nanoTime)
                .dial(
                        new SilentListener(),
                        opened -> {
                            throw new AssertionError("nothing opens here");
                        },
                        failures::add);
        return Optional.ofNullable(failures.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                .orElseThrow();
    }

    @Test
    void missingClassIsFinalAndNamed() throws InterruptedException {
        ConnectionFailure failure = failureAfter(new NoClassDefFoundError("org/example/Hidden"));

        assertThat(failure.next()).isEqualTo(ConnectionFailure.Next.STOP);
        assertThat(failure.why().code()).isEqualTo(ParleyException.MISSING_CLASS);
        assertThat(failure.why()).hasMessageContaining("NoClassDefFoundError: org/example/Hidden");
    }

    @Test
    void otherErrorsAreRetried() throws InterruptedException {
        ConnectionFailure failure = failureAfter(new OutOfMemoryError("unable to create native thread"));

        assertThat(failure.next()).isEqualTo(ConnectionFailure.Next.RETRY);
        assertThat(failure.why()).hasMessageContaining("unable to create native thread");
    }
}
