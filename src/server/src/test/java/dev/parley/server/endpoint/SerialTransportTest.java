package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.CloseCode;
import dev.parley.server.session.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SerialTransportTest {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<String> calls = new ArrayList<>();

    private final SerialTransport transport = new SerialTransport(
            new Transport() {
                @Override
                public void send(String text, Consumer<Boolean> whenDone) {
                    calls.add(text);
                    whenDone.accept(true);
                }

                @Override
                public void ping(ByteBuffer payload) {
                    calls.add("ping");
                }

                @Override
                public void close(CloseCode code, String reason) {
                    calls.add("close " + code.number());
                }
            },
            tasks::add);

    @Test
    void pingsAndClosesAreMadeInOrderOnOtherThreads() {
        transport.ping(ByteBuffer.allocate(0));
        transport.send("first", left -> transport.close(CloseCode.NORMAL, ""));

        assertThat(calls).as("on the calling thread").isEmpty();
        for (int call = 1; call <= 3; call++) {
            assertThat(tasks).hasSize(1);
            tasks.remove().run();
            assertThat(calls).hasSize(call);
        }
        assertThat(calls).containsExactly("ping", "first", "close 1000");
        assertThat(tasks).isEmpty();
    }

    @Test
    void sendIsMadeOnTheCallingThreadIfNothingElseIsUnderWay() {
        transport.send("first", left -> {});
        transport.send("second", left -> {});
        assertThat(calls).containsExactly("first", "second");
        assertThat(tasks).isEmpty();
    }

    @Test
    void bugInACompletionDoesNotStopTheNextCall() {
        assertThatThrownBy(() -> transport.send("first", left -> {
                    transport.close(CloseCode.NORMAL, "");
                    throw new IllegalStateException("a bug");
                }))
                .hasMessage("a bug");
        tasks.remove().run();
        assertThat(calls).containsExactly("first", "close 1000");
    }
}
