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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SerialTransportTest {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<String> calls = new ArrayList<>();
    private final AtomicBoolean isWriting = new AtomicBoolean();
    private final List<Integer> announced = new ArrayList<>();

    private final SerialTransport transport = new SerialTransport(
            new Transport() {
                @Override
                public void send(String text, Consumer<Boolean> whenDone) {
                    calls.add(text);
                    whenDone.accept(true);
                }

                @Override
                public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
                    calls.add("binary of " + frame.remaining());
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
            tasks::add,
            isWriting::get,
            code -> announced.add(code.number()));

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
    void binaryFramesKeepTheirPlace() {
        transport.send("first", left -> {});
        transport.ping(ByteBuffer.allocate(0));
        transport.send(ByteBuffer.allocate(7), left -> {});
        assertThat(calls).containsExactly("first");
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
        assertThat(calls).containsExactly("first", "ping", "binary of 7");
    }

    /** The ping may wait for a peer that does not read. */
    @Test
    void closeBehindAPingIsAnnouncedAtOnce() {
        transport.ping(ByteBuffer.allocate(0));
        transport.close(CloseCode.HEARTBEAT_TIMEOUT, "");

        assertThat(announced).containsExactly(4001);
        assertThat(calls).isEmpty();
    }

    @Test
    void peerThatDoesNotReadGetsNoPing() {
        isWriting.set(true);
        transport.ping(ByteBuffer.allocate(0));
        transport.close(CloseCode.HEARTBEAT_TIMEOUT, "");
        Thread.currentThread().interrupt(); // so that it does not wait
        tasks.remove().run();
        assertThat(Thread.interrupted()).isTrue();
        tasks.remove().run();
        assertThat(calls).containsExactly("close 4001");
    }

    @Test
    void pingIsSentWhenTheWriteBeforeItIsOver() {
        isWriting.set(true);
        transport.ping(ByteBuffer.allocate(0));
        CompletableFuture<Void> ping = CompletableFuture.runAsync(tasks.remove());
        isWriting.set(false);
        ping.orTimeout(10, TimeUnit.SECONDS).join();
        assertThat(calls).containsExactly("ping");
    }

    @Test
    void sendIsMadeOnTheCallingThreadIfNothingElseIsUnderWay() {
        transport.send("first", left -> {});
        transport.send("second", left -> {});
        assertThat(calls).containsExactly("first", "second");
        assertThat(tasks).isEmpty();
    }

    /** A send would wait for the container's answer to a ping, and the thread that delivers to all others with it. */
    @Test
    void sendBesideAWriteOfTheContainerIsMadeOnAnotherThread() {
        isWriting.set(true);
        transport.send("first", left -> {});
        assertThat(calls).as("on the calling thread").isEmpty();
        tasks.remove().run();
        assertThat(calls).containsExactly("first");
    }

    @Test
    void peerThatPingedAndDidNotReadGetsEachSendFromAnotherThread() {
        isWriting.set(true);
        transport.send("first", left -> {});
        tasks.remove().run();
        isWriting.set(false);
        transport.send(ByteBuffer.allocate(7), left -> {});
        assertThat(calls).containsExactly("first");
        tasks.remove().run();
        assertThat(calls).containsExactly("first", "binary of 7");
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
